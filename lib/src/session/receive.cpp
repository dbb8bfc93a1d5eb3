// What the session does with each packet from the broker. Every handle_ function returns true when
// it left an event in `current`.
#include <algorithm>
#include <utility>

#include "session/session_impl.hpp"

namespace mqttkit {
namespace {

// Before CONNACK the broker sends nothing but CONNACK and AUTH, which are made of properties. This
// is room for sixteen of the longest.
constexpr std::uint32_t most_before_connack = 1u << 20;

// The reason a DISCONNECT gives for what the broker did wrong (MQTT 5.0 §3.14.2.1).
std::uint8_t disconnect_reason_for(std::error_code why) noexcept {
  const auto as_code = [](reason_code code) { return static_cast<std::uint8_t>(code); };
  if (why == errc::packet_too_large) return as_code(reason_code::packet_too_large);
  if (why == errc::receive_maximum_exceeded) return as_code(reason_code::receive_maximum_exceeded);
  if (why == errc::topic_alias_invalid) return as_code(reason_code::topic_alias_invalid);
  if (why == errc::invalid_topic_name) return as_code(reason_code::topic_name_invalid);
  if (why == errc::protocol_error || why == errc::unexpected_packet ||
      why == errc::session_unwanted || why == errc::property_repeated ||
      why == errc::property_not_allowed || why == errc::property_value) {
    return as_code(reason_code::protocol_error);
  }
  return as_code(reason_code::malformed_packet);
}

}  // namespace

const event& session::impl::next() {
  if (options.acknowledge == ack_policy::on_next && !withholding) settle();
  last_unsettled_bytes = 0;
  last_is_qos2 = is_shown_from_in = false;
  in.release_kept();
  set_aside.release();
  if (const event* const failure = next_failure()) return *failure;
  while (!set_aside.empty()) {
    if (show_waiting()) return current;
  }
  return take_apart(false);
}

const event& session::impl::overtake() {
  keep_shown();
  if (const event* const failure = next_failure()) return *failure;
  return take_apart(true);
}

const event* session::impl::next_failure() {
  if (failures_told == failures.size()) return nullptr;
  const local_failure failure = failures[failures_told++];
  if (failures_told == failures.size()) {
    failures.clear();
    failures_told = 0;
  }
  current = delivered{failure.token, 0, failure.error, {}};
  return &current;
}

const event& session::impl::take_apart(bool puts_messages_aside) {
  while ((link == link_state::connecting || link == link_state::up) && !is_read_into) {
    bool has_event = false;
    if (handle_short_ack(in.unread(), has_event)) {
      if (has_event) return current;
      continue;
    }
    frame packet;
    switch (next_frame(in.unread(), receive_limit(), packet)) {
      case framing::complete: {
        const bool has_buffer = in.is_all(packet.size);
        in.consume(packet.size);
        if (trace) trace(false, packet);
        const bool is_message = packet.type == packet_type::publish && link == link_state::up;
        has_event =
            is_message && puts_messages_aside ? put_aside(packet, has_buffer) : handle(packet);
        if (has_event) return current;
        break;
      }
      case framing::incomplete:
        if (in.fit(packet.size)) return current = need_more{};
        fail(std::make_error_code(std::errc::not_enough_memory));
        return current;
      case framing::malformed:
        fail(errc::malformed_packet);
        return current;
      case framing::too_large:
        refuse(packet);
        return current;
    }
  }
  return current = need_more{};
}

// Acknowledgements come by the thousand, and nearly all of them in this form: two bytes of header,
// an identifier, success. Taken apart like any other packet they cost three times as much.
bool session::impl::handle_short_ack(bytes_view packet, bool& has_event) {
  constexpr std::size_t short_bytes = 4;
  if (packet.size() < short_bytes || packet[1] != std::byte{2}) return false;
  if (link != link_state::up || trace) return false;
  ack_packet ack;
  switch (std::to_integer<unsigned>(packet[0])) {
    case 0x40:
      break;
    case 0x50:
      ack.type = packet_type::pubrec;
      break;
    case 0x70:
      ack.type = packet_type::pubcomp;
      break;
    default:
      return false;
  }
  ack.packet_id = static_cast<std::uint16_t>(std::to_integer<unsigned>(packet[2]) << 8 |
                                             std::to_integer<unsigned>(packet[3]));
  if (ack.packet_id == 0) return false;
  in.consume(short_bytes);
  has_event = handle_ack(ack);
  return true;
}

bool session::impl::handle_ack(const ack_packet& ack) {
  switch (ack.type) {
    case packet_type::puback:
      return handle_puback(ack);
    case packet_type::pubrec:
      return handle_pubrec(ack);
    case packet_type::pubrel:
      return handle_pubrel(ack);
    default:
      return handle_pubcomp(ack);
  }
}

std::uint32_t session::impl::receive_limit() const noexcept {
  if (link != link_state::connecting) return receive_size;
  return receive_size == 0 ? most_before_connack : std::min(receive_size, most_before_connack);
}

void session::impl::refuse(const frame& too_large) {
  const std::uint32_t limit = receive_limit();
  fail(errc::packet_too_large);
  auto& end = std::get<closed>(current);
  end.refused = too_large;
  end.limit = limit;
}

void session::impl::keep_shown() {
  if (is_shown_from_in) in.keep_consumed();
  is_shown_from_in = false;
}

bool session::impl::fail(std::error_code why) {
  const std::uint8_t reason = disconnect_reason_for(why);
  if (is_v5()) {
    const std::size_t offset = out.size();
    const reason_packet goodbye{reason, {}};
    if (!encode(out, version(), packet_type::disconnect, goodbye)) trace_from(out, offset);
  }
  link = link_state::ended;
  current = closed{why, reason, {}};
  return true;
}

bool session::impl::handle(const frame& packet) {
  if (link == link_state::connecting) {
    // The first packet must be CONNACK, or AUTH while it is negotiated [MQTT-3.2.0-1].
    if (packet.type == packet_type::connack) return handle_connack(packet);
    if (packet.type == packet_type::auth && is_v5()) return handle_auth(packet);
    return fail(errc::unexpected_packet);
  }
  switch (packet.type) {
    case packet_type::publish:
      return handle_publish(packet);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp: {
      ack_packet ack;
      if (const auto error = decode(packet, version(), ack)) return fail(error);
      return handle_ack(ack);
    }
    case packet_type::suback:
    case packet_type::unsuback:
      return handle_suback(packet);
    case packet_type::pingresp:
      ping_outstanding = false;
      return false;
    case packet_type::disconnect:
      // A server sends DISCONNECT in MQTT 5 only.
      return is_v5() ? handle_disconnect(packet) : fail(errc::unexpected_packet);
    case packet_type::auth:
      return is_v5() ? handle_auth(packet) : fail(errc::unexpected_packet);
    default:
      return fail(errc::unexpected_packet);
  }
}

bool session::impl::handle_connack(const frame& packet) {
  connack_packet ack;
  if (const auto error = decode(packet, version(), ack)) return fail(error);
  if (ack.reason != 0) {
    link = link_state::ended;
    current = closed{errc::connection_refused_by_broker, connack_reason(ack.reason, version()),
                     ack.properties};
    return true;
  }
  if (ack.session_present && asked_clean) return fail(errc::session_unwanted);
  take_limits(ack.properties);
  // MQTT 3.1 cannot say so: there a session that was not to be clean is kept.
  const bool is_silent = version() == protocol_version::v3_1;
  const bool resumed = is_silent ? connected_before && !options.clean_start : ack.session_present;
  std::uint32_t again = 0;
  if (!resumed) {
    received_qos2.reset();
    again = static_cast<std::uint32_t>(inflight);
  }
  set_aside.connection_changed(resumed);
  waiting_qos2.reset();
  link = link_state::up;
  connected_before = true;
  resume(resumed);
  current = connected{ack.session_present, again, ack.properties};
  return true;
}

void session::impl::take_limits(properties_view with) {
  const auto number = [&](property_id id, std::uint32_t otherwise) {
    return with.number(id).value_or(otherwise);
  };
  limits.receive_maximum = static_cast<std::uint16_t>(number(property_id::receive_maximum, 65'535));
  limits.maximum_qos = static_cast<qos_t>(number(property_id::maximum_qos, 2));
  limits.retain_available = number(property_id::retain_available, 1) != 0;
  limits.maximum_packet_size = number(property_id::maximum_packet_size, 0);
  limits.topic_alias_maximum =
      static_cast<std::uint16_t>(number(property_id::topic_alias_maximum, 0));
  limits.wildcard_available = number(property_id::wildcard_subscription_available, 1) != 0;
  limits.shared_available = number(property_id::shared_subscription_available, 1) != 0;
  limits.subscription_ids_available =
      number(property_id::subscription_identifier_available, 1) != 0;
  limits.keep_alive =
      static_cast<std::uint16_t>(number(property_id::server_keep_alive, limits.keep_alive));
  limits.session_expiry = number(property_id::session_expiry_interval, limits.session_expiry);
  if (const auto assigned = with.text(property_id::assigned_client_identifier)) {
    client_id = *assigned;
  }
  window = std::min<std::uint32_t>(options.maximum_inflight, limits.receive_maximum);
  aliases_out.reset(options.use_topic_aliases ? limits.topic_alias_maximum : 0);
}

bool session::impl::handle_publish(const frame& packet) {
  publish_packet message;
  const arrival how = arrives(packet, message);
  if (how != arrival::fresh) return how == arrival::failed;
  is_shown_from_in = true;
  show(message, waiting_packets::origin::current);
  return true;
}

// Does what each PUBLISH asks for once, when it comes in (aliases, Receive Maximum, repetitions),
// and says whether the consumer is to see it.
session::impl::arrival session::impl::arrives(const frame& packet, publish_packet& message) {
  const auto failed = [this](std::error_code why) {
    fail(why);
    return arrival::failed;
  };
  if (const auto error = decode(packet, version(), message)) return failed(error);
  if (!message.properties.empty()) {
    if (const auto alias = message.properties.number(property_id::topic_alias)) {
      if (!aliases_in.allowed(*alias)) return failed(errc::topic_alias_invalid);
      if (message.topic.empty()) {
        message.topic = aliases_in.topic(*alias);
        if (message.topic.empty()) return failed(errc::protocol_error);
      } else {
        aliases_in.set(*alias, message.topic);
      }
    }
  }
  if (options.acknowledge == ack_policy::ignore) return arrival::passed_over;
  if (message.qos == qos_t::at_most_once) return arrival::fresh;
  const bool is_qos2 = message.qos == qos_t::exactly_once;
  // The first one still waits for the consumer, and will be acknowledged then.
  if (is_qos2 && waiting_qos2 && waiting_qos2->test(message.packet_id)) return arrival::passed_over;
  // A repetition on a new connection counts there, though the consumer does not see it again.
  if (exceeds_receive_maximum(message)) return failed(errc::receive_maximum_exceeded);
  if (is_qos2 && received_qos2 && received_qos2->test(message.packet_id)) {
    // The consumer does not see this repetition, so it cannot settle it: it is acknowledged now.
    // Where the message itself or others wait to be settled it goes behind them, for
    // acknowledgements keep their order.
    send_ack(holding || !unsettled.empty() ? unsettled : out, packet_type::pubrec,
             message.packet_id, 0);
    return arrival::passed_over;
  }
  return arrival::fresh;
}

void session::impl::show(const publish_packet& message, waiting_packets::origin from) {
  // A message shown between two connections cannot be acknowledged: the broker will send it again.
  const bool has_link = link == link_state::up || link == link_state::ended;
  const bool is_answered = from == waiting_packets::origin::current && has_link;
  if (message.qos == qos_t::at_least_once && is_answered) {
    send_ack(unsettled, packet_type::puback, message.packet_id, 0);
    ++unsettled_count;
    last_unsettled_bytes = 4;
  } else if (message.qos == qos_t::exactly_once && from == waiting_packets::origin::current) {
    if (!received_qos2) received_qos2 = std::make_unique<std::bitset<65536>>();
    received_qos2->set(message.packet_id);
    holding = last_is_qos2 = true;
    if (is_answered) {
      send_ack(unsettled, packet_type::pubrec, message.packet_id, 0);
      last_unsettled_bytes = 4;
    }
  }
  current.emplace<message_received>(message_received{message, ++received_messages});
}

// The bytes of a packet are kept as they came; only an alias, which ends with the connection, gives
// way to its topic. Returns true when the packet ended the connection.
bool session::impl::put_aside(const frame& packet, bool has_buffer) {
  publish_packet message;
  const arrival how = arrives(packet, message);
  if (how != arrival::fresh) return how == arrival::failed;
  if (message.qos == qos_t::exactly_once) {
    if (!waiting_qos2) waiting_qos2 = std::make_unique<std::bitset<65536>>();
    waiting_qos2->set(message.packet_id);
  }
  const bool is_short = packet.body[0] == std::byte{0} && packet.body[1] == std::byte{0};
  if (is_short) {
    byte_buffer whole;
    if (const auto error = encode(whole, version(), message)) return fail(error);
    set_aside.put(whole.view());
  } else if (has_buffer) {
    set_aside.put(in.give_away(), packet.size);
  } else {
    const std::byte* const end = packet.body.data() + packet.body.size();
    set_aside.put(bytes_view(end - packet.size, packet.size));
  }
  return false;
}

// Shows the first message that was put aside. False when there was nothing to show in it.
bool session::impl::show_waiting() {
  const waiting_packets::entry first = set_aside.take();
  frame packet;
  publish_packet message;
  // Neither can fail: the packet was checked when it was put aside.
  if (next_frame(first.bytes, 0, packet) != framing::complete) return false;
  if (decode(packet, version(), message)) return false;
  if (message.qos == qos_t::exactly_once && waiting_qos2 &&
      first.from == waiting_packets::origin::current) {
    waiting_qos2->reset(message.packet_id);
  }
  show(message, first.from);
  return true;
}

// Whether the broker has more messages unacknowledged than Receive Maximum allows, with patience:
// mosquitto counts apart what is left of an earlier connection and sends as many again, which costs
// nothing to bear. So all 65,535 packet identifiers may be in use; one more, and the broker reuses
// one before we acknowledged it. Before MQTT 5 there is no limit. A QoS 2 identifier that comes
// again before its PUBREL is a message that was counted already.
bool session::impl::exceeds_receive_maximum(const publish_packet& message) {
  constexpr std::int64_t most_identifiers = 65'535;
  if (message.qos == qos_t::exactly_once) {
    if (!counted_qos2) counted_qos2 = std::make_unique<std::bitset<65536>>();
    if (counted_qos2->test(message.packet_id)) return false;
    counted_qos2->set(message.packet_id);
  }
  return ++unacknowledged > most_identifiers && is_v5();
}

bool session::impl::finish(std::uint16_t id, std::uint8_t reason, properties_view with) {
  const std::uint64_t token = slots[id].token;
  release(id);
  if (queue_next < queue.size()) send_queued();
  current.emplace<delivered>(delivered{token, reason, {}, with});
  return true;
}

// publish at QoS 1:  PUBLISH -> waits for PUBACK -> done
// publish at QoS 2:  PUBLISH -> waits for PUBREC -> PUBREL -> waits for PUBCOMP -> done
//                    PUBREC with a failure -> done, no PUBREL [MQTT-4.3.3-4]
// An acknowledgement for nothing in flight is passed over: after a resumed session a broker may
// repeat one.
bool session::impl::handle_puback(const ack_packet& ack) {
  const slot* const found = slots.find(ack.packet_id);
  // RabbitMQ takes a QoS 2 PUBLISH as QoS 1 and answers so: final, and better than waiting forever.
  if (found == nullptr || found->queued ||
      (found->state != waits_for::puback && found->state != waits_for::pubrec)) {
    return false;
  }
  return finish(ack.packet_id, ack.reason, ack.properties);
}

bool session::impl::handle_pubrec(const ack_packet& ack) {
  slot* const found = slots.find(ack.packet_id);
  if (found == nullptr || found->state == waits_for::suback ||
      found->state == waits_for::unsuback || found->state == waits_for::puback) {
    if (!is_failure(ack.reason)) {
      send_ack(out, packet_type::pubrel, ack.packet_id,
               static_cast<std::uint8_t>(reason_code::packet_identifier_not_found));
    }
    return false;
  }
  if (found->queued) return false;
  if (is_failure(ack.reason)) return finish(ack.packet_id, ack.reason, ack.properties);
  found->state = waits_for::pubcomp;
  send_ack(out, packet_type::pubrel, ack.packet_id, 0);
  return false;
}

bool session::impl::handle_pubrel(const ack_packet& ack) {
  if (options.acknowledge == ack_policy::ignore) return false;
  const bool known = received_qos2 && received_qos2->test(ack.packet_id);
  if (known) received_qos2->reset(ack.packet_id);
  if (counted_qos2) counted_qos2->reset(ack.packet_id);
  // Brokers count a PUBCOMP as room for another message (§4.9), also when the message came on an
  // earlier connection and was not counted on this one.
  --unacknowledged;
  const auto not_found = static_cast<std::uint8_t>(reason_code::packet_identifier_not_found);
  send_ack(out, packet_type::pubcomp, ack.packet_id, known ? std::uint8_t{0} : not_found);
  return false;
}

bool session::impl::handle_pubcomp(const ack_packet& ack) {
  const slot* const found = slots.find(ack.packet_id);
  if (found == nullptr || found->state != waits_for::pubcomp || found->queued) return false;
  // 0x92 says that the broker had finished this exchange before: for us it is finished as well.
  const auto not_found = static_cast<std::uint8_t>(reason_code::packet_identifier_not_found);
  return finish(ack.packet_id, ack.reason == not_found ? std::uint8_t{0} : ack.reason,
                ack.properties);
}

bool session::impl::handle_suback(const frame& packet) {
  suback_packet ack;
  if (const auto error = decode(packet, version(), ack)) return fail(error);
  const auto wanted = packet.type == packet_type::suback ? waits_for::suback : waits_for::unsuback;
  const slot* const found = slots.find(ack.packet_id);
  if (found == nullptr || found->state != wanted || found->queued) return false;
  const bool has_codes = wanted == waits_for::suback || is_v5();
  if (has_codes && ack.codes.size() != found->filters) return fail(errc::protocol_error);
  const std::uint64_t token = found->token;
  release(ack.packet_id);
  current.emplace<subscribed>(subscribed{token, ack.codes, ack.properties});
  return true;
}

bool session::impl::handle_disconnect(const frame& packet) {
  reason_packet goodbye;
  if (const auto error = decode(packet, version(), goodbye)) return fail(error);
  link = link_state::ended;
  current = closed{errc::disconnected_by_broker, goodbye.reason, goodbye.properties};
  return true;
}

bool session::impl::handle_auth(const frame& packet) {
  reason_packet auth;
  if (const auto error = decode(packet, version(), auth)) return fail(error);
  // Only a client that asked for a method may be asked [MQTT-4.12.0-6].
  if (!options.connect_properties.view().find(property_id::authentication_method)) {
    return fail(errc::protocol_error);
  }
  // The broker may say "continue" or "success"; to begin anew is for the client, and a refusal
  // comes in another packet (§3.15.2.1).
  const auto again = static_cast<std::uint8_t>(reason_code::re_authenticate);
  if (auth.reason == again || is_failure(auth.reason)) return fail(errc::protocol_error);
  current = authentication{auth.reason, auth.properties};
  return true;
}

}  // namespace mqttkit
