// What a session does with each message of the gateway.
#include <algorithm>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/topic.hpp"
#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/error.hpp"
#include "sn/session_impl.hpp"

namespace mqttkit::sn {

void session::impl::feed(bytes_view datagram, time_point now) {
  static_cast<void>(now);
  if (trace) trace(false, datagram);
  input.assign(datagram.begin(), datagram.end());
  has_input = true;
}

bool session::impl::take_input() {
  if (has_input) {
    has_input = false;
    return true;
  }
  if (held_due == 0 || held.empty()) return false;
  --held_due;
  input.swap(held.front());
  held.pop_front();
  return true;
}

const event& session::impl::next(time_point now) {
  if (options.acknowledge == ack_policy::on_next) settle();
  for (;;) {
    if (events_shown < events.size()) {
      current = events[events_shown++];
      return current;
    }
    events.clear();
    events_shown = 0;
    if (!take_input()) {
      current = need_more{};
      return current;
    }
    message any;
    if (!decode(input, any) && take(any, now)) return current;
  }
}

// Handles one message. Returns whether it left an event in `current`.
bool session::impl::take(const message& any, time_point now) {
  if (state == session_state::disconnected) return false;
  // What comes before CONNACK belongs to an earlier connection.
  const message_type type = type_of(any);
  const bool may_come_first = type == message_type::connack || type == message_type::willtopicreq ||
                              type == message_type::willmsgreq;
  if (state == session_state::connecting && !may_come_first) return false;
  return std::visit(
      [this, now](const auto& got) {
        if constexpr (std::is_same_v<std::decay_t<decltype(got)>, publish_message>) {
          return handle_publish(got);
        } else if constexpr (requires { handle(got, now); }) {
          handle(got, now);
        }
        return false;
      },
      any);
}

void session::impl::handle(const willtopicreq_message&, time_point now) {
  handle_will_request(true, now);
}

void session::impl::handle(const willmsgreq_message&, time_point now) {
  handle_will_request(false, now);
}

void session::impl::handle(const willtopicresp_message& answer, time_point now) {
  handle_will_response(true, answer.code, now);
}

void session::impl::handle(const willmsgresp_message& answer, time_point now) {
  handle_will_response(false, answer.code, now);
}

// Gateways ask clients, too, whether they are alive (§5.4.19).
void session::impl::handle(const pingreq_message&, time_point) { put(pingresp_message{}); }

void session::impl::handle(const connack_message& answer, time_point now) {
  if (state != session_state::connecting || !connecting.is_active()) return;
  connecting.end();
  if (answer.code == return_code::congestion) return congest(message_type::connect, now);
  if (answer.code != return_code::accepted) {
    return close({make_error_code(errc::not_accepted), answer.code, message_type::connect});
  }
  events.emplace_back(connected{will_topic_asked && will_message_asked});
  activate(now);
}

// §6.2: from each request of the gateway on its answer is what we repeat. A late request is
// answered and changes nothing, and so is one after CONNACK: a gateway that took a doubled CONNECT
// for a new one would wait for the will.
void session::impl::handle_will_request(bool is_topic, time_point now) {
  willtopic_message topic;
  willmsg_message content;
  if (options.will) {
    topic.topic = options.will->topic;
    topic.qos = options.will->qos;
    topic.retain = options.will->retain;
    content.payload = as_bytes(options.will->payload);
  }
  if (!connecting.is_active()) {
    if (state != session_state::active || !options.will) return;
    return is_topic ? put(topic) : put(content);
  }
  if (is_topic) {
    will_topic_asked = true;
    if (will_message_asked) return put(topic);
    return begin(connecting, topic, now);
  }
  will_message_asked = true;
  begin(connecting, content, now);
}

void session::impl::handle(const register_message& asked, time_point) {
  regack_message answer;
  answer.topic_id = asked.topic_id;
  answer.message_id = asked.message_id;
  if (!is_topic_id(asked.topic_id)) {
    answer.code = return_code::invalid_topic_id;
  } else if (!topics.learn(asked.topic_id, asked.topic)) {
    answer.code = return_code::congestion;
  }
  put(answer);
  held_due = held.size();
}

void session::impl::handle(const regack_message& answer, time_point now) {
  if (slot.at != outgoing::stage::registering || answer.message_id != slot.message_id) return;
  publishing.end();
  if (answer.code == return_code::congestion) {
    slot.at = outgoing::stage::waiting;
    return congest(message_type::register_topic, now);
  }
  if (answer.code != return_code::accepted) return finish(answer.code);
  if (!is_topic_id(answer.topic_id)) {
    return finish(return_code::accepted, make_error_code(errc::invalid_topic_id));
  }
  // Without room in the table the topic is registered again for each message.
  static_cast<void>(topics.learn(answer.topic_id, slot.topic));
  slot.topic_id = answer.topic_id;
  send_publish(now);
}

// Keeps a message whose topic id is unknown: the message that tells it may be under way.
bool session::impl::hold(const publish_message& got) {
  if (got.type != topic_id_type::normal || !requesting.is_active()) return false;
  if (held.size() == most_held) return false;
  held.emplace_back();
  held.back().swap(input);
  return true;
}

bool session::impl::handle_publish(const publish_message& got) {
  const std::string_view topic = topic_of(got.type, got.topic_id);
  if (topic.empty() && got.type != topic_id_type::predefined) {
    if (hold(got)) return false;
    put(puback_message{got.topic_id, got.message_id, return_code::invalid_topic_id});
    current = message_unknown{got};
    return true;
  }
  if (got.qos > qos_level::at_most_once) {
    const auto known = std::ranges::find_if(received, [&got](const incoming& each) {
      return each.message_id == got.message_id && each.qos == got.qos;
    });
    if (known != received.end()) {
      if (known->is_settled) put(pubrec_message{got.message_id});
      return false;
    }
    if (received.size() == most_incoming) return false;
    received.push_back({got.qos, got.message_id, got.topic_id, false});
  }
  ++messages_awake;
  current = message_received{got, topic, ++messages};
  return true;
}

void session::impl::handle(const puback_message& answer, time_point now) {
  const bool is_ours =
      slot.at == outgoing::stage::publishing && answer.message_id == slot.message_id;
  if (!is_ours) {
    if (answer.message_id != 0 || answer.code == return_code::accepted) return;  // late, or doubled
    if (answer.code == return_code::congestion && !is_congested()) {
      congest(message_type::publish, now);
    }
    if (answer.code == return_code::invalid_topic_id) topics.forget(answer.topic_id);
    events.emplace_back(refused{answer.topic_id, answer.code});
    return;
  }
  // QoS 2 is acknowledged by PUBREC alone.
  if (slot.qos == qos_level::exactly_once && answer.code == return_code::accepted) return;
  publishing.end();
  if (answer.code == return_code::congestion) {
    slot.at = outgoing::stage::waiting;
    slot.was_published = false;
    return congest(message_type::publish, now);
  }
  if (answer.code == return_code::invalid_topic_id && slot.type == topic_id_type::normal &&
      !slot.registered_again) {
    topics.forget(slot.topic_id);
    slot.registered_again = true;
    return send_register(now);
  }
  finish(answer.code);
}

void session::impl::handle(const pubrec_message& answer, time_point now) {
  const bool is_ours = slot.qos == qos_level::exactly_once && answer.message_id == slot.message_id;
  if (is_ours && slot.at == outgoing::stage::publishing) {
    slot.at = outgoing::stage::releasing;
    slot.was_released = true;
    return begin(publishing, pubrel_message{answer.message_id}, now);
  }
  // This PUBLISH was doubled, or its message has ended: the gateway waits for PUBREL all the same.
  put(pubrel_message{answer.message_id});
}

void session::impl::handle(const pubrel_message& released, time_point) {
  const auto is_meant = [&released](const incoming& each) {
    return each.qos == qos_level::exactly_once && each.message_id == released.message_id;
  };
  std::erase_if(received, is_meant);
  put(pubcomp_message{released.message_id});
}

void session::impl::handle(const pubcomp_message& answer, time_point) {
  if (slot.at != outgoing::stage::releasing || answer.message_id != slot.message_id) return;
  finish(return_code::accepted);
}

void session::impl::handle(const suback_message& answer, time_point now) {
  if (!requesting.is_active() || requests.front().is_unsubscribe) return;
  const pending_request& asked = requests.front();
  if (answer.message_id != asked.message_id) return;
  if (answer.code == return_code::congestion) {
    requesting.end();
    return congest(message_type::subscribe, now);
  }
  const bool tells_id = answer.code == return_code::accepted &&
                        asked.type == topic_id_type::normal && !has_wildcard(asked.filter) &&
                        is_topic_id(answer.topic_id);
  if (tells_id) static_cast<void>(topics.learn(answer.topic_id, asked.filter));
  answer_request({asked.token, answer.code, answer.qos, answer.topic_id, false}, now);
}

void session::impl::handle(const unsuback_message& answer, time_point now) {
  if (!requesting.is_active() || !requests.front().is_unsubscribe) return;
  const pending_request& asked = requests.front();
  if (answer.message_id != asked.message_id) return;
  answer_request({asked.token, return_code::accepted, qos_level::at_most_once, 0, true}, now);
}

void session::impl::handle(const pingresp_message&, time_point now) {
  if (!pinging.is_active()) return;
  pinging.end();
  if (state != session_state::awake) return;
  state = session_state::asleep;
  slept_at = now;
  events.emplace_back(asleep{messages_awake});
}

void session::impl::handle(const disconnect_message&, time_point now) {
  if (state == session_state::disconnecting) return close({});
  if (state == session_state::falling_asleep) {
    leaving.end();
    state = session_state::asleep;
    slept_at = now;
    events.emplace_back(asleep{});
    return;
  }
  // While we sleep this is the answer to our DISCONNECT, doubled.
  if (state == session_state::asleep) return;
  close({make_error_code(errc::disconnected_by_gateway), return_code::accepted,
         message_type::connect});
}

// §6.4: WILLTOPICUPD first, then WILLMSGUPD. An empty WILLTOPICUPD deletes both.
void session::impl::handle_will_response(bool is_topic, return_code code, time_point now) {
  if (!updating.is_active()) return;
  message last;
  const bool is_topic_asked =
      !decode(updating.datagram, last) && type_of(last) == message_type::willtopicupd;
  if (is_topic != is_topic_asked) return;
  updating.end();
  if (is_topic && code == return_code::accepted && new_will) {
    willmsgupd_message content;
    content.payload = as_bytes(new_will->payload);
    return begin(updating, content, now);
  }
  if (code == return_code::accepted) options.will = new_will;
  events.emplace_back(will_updated{code});
}

}  // namespace mqttkit::sn
