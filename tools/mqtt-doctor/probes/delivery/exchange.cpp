#include "mqtt-doctor/probes/delivery/exchange.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/network/translate.hpp"
#include "mqtt-doctor/probes/parallel.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto settling = 200ms;   // in which retained messages come
constexpr auto after_ping = 60ms;  // or in this, once the broker has answered what came after
constexpr auto slice = 20ms;       // how soon one side sees what the other has learned
constexpr std::size_t most_messages = 3000;  // 65,535 packet identifiers, three QoS, and room
constexpr int refused = 0x80;

std::string random_mark() {
  std::array<char, 6> random{};
  (void)::getentropy(random.data(), random.size());
  return "mqtt-doctor " + hex_of({random.data(), random.size()}) + " ";
}

/// What one connection told about its end.
struct side_end {
  fact_word<connection_end> end;
  int disconnect = -1;
  bool ping_answered = false;
};

/// One connection: sends what is to be sent, and takes packets until something is the case.
class speaker {
 public:
  speaker(channel& over, std::chrono::milliseconds limit) : over_(over), limit_(limit) {}
  virtual ~speaker() = default;
  speaker(const speaker&) = delete;
  speaker& operator=(const speaker&) = delete;

  side_end ended;

  void try_ping() {
    if (!ended.end.empty()) return;
    byte_buffer bytes;
    encode_ping(bytes, packet_type::pingreq);
    if (!send(bytes)) return;
    wait_until(clock::now() + std::min<std::chrono::milliseconds>(1s, limit_),
               [this] { return ended.ping_answered; });
  }

 protected:
  bool send(byte_buffer& bytes) { return over_.send(bytes, clock::now() + limit_); }

  void acknowledge(packet_type type, std::uint16_t id) {
    ack_packet ack;
    ack.type = type;
    ack.packet_id = id;
    byte_buffer bytes;
    if (!encode(bytes, over_.version, ack)) send(bytes);
  }

  template <class Condition>
  bool wait_until(deadline until, Condition is_met) {
    while (!is_met()) {
      const deadline now = clock::now();
      if (now >= until) return false;
      const channel::received got = over_.receive(std::min<deadline>(until, now + slice));
      if (got.is_packet) {
        if (got.packet.type == packet_type::pingresp) ended.ping_answered = true;
        if (got.packet.type == packet_type::disconnect) {
          reason_packet goodbye;
          if (!decode(got.packet, over_.version, goodbye)) ended.disconnect = goodbye.reason;
          ended.end = connection_end::disconnect;
          return false;
        }
        take(got.packet);
        continue;
      }
      if (got.is_malformed) ended.end = connection_end::failed;
      if (!got.is_malformed && got.end != probe::link_end::timed_out) ended.end = end_of(got.end);
      if (!ended.end.empty()) return false;
    }
    return true;
  }

  virtual void take(const frame& packet) = 0;

  channel& over_;
  const std::chrono::milliseconds limit_;
};

/// What both threads know of a run.
struct shared_state {
  exchange_fact::run seen;  // of the publisher's side until it is done
  std::vector<std::atomic<std::int64_t>> sent_at;
  std::atomic<int> sent{0};
  std::atomic<bool> is_published{false};  // all sent, and acknowledged or given up
  std::atomic<bool> is_hopeless{false};   // refused in so many words: nothing will come
  std::atomic<bool> is_cut_off{false};    // the publisher's connection ended

  shared_state(int qos, int messages) : sent_at(static_cast<std::size_t>(messages)) {
    seen.qos = qos;
  }
};

std::int64_t ticks() { return clock::now().time_since_epoch().count(); }

class publishing final : public speaker {
 public:
  publishing(channel& over, const exchange_request& what, const std::string& mark)
      : speaker(over, what.limit), what_(what), mark_(mark) {}

  void run(shared_state& all) {
    all_ = &all;
    exchange_fact::run& seen = all.seen;
    const deadline until = clock::now() + limit_;
    first_id_ = static_cast<std::uint16_t>(over_.last_packet_id + 1);
    while (seen.sent < what_.messages && ended.end.empty()) {
      if (!send_one(seen.sent)) break;
      all.sent = ++seen.sent;
      const auto has_room = [&] {
        return seen.qos == 0 || seen.sent - seen.acknowledged < window();
      };
      if (!wait_until(until, has_room)) break;
    }
    if (seen.qos > 0) wait_until(until, [&] { return seen.acknowledged >= seen.sent; });
    all.is_hopeless = seen.ack >= refused && seen.acknowledged >= seen.sent;
    all.is_cut_off = !ended.end.empty();
    all.is_published = true;
    all_ = nullptr;
  }

 private:
  int window() const { return std::max(1, what_.window); }

