#include "mqttkit/codec/decode.hpp"

#include <algorithm>

#include "codec/byte_io.hpp"
#include "codec/property_check.hpp"
#include "codec/text_check.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit {
namespace {

constexpr std::uint8_t dup_bit = 0x08;     // of the fixed header's flags
constexpr std::uint8_t retain_bit = 0x01;  // of the fixed header's flags

std::error_code malformed() noexcept { return make_error_code(errc::malformed_packet); }
std::error_code violation() noexcept { return make_error_code(errc::protocol_error); }

// Whether `flags` may stand beside `type`, which is 1 to 15 [MQTT-2.1.3-1].
bool flags_allowed(packet_type type, std::uint8_t flags) noexcept {
  switch (type) {
    case packet_type::publish:
      return (flags & 0x06) != 0x06;
    case packet_type::pubrel:
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      return (flags & ~dup_bit) == 0x02;  // with MQTT 3.1's DUP or without
    default:
      return flags == 0;
  }
}

// A success must be one that the packet has: whether the message is safe hangs on it
// [MQTT-3.4.2-1]. A failure outside the table is still told as one: mosquitto 2 answers a PUBLISH
// that is too large with a PUBACK of 0x95.
bool may_answer(std::uint8_t code, packet_type type) noexcept {
  return code == 0 || is_failure(code) || is_reason_allowed(code, type);
}

// Reads a property list with its length in front and checks it.
std::error_code read_properties(byte_reader& in, property_place place, properties_view& out,
                                property_set& present) noexcept {
  std::uint32_t size = 0;
  bytes_view list;
  if (!in.varint(size) || !in.raw(size, list)) return malformed();
  out = properties_view(list);
  if (list.empty()) return {};
  return check_properties(list, place, present);
}

std::error_code read_properties(byte_reader& in, property_place place,
                                properties_view& out) noexcept {
  property_set present;
  return read_properties(in, place, out, present);
}

std::error_code read_string(byte_reader& in, std::string_view& out) noexcept {
  if (!in.prefixed(out)) return malformed();
  return check_string(out);
}

// What encode() calls an invalid topic or filter is malformed when it comes from a peer.
std::error_code as_received(std::error_code ec) noexcept {
  if (ec == errc::invalid_topic_name || ec == errc::invalid_topic_filter) return malformed();
  return ec;
}

std::error_code read_will(byte_reader& in, protocol_version version, std::uint8_t connect_flags,
                          will_view& out) noexcept {
  out.qos = static_cast<qos_t>(connect_flags >> 3 & 0x03);
  out.retain = (connect_flags & 0x20) != 0;
  if (version == protocol_version::v5) {
    if (const std::error_code ec = read_properties(in, property_place::will, out.properties)) {
      return ec;
    }
  }
  if (!in.prefixed(out.topic)) return malformed();
  if (const std::error_code ec = check_topic_name(out.topic)) return as_received(ec);
  if (!in.prefixed(out.payload)) return malformed();
  return {};
}

// Walks the topic filters of a SUBSCRIBE or UNSUBSCRIBE.
std::error_code check_filters(bytes_view list, bool with_options,
                              protocol_version version) noexcept {
  if (list.empty()) return violation();  // [MQTT-3.8.3-2], [MQTT-3.10.3-2]
  byte_reader in(list);
  while (!in.at_end()) {
    std::string_view filter;
    if (!in.prefixed(filter)) return malformed();
    if (const std::error_code ec = check_topic_filter(filter)) return as_received(ec);
    if (!with_options) continue;
    std::uint8_t options = 0;
    if (!in.u8(options)) return malformed();
    const bool v5 = version == protocol_version::v5;
    if ((options & 0x03) == 0x03 || (options & (v5 ? 0xC0 : 0xFC)) != 0) return malformed();
    if ((options & 0x30) == 0x30) return violation();  // Retain Handling 3 (§3.8.3.1)
    const bool no_local = (options & 0x04) != 0;
    if (no_local && parse_shared(filter)) return violation();  // [MQTT-3.8.3-4]
  }
  return {};
}

}  // namespace

framing next_frame(bytes_view in, std::uint32_t max_size, frame& out) noexcept {
  out.size = 0;
  if (in.empty()) return framing::incomplete;
  const auto first = std::to_integer<std::uint8_t>(in[0]);
  out.type = static_cast<packet_type>(first >> 4);
  out.flags = first & 0x0F;
  if (first < 0x10 || !flags_allowed(out.type, out.flags)) return framing::malformed;

  // An over-long form of the remaining length is accepted: MQTT 3 does not forbid it, and the
  // version is not known here.
  std::size_t remaining = 0;
  std::size_t header = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (header == in.size()) return framing::incomplete;
    const auto digit = std::to_integer<std::uint8_t>(in[header++]);
    remaining |= static_cast<std::size_t>(digit & 0x7F) << shift;
    if (digit < 0x80) break;
    if (header == 5) return framing::malformed;
  }
  const bool is_ping = out.type == packet_type::pingreq || out.type == packet_type::pingresp;
  if (is_ping && remaining != 0) return framing::malformed;

  out.size = header + remaining;
  if (max_size != 0 && out.size > max_size) {
    out.body = in.subspan(header, std::min(remaining, in.size() - header));
    return framing::too_large;
  }
  if (out.size > in.size()) return framing::incomplete;
  out.body = in.subspan(header, remaining);
  return framing::complete;
}

