// A broker that keeps its sessions and does all that the specification asks for, speaking bytes; a
// program on the other end of a session; and a link between them that can be cut after any byte.
//
// A payload says which message it is: "t3/2/17" is number 17, for topic t3, at QoS 2. So both ends
// can tell whether what arrives is what was sent, and whether it arrived before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"
#include "unit/session/peer.hpp"

namespace mqttkit::test {

inline std::string payload_of(std::string_view topic, qos_t qos, unsigned number) {
  return std::string(topic) + '/' + std::to_string(static_cast<int>(qos)) + '/' +
         std::to_string(number);
}
inline std::string topic_in(std::string_view payload) {
  return std::string(payload.substr(0, payload.find('/')));
}
inline qos_t qos_in(std::string_view payload) {
  return static_cast<qos_t>(payload[payload.find('/') + 1] - '0');
}

/// The first time each message came, in order; of one QoS, for only within it there is an order.
inline std::vector<std::string> first_times(const std::vector<std::string>& all, qos_t qos) {
  std::vector<std::string> firsts;
  std::set<std::string> found;
  for (const std::string& each : all) {
    if (qos_in(each) == qos && found.insert(each).second) firsts.push_back(each);
  }
  return firsts;
}
inline std::size_t count_of(const std::vector<std::string>& all, qos_t qos) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& each) { return qos_in(each) == qos; }));
}

class model_broker {
 public:
  explicit model_broker(protocol_version version) : version_(version) {}

  // ---- what a test decides

  std::uint16_t receive_maximum = 65'535;  ///< of the next connection; MQTT 5
  std::uint16_t alias_maximum = 0;         ///< as well
  bool is_prompt = true;                   ///< answers at once; otherwise when told to

  /// Answers up to `most` packets, in the order they came.
  void answer(std::size_t most) {
    for (; most != 0 && !answers_.empty(); --most) {
      const ack_packet& next = answers_.front();
      const bool ends = next.type == packet_type::puback || next.type == packet_type::pubcomp;
      if (ends) open_.erase(next.packet_id);
      put(encode(out, version_, next));
      answers_.pop_front();
    }
  }

  void send(const std::string& payload) {
    messages_.push_back({payload, 0, false, false});
    if (greeted_) send_messages();
  }

  /// Loses the session; answers the messages that go with it.
  std::vector<std::string> forget() {
    std::vector<std::string> lost;
    for (const message& each : messages_) lost.push_back(each.payload);
    messages_.clear();
    received_qos2_.clear();
    has_session_ = false;
    return lost;
  }

  // ---- the link

  void link_down() {
    greeted_ = false;
    in_.clear();
    out.clear();
    answers_.clear();
    open_.clear();
    aliases_in_.clear();
    aliases_out_.clear();
    for (message& each : messages_) each.is_sent_here = false;
  }

  void receives(bytes_view bytes) {
    in_.append(bytes);
    frame made;
    while (next_frame(in_.view(), 0, made) == framing::complete) {
      take(made);
      in_.consume(made.size);
    }
    if (is_prompt) answer(answers_.size());
  }

  byte_buffer out;

  // ---- what came of it

  std::vector<std::string> got;         ///< payloads it took for new, in order
  std::vector<std::string> complaints;  ///< what a client must not do
  /// Messages the program at the other end is done with: no other may be acknowledged.
  const std::set<std::string>* done = nullptr;
  bool is_idle() const { return messages_.empty() && received_qos2_.empty() && answers_.empty(); }

 private:
  struct message {
    std::string payload;
    std::uint16_t id;  // 0: never sent
    bool is_received;  // PUBREC came
    bool is_sent_here;
  };

  void complain(std::string what) { complaints.push_back(std::move(what)); }
  void put(std::error_code error) {
    if (error) complain("the model cannot encode: " + error.message());
  }

  template <class Packet>
  Packet decoded(const frame& each) {
    Packet packet;
    if (const auto error = decode(each, version_, packet)) complain(error.message());
    return packet;
  }