  bool send_one(int number) {
    std::string payload = mark_ + std::to_string(all_->seen.qos) + " " + std::to_string(number + 1);
    payload.resize(std::max(payload.size(), what_.payload_bytes), '.');
    publish_packet packet;
    packet.topic = what_.topic;
    packet.payload = as_bytes(payload);
    packet.qos = static_cast<qos_t>(all_->seen.qos);
    packet.packet_id =
        packet.qos == qos_t::at_most_once ? std::uint16_t{0} : ++over_.last_packet_id;
    byte_buffer bytes;
    if (encode(bytes, over_.version, packet)) return false;
    all_->sent_at[static_cast<std::size_t>(number)] = ticks();
    return send(bytes);
  }

  void take(const frame& packet) override {
    if (all_ == nullptr) return;
    ack_packet ack;
    const bool is_ack = packet.type == packet_type::puback || packet.type == packet_type::pubrec ||
                        packet.type == packet_type::pubcomp;
    if (!is_ack || decode(packet, over_.version, ack) || ack.packet_id < first_id_) return;
    exchange_fact::run& seen = all_->seen;
    if (packet.type == packet_type::pubcomp) {
      ++seen.acknowledged;
      if (seen.half_way > 0) --seen.half_way;
      return;
    }
    seen.ack = std::max<int>(seen.ack, ack.reason);
    if (packet.type == packet_type::puback || ack.reason >= refused) {
      ++seen.acknowledged;
      return;
    }
    ++seen.half_way;
    acknowledge(packet_type::pubrel, ack.packet_id);
  }

  const exchange_request& what_;
  const std::string& mark_;
  shared_state* all_ = nullptr;
  std::uint16_t first_id_ = 1;
};

class subscribing final : public speaker {
 public:
  subscribing(channel& over, const exchange_request& what, const std::string& mark,
              exchange_fact& seen)
      : speaker(over, what.limit), mark_(mark), seen_(seen), filter_(what.filter) {}

  bool subscribe() {
    const subscription wanted{filter_, static_cast<qos_t>(seen_.wanted)};
    byte_buffer bytes;
    if (encode_subscribe(bytes, over_.version, subscribe_id, {&wanted, 1})) return false;
    if (!send(bytes)) return false;
    wait_until(clock::now() + limit_, [this] { return seen_.suback >= 0; });
    if (seen_.suback < 0 || seen_.suback >= refused) return false;
    if (seen_.is_users_topic) take_retained();
    return ended.end.empty();
  }

  /// A later exchange over this connection hears nothing of this one's.
  void unsubscribe() {
    if (!ended.end.empty()) return;
    const subscription filter{filter_, qos_t::at_most_once};
    byte_buffer bytes;
    if (encode_unsubscribe(bytes, over_.version, unsubscribe_id, {&filter, 1})) return;
    if (!send(bytes)) return;
    is_unsubscribed_ = false;
    wait_until(clock::now() + limit_ / 2, [this] { return is_unsubscribed_; });
  }

  void run(shared_state& all) {
    all_ = &all;
    run_ = exchange_fact::run{};
    run_.qos = all.seen.qos;
    came_.assign(all.sent_at.size(), false);
    last_ = -1;
    const auto is_over = [&] {
      return all.is_published &&
             (all.is_hopeless || run_.arrived >= all.sent || clock::now() >= given_up_);
    };
    given_up_ = clock::now() + 2 * limit_;
    // Once the broker has taken them all, they are here or they do not come.
    wait_until(given_up_, [&] {
      if (all.is_published && !is_waiting_) {
        is_waiting_ = true;
        const auto rest =
            all.is_cut_off ? std::min<std::chrono::milliseconds>(settling, limit_ / 2) : limit_ / 2;
        given_up_ = std::min(given_up_, clock::now() + rest);
      }
      return is_over();
    });
    // A second copy comes right behind the first.
    if (run_.arrived > 0 && run_.qos > 0) wait_until(clock::now() + slice, [] { return false; });
    is_waiting_ = false;
    all_ = nullptr;
  }

  /// The publisher's half of the run, completed by what came here.
  exchange_fact::run joined(const exchange_fact::run& published) const {
    exchange_fact::run whole = published;
    whole.arrived = run_.arrived;
    whole.duplicates = run_.duplicates;
    whole.disordered = run_.disordered;
    whole.arrived_qos = run_.arrived_qos;
    whole.fastest_ms = run_.fastest_ms;
    whole.slowest_ms = run_.slowest_ms;
    whole.arrived_topic = run_.arrived_topic;
    for (int i = 0; i < published.sent; ++i) {
      if (!came_[static_cast<std::size_t>(i)]) whole.lost.push_back(i + 1);
    }
    return whole;
  }

 private:
  static constexpr std::uint16_t subscribe_id = 1, unsubscribe_id = 2;

  void take_retained() {
    byte_buffer bytes;
    encode_ping(bytes, packet_type::pingreq);
    if (!send(bytes)) return;
    const deadline until = clock::now() + settling;
    ended.ping_answered = false;
    wait_until(until, [this] { return ended.ping_answered; });
    wait_until(std::min<deadline>(until, clock::now() + after_ping), [] { return false; });
    ended.ping_answered = false;
  }