std::error_code decode(const frame& in, connect_packet& out) noexcept {
  if (in.type != packet_type::connect) return malformed();
  out = {};
  byte_reader body(in.body);
  std::string_view name;
  std::uint8_t level = 0;
  if (const std::error_code ec = read_string(body, name)) return ec;
  if (!body.u8(level)) return malformed();
  out.version = static_cast<protocol_version>(level);
  if (level < 3 || level > 5 || name != protocol_name(out.version)) return violation();
  const bool v5 = out.version == protocol_version::v5;
  const bool v3_1 = out.version == protocol_version::v3_1;

  std::uint8_t flags = 0;
  if (!body.u8(flags) || !body.u16(out.keep_alive)) return malformed();
  const bool has_will = (flags & 0x04) != 0;
  const bool has_password = (flags & 0x40) != 0;
  const bool has_user_name = (flags & 0x80) != 0;
  if (!v3_1 && (flags & 0x01) != 0) return malformed();  // [MQTT-3.1.2-3]; unused in 3.1
  if (has_will && (flags & 0x18) == 0x18) return malformed();
  // [MQTT-3.1.2-11], [MQTT-3.1.2-13]: without a will its QoS and retain are 0. 3.1 ignores them.
  if (!v3_1 && !has_will && (flags & 0x38) != 0) return malformed();
  if (!v5 && has_password && !has_user_name) return violation();  // 3.1.1 [MQTT-3.1.2-22]
  out.clean_start = (flags & 0x02) != 0;

  if (v5) {
    property_set present;
    const std::error_code ec =
        read_properties(body, property_place::connect, out.properties, present);
    if (ec) return ec;
    // §3.1.2.11.10
    if (present.has(property_id::authentication_data) &&
        !present.has(property_id::authentication_method)) {
      return violation();
    }
  }
  if (const std::error_code ec = read_string(body, out.client_id)) return ec;
  if (has_will) {
    const std::error_code ec = read_will(body, out.version, flags, out.will.emplace());
    if (ec) return ec;
  }
  // MQTT 3.1 §3.1: the flags may promise a user name and a password that the remaining length has
  // no room for; the remaining length wins.
  if (has_user_name && !(v3_1 && body.at_end())) {
    if (const std::error_code ec = read_string(body, out.user_name.emplace())) return ec;
  }
  if (has_password && !(v3_1 && body.at_end())) {
    if (!body.prefixed(out.password.emplace())) return malformed();
  }
  return body.at_end() ? std::error_code{} : malformed();
}

std::error_code decode(const frame& in, protocol_version version, connack_packet& out) noexcept {
  if (in.type != packet_type::connack) return malformed();
  out = {};
  byte_reader body(in.body);
  std::uint8_t flags = 0;
  if (!body.u8(flags) || !body.u8(out.reason)) return malformed();
  if (version != protocol_version::v3_1) {        // reserved and unused in 3.1
    if ((flags & 0xFE) != 0) return malformed();  // [MQTT-3.2.2-1]
    out.session_present = (flags & 0x01) != 0;
  }
  // A broker that does not know MQTT 5 answers in the form of 3.1.1, without properties.
  if (version == protocol_version::v5 && !body.at_end()) {
    if (const std::error_code ec = read_properties(body, property_place::connack, out.properties)) {
      return ec;
    }
  }
  return body.at_end() ? std::error_code{} : malformed();
}

std::error_code decode(const frame& in, protocol_version version, publish_packet& out) noexcept {
  if (in.type != packet_type::publish) return malformed();
  byte_reader body(in.body);
  if (!body.prefixed(out.topic)) return malformed();
  out.qos = static_cast<qos_t>(in.flags >> 1 & 0x03);
  out.retain = (in.flags & retain_bit) != 0;
  out.dup = false;
  out.packet_id = 0;
  if (out.qos != qos_t::at_most_once) {
    if (out.qos > qos_t::exactly_once) return malformed();
    if (!body.u16(out.packet_id) || out.packet_id == 0) return malformed();
    out.dup = (in.flags & dup_bit) != 0;  // means nothing at QoS 0 [MQTT-3.3.1-2]
  }
  out.properties = {};
  if (version == protocol_version::v5) {
    property_set present;
    if (!body.skip_zero()) {
      const std::error_code ec =
          read_properties(body, property_place::publish, out.properties, present);
      if (ec) return ec;
    }
    if (out.topic.empty()) {
      if (!present.has(property_id::topic_alias)) return violation();  // §3.3.2.1
      out.payload = body.rest();
      return {};
    }
  }
  if (out.topic.empty() || !is_plain_topic(out.topic)) [[unlikely]] {
    if (const std::error_code ec = check_topic_name(out.topic)) return as_received(ec);
  }
  out.payload = body.rest();
  return {};
}