  void take(const frame& item) {
    if (item.type == packet_type::connect) return take_connect(item);
    if (!greeted_) return complain("no CONNECT first");
    switch (item.type) {
      case packet_type::publish:
        return take_publish(decoded<publish_packet>(item));
      case packet_type::puback:
        return take_ack(decoded<ack_packet>(item), qos_1, false);
      case packet_type::pubrec:
        return take_pubrec(decoded<ack_packet>(item));
      case packet_type::pubcomp:
        return take_ack(decoded<ack_packet>(item), qos_2, true);
      case packet_type::pubrel:
        return take_pubrel(decoded<ack_packet>(item));
      case packet_type::subscribe: {
        const std::byte code{0};
        const suback_packet ack{decoded<subscribe_packet>(item).packet_id, {}, {&code, 1}};
        return put(encode(out, version_, packet_type::suback, ack));
      }
      default:
        return complain("a packet out of place: " + std::string(to_string(item.type)));
    }
  }

  void take_connect(const frame& each) {
    connect_packet greeting;
    if (const auto error = decode(each, greeting)) return complain(error.message());
    if (greeting.clean_start) forget();
    connack_packet answer_to;
    answer_to.session_present = has_session_;
    has_session_ = true;
    properties with;
    if (version_ == v5) {
      put(with.add(property_id::receive_maximum, receive_maximum));
      put(with.add(property_id::topic_alias_maximum, alias_maximum));
      answer_to.properties = with;
    }
    put(encode(out, version_, answer_to));
    quota_ = greeting.properties.number(property_id::receive_maximum).value_or(65'535);
    quota_maximum_ = quota_;
    client_aliases_ = greeting.properties.number(property_id::topic_alias_maximum).value_or(0);
    greeted_ = true;
    send_messages();
  }

  // ---- messages for us

  void take_publish(const publish_packet& packet) {
    std::string topic(packet.topic);
    if (const auto alias = packet.properties.number(property_id::topic_alias)) {
      if (*alias > alias_maximum) complain("an alias above the maximum");
      if (topic.empty()) topic = aliases_in_[*alias];
      aliases_in_[*alias] = topic;
    }
    const std::string payload(as_text(packet.payload));
    if (topic != topic_in(payload)) complain("the wrong topic for " + payload);
    if (packet.qos == qos_0) return got.push_back(payload);

    if (!open_.insert(packet.packet_id).second) complain("an identifier in use: " + payload);
    if (open_.size() > receive_maximum && version_ == v5) complain("above the receive maximum");
    if (packet.qos == qos_1) {
      got.push_back(payload);
      answers_.push_back({packet_type::puback, packet.packet_id, 0, {}});
      return;
    }
    const bool is_new = received_qos2_.insert(packet.packet_id).second;
    if (is_new) got.push_back(payload);
    if (!is_new && !packet.dup) complain("an identifier that is not released: " + payload);
    answers_.push_back({packet_type::pubrec, packet.packet_id, 0, {}});
  }

  void take_pubrel(const ack_packet& ack) {
    received_qos2_.erase(ack.packet_id);
    answers_.push_back({packet_type::pubcomp, ack.packet_id, 0, {}});
  }

  // ---- messages of ours

  void send_messages() {
    for (message& each : messages_) {
      if (each.is_sent_here) continue;
      if (each.is_received) {
        put(encode(out, version_, ack_packet{packet_type::pubrel, each.id, 0, {}}));
      } else if (quota_ != 0) {
        --quota_;
        publish(each);
      } else {
        return;
      }
      each.is_sent_here = true;
    }
  }

  void publish(message& each) {
    const std::string topic = topic_in(each.payload);
    publish_packet packet = test::message(topic, each.payload, qos_in(each.payload));
    packet.dup = each.id != 0;
    if (each.id == 0) each.id = free_id();
    packet.packet_id = each.id;
    auto alias = static_cast<std::uint16_t>(topic.back() - '0' + 1);
    if (alias > client_aliases_) alias = 0;
    if (alias != 0 && !aliases_out_.insert(topic).second) packet.topic = {};
    put(encode(out, version_, packet, alias));
  }

  // The lowest there is: nothing is in use sooner again.
  std::uint16_t free_id() const {
    for (std::uint16_t id = 1;; ++id) {
      if (std::none_of(messages_.begin(), messages_.end(),
                       [id](const message& each) { return each.id == id; })) {
        return id;
      }
    }
  }

  auto find(std::uint16_t id, qos_t qos) {
    return std::find_if(messages_.begin(), messages_.end(), [&](const message& each) {
      return each.id == id && qos_in(each.payload) == qos;
    });
  }

  void check_done(const message& acknowledged) {
    if (done != nullptr && !done->contains(acknowledged.payload)) {
      complain("acknowledged too early: " + acknowledged.payload);
    }
  }

  void take_pubrec(const ack_packet& ack) {
    const auto found = find(ack.packet_id, qos_2);
    if (found == messages_.end()) return complain("a PUBREC for nothing");
    check_done(*found);
    found->is_received = true;
    put(encode(out, version_, ack_packet{packet_type::pubrel, ack.packet_id, 0, {}}));
  }

  // PUBACK and PUBCOMP
  void take_ack(const ack_packet& ack, qos_t qos, bool is_received) {
    const auto found = find(ack.packet_id, qos);
    if (found == messages_.end() || found->is_received != is_received) {
      return complain("an acknowledgement for nothing");
    }
    check_done(*found);
    messages_.erase(found);
    quota_ = std::min(quota_ + 1, quota_maximum_);
    send_messages();
  }

  const protocol_version version_;
  // the session
  bool has_session_ = false;
  std::deque<message> messages_;
  std::set<std::uint16_t> received_qos2_;
  // the connection
  bool greeted_ = false;
  byte_buffer in_;
  std::deque<ack_packet> answers_;
  std::set<std::uint16_t> open_;  // identifiers of PUBLISH packets without their last answer
  std::map<std::uint32_t, std::string> aliases_in_;
  std::set<std::string> aliases_out_;
  std::uint32_t client_aliases_ = 0;
  std::uint32_t quota_ = 0;
  std::uint32_t quota_maximum_ = 0;
};

/// A session with its program at one end, a model broker at the other.
class model_link {
 public:
  explicit model_link(session_options options)
      : client(options), broker(options.version), policy_(options.acknowledge) {
    broker.done = &done;
  }

