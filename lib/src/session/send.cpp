// What the session sends: publishes and requests, and again what a new connection has to bring to
// its end.
#include <utility>

#include "mqttkit/codec/topic.hpp"
#include "session/session_impl.hpp"

namespace mqttkit {
namespace {

constexpr std::byte dup_bit{0x08};  // of a PUBLISH's first byte (§3.3.1.1)

}  // namespace

admission session::publish(const publish_packet& message, std::uint64_t token,
                           std::error_code& error) {
  return impl_->publish(message, token, error);
}

std::error_code session::impl::refusal_of(qos_t qos, bool retain, std::size_t size) const noexcept {
  if (qos > limits.maximum_qos) return errc::qos_not_supported;
  if (retain && !limits.retain_available) return errc::retain_not_supported;
  if (limits.maximum_packet_size != 0 && size > limits.maximum_packet_size) {
    return errc::packet_too_large;
  }
  return {};
}

// Why a message may not carry the alias that its sender chose [MQTT-3.3.2-9]. Aliases end with the
// connection, so a message that may be sent again needs its topic as well.
std::error_code session::impl::refusal_of_alias(std::uint32_t alias,
                                                const publish_packet& message) const noexcept {
  // The session may have given this number to another topic.
  if (aliases_out.any()) return errc::property_repeated;
  if (alias > limits.topic_alias_maximum) return errc::topic_alias_invalid;
  if (message.topic.empty() && message.qos != qos_t::at_most_once) return errc::invalid_topic_name;
  return {};
}

// The packet that introduces an alias carries the topic as well, and is larger for it; the broker
// may not take so large a packet [MQTT-3.2.2-15].
bool session::impl::alias_fits(const publish_packet& packet) const noexcept {
  constexpr std::uint16_t any_alias = 1;
  return limits.maximum_packet_size == 0 ||
         encoded_size(version(), packet, any_alias) <= limits.maximum_packet_size;
}

bool session::impl::window_full() const noexcept {
  return link != link_state::up || outstanding >= window || outstanding_qos2 >= window_qos2 ||
         inflight >= options.maximum_inflight || queue_next < queue.size() ||
         (inflight != 0 && inflight_bytes >= options.maximum_inflight_bytes);
}

admission session::impl::publish(const publish_packet& message, std::uint64_t token,
                                 std::error_code& error) {
  if (link != link_state::up) return admission::full;
  const bool is_promised = message.qos != qos_t::at_most_once;
  const bool is_plain = message.properties.empty() && !aliases_out.any();
  const bool may_be_refused =
      message.qos > limits.maximum_qos || message.retain || limits.maximum_packet_size != 0;
  if (may_be_refused) {
    const std::size_t size = limits.maximum_packet_size == 0 ? 0 : encoded_size(version(), message);
    error = refusal_of(message.qos, message.retain, size);
    if (error) return admission::refused;
  }
  if (!is_plain) return publish_with_properties(message, token, error);

  publish_packet packet = message;
  packet.dup = false;
  packet.packet_id = 0;
  if (is_promised) {
    if (window_full()) return admission::full;
    packet.packet_id = slots.acquire();
    if (packet.packet_id == 0) return admission::full;
  }
  const std::size_t offset = out.size();
  error = encode(out, version(), packet);
  if (error) {
    if (is_promised) slots.release(packet.packet_id);
    return admission::refused;
  }
  if (is_promised) {
    slots[packet.packet_id].packet.append(out.view().subspan(offset));
    keep(packet, token);
  }
  if (trace) trace_from(out, offset);
  return admission::accepted;
}

// The same for a message with properties, or where the session uses aliases: a topic alias may
// stand for the topic, and must not be in what is kept for sending again.
admission session::impl::publish_with_properties(const publish_packet& message, std::uint64_t token,
                                                 std::error_code& error) {
  publish_packet packet = message;
  packet.dup = false;
  packet.packet_id = 0;
  // The caller's own alias ends with the connection, too: what is kept goes without it.
  properties without_alias;
  bool has_alias = false;
  if (const auto own = packet.properties.number(property_id::topic_alias)) {
    has_alias = true;
    error = refusal_of_alias(*own, message);
    if (error) return admission::refused;
    if (packet.qos != qos_t::at_most_once) {
      without_alias = properties(packet.properties);
      without_alias.remove(property_id::topic_alias);
    }
  }
  if (packet.qos != qos_t::at_most_once) {
    if (window_full()) return admission::full;
    packet.packet_id = slots.acquire();
    if (packet.packet_id == 0) return admission::full;
  }
  const std::size_t offset = out.size();
  session_detail::outbound_aliases::choice alias;
  if (aliases_out.any() && !has_alias && alias_fits(packet)) alias = aliases_out.use(packet.topic);
  if (alias.alias == 0) {
    error = encode(out, version(), packet);
  } else {
    // What is kept below has the whole topic: the alias ends with the connection.
    publish_packet short_packet = packet;
    if (alias.known) short_packet.topic = {};
    error = encode(out, version(), short_packet, alias.alias);
  }
  if (error) {
    if (packet.packet_id != 0) slots.release(packet.packet_id);
    // The broker never heard of the alias that the refused packet would have introduced.
    if (alias.alias != 0 && !alias.known) aliases_out.reset(limits.topic_alias_maximum);
    return admission::refused;
  }
  if (packet.packet_id != 0) {
    byte_buffer& kept = slots[packet.packet_id].packet;
    if (alias.alias == 0 && !has_alias) {
      kept.append(out.view().subspan(offset));
    } else {
      if (has_alias) packet.properties = without_alias;
      error = encode(kept, version(), packet);
    }
    keep(packet, token);
  }
  if (trace) trace_from(out, offset);
  return admission::accepted;
}

// Counts a message as in flight; its bytes are in the slot of its identifier already.
void session::impl::keep(const publish_packet& packet, std::uint64_t token) noexcept {
  slot& kept = slots[packet.packet_id];
  const bool is_qos2 = packet.qos == qos_t::exactly_once;
  kept.token = token;
  kept.sequence = next_sequence++;
  kept.state = is_qos2 ? waits_for::pubrec : waits_for::puback;
  kept.counted = true;
  ++inflight;
  ++outstanding;
  if (is_qos2) ++outstanding_qos2;
  inflight_bytes += kept.packet.size();
}

void session::impl::release(std::uint16_t id) noexcept {
  slot& done = slots[id];
  switch (done.state) {
    case waits_for::puback:
    case waits_for::pubrec:
    case waits_for::pubcomp:
      --inflight;
      inflight_bytes -= done.packet.size();
      if (done.counted) --outstanding;
      if (done.counted && done.state != waits_for::puback) --outstanding_qos2;
      break;
    case waits_for::suback:
    case waits_for::unsuback:
      --pending_requests;
      break;
    case waits_for::nothing:
      break;
  }
  slots.release(id);
}

std::error_code session::subscribe(std::span<const subscription> filters, properties_view with,
                                   std::uint64_t token) {
  return impl_->request(packet_type::subscribe, filters, with, token);
}

std::error_code session::unsubscribe(std::span<const subscription> filters, properties_view with,
                                     std::uint64_t token) {
  return impl_->request(packet_type::unsubscribe, filters, with, token);
}

std::error_code session::impl::request(packet_type type, std::span<const subscription> filters,
                                       properties_view with, std::uint64_t token) {
  const bool subscribing = type == packet_type::subscribe;
  if (link == link_state::up && subscribing) {
    for (const subscription& wanted : filters) {
      if (!limits.wildcard_available && has_wildcard(wanted.filter)) {
        return errc::wildcard_not_supported;
      }
      if (!limits.shared_available && parse_shared(wanted.filter))
        return errc::shared_not_supported;
    }
    if (!limits.subscription_ids_available && with.find(property_id::subscription_identifier)) {
      return errc::subscription_ids_not_supported;
    }
  }
  const std::uint16_t id = slots.acquire();
  if (id == 0) return errc::no_packet_id;
  slot& kept = slots[id];
  const auto error = subscribing ? encode_subscribe(kept.packet, version(), id, filters, with)
                                 : encode_unsubscribe(kept.packet, version(), id, filters, with);
  const bool is_too_large = link == link_state::up && limits.maximum_packet_size != 0 &&
                            kept.packet.size() > limits.maximum_packet_size;
  if (error || is_too_large) {
    slots.release(id);
    return error ? error : errc::packet_too_large;
  }
  kept.state = subscribing ? waits_for::suback : waits_for::unsuback;
  kept.token = token;
  kept.sequence = next_sequence++;
  kept.filters = static_cast<std::uint16_t>(filters.size());
  ++pending_requests;
  if (link == link_state::up) {
    const std::size_t offset = out.size();
    out.append(kept.packet.view());
    trace_from(out, offset);
  }
  return {};
}

// Everything in flight is sent again, in its first order [MQTT-4.6.0-1], as far as the new
// connection's receive maximum allows; the rest follows as acknowledgements come in.
void session::impl::resume(bool session_present) {
  queue = slots.in_order();
  queue_next = 0;
  outstanding = outstanding_qos2 = 0;
  for (const std::uint16_t id : queue) {
    slot& waiting = slots[id];
    waiting.queued = true;
    waiting.counted = false;
    const bool is_publish =
        waiting.state != waits_for::suback && waiting.state != waits_for::unsuback;
    if (!is_publish) continue;
    if (session_present) {
      *waiting.packet.data() |= dup_bit;
    } else {
      // A new session has never seen these messages, not even those the old one had received:
      // whether it forwarded them is unknown, and losing them would be worse than a repetition.
      *waiting.packet.data() &= ~dup_bit;
      if (waiting.state == waits_for::pubcomp) waiting.state = waits_for::pubrec;
    }
  }
  send_queued();
}

void session::impl::send_queued() {
  while (queue_next < queue.size()) {
    const std::uint16_t id = queue[queue_next];
    slot& waiting = slots[id];
    if (!waiting.queued) {  // answered meanwhile, and its identifier perhaps used again
      ++queue_next;
      continue;
    }
    const std::size_t offset = out.size();
    if (waiting.state == waits_for::pubcomp) {
      send_ack(out, packet_type::pubrel, id, 0);
    } else if (waiting.state == waits_for::puback || waiting.state == waits_for::pubrec) {
      const auto first = std::to_integer<unsigned>(*waiting.packet.data());
      const auto qos = static_cast<qos_t>(first >> 1 & 3u);
      const auto error = refusal_of(qos, (first & 1u) != 0, waiting.packet.size());
      if (error) {
        failures.push_back({waiting.token, error});
        release(id);
        ++queue_next;
        continue;
      }
      const bool is_qos2 = waiting.state == waits_for::pubrec;
      if (outstanding >= window || (is_qos2 && outstanding_qos2 >= window_qos2)) return;
      out.append(waiting.packet.view());
      waiting.counted = true;
      ++outstanding;
      if (is_qos2) ++outstanding_qos2;
      trace_from(out, offset);
    } else {
      out.append(waiting.packet.view());
      trace_from(out, offset);
    }
    waiting.queued = false;
    ++queue_next;
  }
  queue.clear();
  queue_next = 0;
}

void session::impl::send_ack(byte_buffer& into, packet_type type, std::uint16_t id,
                             std::uint8_t reason) {
  if (reason != 0 && is_v5()) {
    const ack_packet ack{type, id, reason, {}};
    [[maybe_unused]] const auto error = encode(into, version(), ack);
  } else {
    std::byte* const to = into.extend(4);
    const unsigned flags = type == packet_type::pubrel ? 2u : 0u;  // [MQTT-3.6.1-1]
    to[0] = static_cast<std::byte>(static_cast<unsigned>(type) << 4 | flags);
    to[1] = std::byte{2};
    to[2] = static_cast<std::byte>(id >> 8);
    to[3] = static_cast<std::byte>(id & 0xFF);
  }
  if (&into != &out) return;
  const std::size_t size = reason != 0 && is_v5() ? 5 : 4;
  answer_bytes += size;
  if (trace) trace_from(out, out.size() - size);
}

}  // namespace mqttkit