std::error_code decode(const frame& in, protocol_version version, ack_packet& out) noexcept {
  if (in.type < packet_type::puback || in.type > packet_type::pubcomp) return malformed();
  out.type = in.type;
  out.reason = 0;
  out.properties = {};
  byte_reader body(in.body);
  if (!body.u16(out.packet_id) || out.packet_id == 0) return malformed();
  if (body.at_end()) return {};
  if (version != protocol_version::v5 || !body.u8(out.reason)) return malformed();
  if (!may_answer(out.reason, in.type)) return violation();
  if (body.at_end()) return {};
  const std::error_code ec = read_properties(body, place_of(in.type), out.properties);
  if (ec) return ec;
  return body.at_end() ? std::error_code{} : malformed();
}

std::error_code decode(const frame& in, protocol_version version, subscribe_packet& out) noexcept {
  const bool with_options = in.type == packet_type::subscribe;
  if (!with_options && in.type != packet_type::unsubscribe) return malformed();
  out = {};
  byte_reader body(in.body);
  if (!body.u16(out.packet_id) || out.packet_id == 0) return malformed();
  if (version == protocol_version::v5) {
    const std::error_code ec = read_properties(body, place_of(in.type), out.properties);
    if (ec) return ec;
  }
  const bytes_view list = body.rest();
  if (const std::error_code ec = check_filters(list, with_options, version)) return ec;
  out.filters = subscription_list(list, with_options);
  return {};
}

// QoS 0 to 2, or a refusal: there is nothing that 3 to 0x7F could grant (MQTT 5.0 §3.9.3, 3.1.1
// §3.9.3). Which refusals there are is left open: some brokers answer 3.1.1 with those of MQTT 5.
static bool is_grant_or_failure(std::byte code) noexcept {
  return code <= std::byte{2} || code >= std::byte{0x80};
}

std::error_code decode(const frame& in, protocol_version version, suback_packet& out) noexcept {
  if (in.type != packet_type::suback && in.type != packet_type::unsuback) return malformed();
  out = {};
  byte_reader body(in.body);
  if (!body.u16(out.packet_id) || out.packet_id == 0) return malformed();
  if (version == protocol_version::v5) {
    const std::error_code ec = read_properties(body, place_of(in.type), out.properties);
    if (ec) return ec;
  }
  out.codes = body.rest();
  const bool grants = in.type == packet_type::suback;
  if (grants && !std::all_of(out.codes.begin(), out.codes.end(), is_grant_or_failure))
    return malformed();
  const bool has_codes = grants || version == protocol_version::v5;
  if (!grants && !std::all_of(out.codes.begin(), out.codes.end(), [](std::byte code) {
        return may_answer(std::to_integer<std::uint8_t>(code), packet_type::unsuback);
      })) {
    return violation();
  }
  return out.codes.empty() == has_codes ? malformed() : std::error_code{};
}

std::error_code decode(const frame& in, protocol_version version, reason_packet& out) noexcept {
  const bool v5 = version == protocol_version::v5;
  if (in.type != packet_type::disconnect && !(v5 && in.type == packet_type::auth)) {
    return malformed();
  }
  out = {};
  byte_reader body(in.body);
  if (body.at_end()) return {};
  if (!v5 || !body.u8(out.reason)) return malformed();
  if (!may_answer(out.reason, in.type)) return violation();
  if (body.at_end()) return {};
  const std::error_code ec = read_properties(body, place_of(in.type), out.properties);
  if (ec) return ec;
  return body.at_end() ? std::error_code{} : malformed();
}

bool subscription_list::next(subscription& out) noexcept {
  byte_reader in(bytes_);
  out = {};
  std::uint8_t options = 0;
  if (!in.prefixed(out.filter) || (with_options_ && !in.u8(options))) {
    bytes_ = {};
    return false;
  }
  out.qos = static_cast<qos_t>(options & 0x03);
  out.no_local = (options & 0x04) != 0;
  out.retain_as_published = (options & 0x08) != 0;
  out.retained = static_cast<retain_handling>(options >> 4 & 0x03);
  bytes_ = in.rest();
  return true;
}

}  // namespace mqttkit