  void take(const frame& packet) override {
    if (packet.type == packet_type::suback) {
      suback_packet ack;
      if (!decode(packet, over_.version, ack) && ack.packet_id == subscribe_id &&
          !ack.codes.empty()) {
        seen_.suback = std::to_integer<int>(ack.codes[0]);
      }
      return;
    }
    if (packet.type == packet_type::unsuback) {
      is_unsubscribed_ = true;
      return;
    }
    if (packet.type == packet_type::pubrel) {
      ack_packet release;
      if (!decode(packet, over_.version, release))
        acknowledge(packet_type::pubcomp, release.packet_id);
      return;
    }
    publish_packet message;
    if (packet.type != packet_type::publish || decode(packet, over_.version, message)) return;
    take_message(message);
    if (message.qos == qos_t::at_least_once) acknowledge(packet_type::puback, message.packet_id);
    if (message.qos == qos_t::exactly_once) acknowledge(packet_type::pubrec, message.packet_id);
  }

  void take_message(const publish_packet& message) {
    std::string_view text = as_text(message.payload);
    if (!text.starts_with(mark_)) {
      if (message.retain && all_ == nullptr && ++seen_.retained == 1)
        seen_.retained_topic = tools::printable(message.topic);
      return;
    }
    if (all_ == nullptr) return;
    text.remove_prefix(mark_.size());
    int qos = 0, number = 0;
    const auto first = std::from_chars(text.data(), text.data() + text.size(), qos);
    if (first.ec != std::errc() || first.ptr == text.data() + text.size()) return;
    std::from_chars(first.ptr + 1, text.data() + text.size(), number);
    const bool is_of_run =
        qos == run_.qos && number >= 1 && number <= static_cast<int>(came_.size());
    if (!is_of_run) return;
    const auto index = static_cast<std::size_t>(number - 1);
    if (came_[index]) {
      ++run_.duplicates;
      return;
    }
    came_[index] = true;
    ++run_.arrived;
    if (number < last_) ++run_.disordered;
    last_ = std::max(last_, number);
    const int came_with = static_cast<int>(message.qos);
    run_.arrived_qos = run_.arrived_qos < 0 ? came_with : std::min(run_.arrived_qos, came_with);
    const double ms =
        std::chrono::duration<double, std::milli>(clock::duration(ticks() - all_->sent_at[index]))
            .count();
    run_.fastest_ms = run_.arrived == 1 ? ms : std::min(run_.fastest_ms, ms);
    run_.slowest_ms = std::max(run_.slowest_ms, ms);
    if (message.topic != seen_.topic) run_.arrived_topic = tools::printable(message.topic);
  }

  const std::string& mark_;
  exchange_fact& seen_;
  const std::string& filter_;
  shared_state* all_ = nullptr;
  exchange_fact::run run_;
  std::vector<bool> came_;
  int last_ = -1;
  bool is_waiting_ = false;
  bool is_unsubscribed_ = false;
  deadline given_up_{};
};

}  // namespace

exchange_fact try_exchange(channel& publisher, channel& subscriber, const exchange_request& what) {
  exchange_fact seen;
  seen.topic = what.topic;
  seen.filter = what.filter;
  seen.is_users_topic = what.is_users_topic;
  seen.payload_bytes = static_cast<std::int64_t>(what.payload_bytes);
  seen.version = name_of(subscriber.version);
  const std::string mark = random_mark();
  subscribing to(subscriber, what, mark, seen);
  publishing from(publisher, what, mark);
  const bool is_subscribed = to.subscribe();
  const int messages = static_cast<int>(
      std::min<std::size_t>(most_messages, static_cast<std::size_t>(std::max(1, what.messages))));
  for (int qos = what.lowest_qos; is_subscribed && !what.topic.empty(); ++qos) {
    if (qos > what.highest_qos || clock::now() >= what.until) break;
    if (!from.ended.end.empty() || !to.ended.end.empty()) break;
    shared_state all(qos, messages);
    side_by_side({[&] { from.run(all); }, [&] { to.run(all); }});
    seen.runs.push_back(to.joined(all.seen));
    // What was not taken at this QoS is not tried at a higher one: each try costs seconds.
    if (qos > 0 && seen.runs.back().acknowledged < seen.runs.back().sent) break;
  }
  const bool is_in_doubt = !is_subscribed || seen.arrived() < seen.sent();
  if (is_in_doubt) side_by_side({[&] { from.try_ping(); }, [&] { to.try_ping(); }});
  to.unsubscribe();
  seen.publisher_pinged = from.ended.ping_answered;
  seen.subscriber_pinged = to.ended.ping_answered;
  seen.publisher_end = from.ended.end;
  seen.subscriber_end = to.ended.end;
  seen.publisher_disconnect = from.ended.disconnect;
  seen.subscriber_disconnect = to.ended.disconnect;
  return seen;
}

}  // namespace mqttkit::doctor