  // ---- the program

  /// Publishes what waits, as far as it is taken.
  void publish(std::size_t most = std::numeric_limits<std::size_t>::max()) {
    for (; most != 0 && !to_publish.empty(); --most) {
      const std::string& next = to_publish.front();
      const std::string topic = topic_in(next);
      std::error_code error;
      const publish_packet packet = message(topic, next, qos_in(next));
      const std::uint64_t token = published.size();
      if (client.publish(packet, token, error) != admission::accepted) return;
      if (qos_in(next) != qos_0) ++answers_due[token];
      published.push_back(next);
      to_publish.pop_front();
    }
  }

  /// Pulls up to `most` events; whether it was a message that was pulled last.
  bool pull(std::size_t most = std::numeric_limits<std::size_t>::max()) {
    bool is_message = false;
    for (; most != 0; --most) {
      if (policy_ == ack_policy::on_next) deal_with(in_hand.size());
      const std::size_t inflight = client.inflight();
      const event& next = client.next();
      is_message = false;
      if (std::holds_alternative<need_more>(next)) break;
      if (const auto* const got = std::get_if<message_received>(&next)) {
        const std::string payload(as_text(got->message.payload));
        if (got->message.topic != topic_in(payload)) complain("the wrong topic for " + payload);
        shown.push_back(payload);
        in_hand.push_back(payload);
        is_message = true;
      } else if (const auto* const end = std::get_if<delivered>(&next)) {
        if (end->error || end->reason != 0) complain("a failure: " + end->error.message());
        if (--answers_due[end->token] != 0) complain("a token that is not due");
      } else if (const auto* const answer = std::get_if<subscribed>(&next)) {
        if (--answers_due[answer->token] != 0) complain("a request that is not due");
      } else if (const auto* const up = std::get_if<connected>(&next)) {
        const bool is_kept = up->session_present || client.options().version == v3_1;
        if (!is_kept && up->sent_again != inflight) complain("the wrong sent_again");
        if (up->session_present && up->sent_again != 0) complain("sent_again of a kept session");
      } else {
        complain("the connection ended by itself");
      }
    }
    return is_message;
  }

  void settle() {
    deal_with(in_hand.size());
    client.settle();
  }
  void settle_previous() {
    deal_with(in_hand.size() - 1);
    client.settle_previous();
  }

  void subscribe() {
    const subscription made = filter("t0");
    const std::uint64_t token = first_request + requests_;
    if (!client.subscribe({&made, 1}, {}, token)) {
      ++answers_due[token];
      ++requests_;
    }
  }

  // ---- the link

  void connect() {
    if (const auto error = client.transport_up({})) complain(error.message());
    is_up = true;
  }

  void cut() {
    client.transport_down();
    broker.link_down();
    up_.clear();
    down_.clear();
    is_up = false;
  }

  void move_up(std::size_t most) {
    byte_buffer taken;
    client.take_output(taken);
    client.sent({});
    up_.append(taken.view());
    const std::size_t count = std::min(most, up_.size());
    broker.receives(up_.view().first(count));
    up_.consume(count);
    moved += count;
  }
  void move_down(std::size_t most) {
    down_.append(broker.out.view());
    broker.out.clear();
    const std::size_t count = std::min(most, down_.size());
    client.feed(down_.view().first(count), {});
    down_.consume(count);
    moved += count;
  }

  /// Lets both ends do what they can, moving up to `budget` bytes, `step` at a time in each
  /// direction. Whether they came to rest.
  bool run(std::size_t budget, std::size_t step) {
    const std::size_t end =
        moved + std::min(budget, std::numeric_limits<std::size_t>::max() - moved);
    for (;;) {
      const std::size_t before = moved;
      pull();
      if (policy_ == ack_policy::manual) settle();
      publish();
      move_up(std::min(step, end - moved));
      move_down(std::min(step, end - moved));
      if (moved == end) return false;
      if (moved == before) return true;
    }
  }

  /// Everything that must hold once nothing moves any more.
  void check_at_rest() {
    for (const std::string& each : complaints) FAIL_CHECK("session: ", each);
    for (const std::string& each : broker.complaints) FAIL_CHECK("on the wire: ", each);
    CHECK(to_publish.empty());
    CHECK(client.inflight() == 0);
    CHECK(client.pending_requests() == 0);
    CHECK(client.unreleased() == 0);
    CHECK(client.output_size() == 0);
    CHECK(!client.window_full());
    CHECK(broker.is_idle());
    CHECK(std::all_of(answers_due.begin(), answers_due.end(),
                      [](const auto& each) { return each.second == 0; }));
  }

  session client;
  model_broker broker;
  bool is_up = false;
  std::size_t moved = 0;  ///< bytes, in both directions
  std::deque<std::string> to_publish;
  std::vector<std::string> published;
  std::vector<std::string> shown;
  std::vector<std::string> in_hand;  ///< pulled, and not dealt with
  std::set<std::string> done;
  std::map<std::uint64_t, int> answers_due;  ///< token -> answers still to come
  std::vector<std::string> complaints;

 private:
  static constexpr std::uint64_t first_request = 1'000'000;

  void complain(std::string what) { complaints.push_back(std::move(what)); }
  void deal_with(std::size_t count) {
    const auto end = in_hand.begin() + static_cast<std::ptrdiff_t>(count);
    done.insert(in_hand.begin(), end);
    in_hand.erase(in_hand.begin(), end);
  }

  const ack_policy policy_;
  byte_buffer up_;    // written, not yet arrived
  byte_buffer down_;  // the same, from the broker
  std::uint64_t requests_ = 0;
};

}  // namespace mqttkit::test
