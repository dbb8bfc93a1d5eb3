#include "mqttkit/codec/encode.hpp"

#include "codec/byte_io.hpp"
#include "codec/property_check.hpp"
#include "codec/text_check.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit {
namespace {

std::error_code malformed() noexcept { return make_error_code(errc::malformed_packet); }

constexpr std::size_t max_client_id_3_1 = 23;  // bytes; MQTT 3.1 §3.1

// Bytes of a topic alias among the properties: identifier and two-byte value.
constexpr std::size_t topic_alias_size = 1 + two_bytes;

constexpr std::uint32_t first_byte(packet_type type, std::uint32_t flags = 0) noexcept {
  return static_cast<std::uint32_t>(type) << 4 | flags;
}

// PUBREL, SUBSCRIBE and UNSUBSCRIBE carry flags 0010 [MQTT-2.1.3-1].
constexpr std::uint32_t fixed_first_byte(packet_type type) noexcept {
  const bool two = type == packet_type::pubrel || type == packet_type::subscribe ||
                   type == packet_type::unsubscribe;
  return first_byte(type, two ? 0x02 : 0x00);
}

constexpr std::size_t prefixed_size(std::size_t size) noexcept { return two_bytes + size; }

// A property list with its length in front; nothing at all before MQTT 5.
std::size_t properties_size(protocol_version version, std::size_t list_bytes) noexcept {
  if (version != protocol_version::v5) return 0;
  // A list above the largest length makes the packet too large too; any size of the length will do.
  return varint_size(static_cast<std::uint32_t>(list_bytes)) + list_bytes;
}

void write_properties(byte_writer& to, protocol_version version, properties_view list) noexcept {
  if (version != protocol_version::v5) return;
  to.varint(static_cast<std::uint32_t>(list.bytes().size()));
  to.raw(list.bytes());
}

std::error_code check_list(protocol_version version, properties_view list, property_place place,
                           property_set& present) noexcept {
  if (list.empty()) return {};
  if (version != protocol_version::v5) return make_error_code(errc::property_not_allowed);
  return check_properties(list.bytes(), place, present);
}

std::error_code check_list(protocol_version version, properties_view list,
                           property_place place) noexcept {
  property_set present;
  return check_list(version, list, place, present);
}

// Makes room for a whole packet and writes its fixed header.
std::error_code begin_packet(byte_buffer& out, std::uint32_t first, std::size_t remaining,
                             byte_writer& to) {
  if (remaining > max_remaining_length) return make_error_code(errc::packet_too_large);
  const auto length = static_cast<std::uint32_t>(remaining);
  to = byte_writer(out.extend(1 + varint_size(length) + remaining));
  to.u8(first);
  to.varint(length);
  return {};
}

std::error_code check_will(protocol_version version, const will_view& will) noexcept {
  if (const std::error_code ec = check_topic_name(will.topic)) return ec;
  if (will.payload.size() > max_string_bytes) return make_error_code(errc::string_too_long);
  if (will.qos > qos_t::exactly_once) return malformed();
  return check_list(version, will.properties, property_place::will);
}

std::error_code check_client_id(const connect_packet& packet) noexcept {
  if (const std::error_code ec = check_string(packet.client_id)) return ec;
  const std::size_t size = packet.client_id.size();
  if (packet.version == protocol_version::v3_1 && (size == 0 || size > max_client_id_3_1)) {
    return make_error_code(errc::invalid_client_id);
  }
  if (packet.version == protocol_version::v3_1_1 && size == 0 && !packet.clean_start) {
    return make_error_code(errc::client_id_required);  // 3.1.1 [MQTT-3.1.3-7]
  }
  return {};
}

std::error_code check_connect(const connect_packet& packet) noexcept {
  const protocol_version version = packet.version;
  if (version < protocol_version::v3_1 || version > protocol_version::v5) {
    return make_error_code(errc::protocol_error);
  }
  if (const std::error_code ec = check_client_id(packet)) return ec;
  if (packet.will) {
    if (const std::error_code ec = check_will(version, *packet.will)) return ec;
  }
  if (packet.user_name) {
    if (const std::error_code ec = check_string(*packet.user_name)) return ec;
  }
  if (packet.password) {
    if (packet.password->size() > max_string_bytes) return make_error_code(errc::string_too_long);
    if (version != protocol_version::v5 && !packet.user_name) {
      return make_error_code(errc::password_without_username);
    }
  }
  property_set present;
  if (const std::error_code ec =
          check_list(version, packet.properties, property_place::connect, present)) {
    return ec;
  }
  // §3.1.2.11.10
  if (present.has(property_id::authentication_data) &&
      !present.has(property_id::authentication_method)) {
    return make_error_code(errc::protocol_error);
  }
  return {};
}

// Remaining length of a PUBLISH.
std::size_t publish_remaining(protocol_version version, const publish_packet& packet,
                              std::uint16_t topic_alias) noexcept {
  const std::size_t id_bytes = packet.qos == qos_t::at_most_once ? 0 : two_bytes;
  const std::size_t list_bytes =
      packet.properties.bytes().size() + (topic_alias != 0 ? topic_alias_size : 0);
  return prefixed_size(packet.topic.size()) + id_bytes + properties_size(version, list_bytes) +
         packet.payload.size();
}

// What encode(PUBLISH) checks beside a plain topic without properties.
std::error_code check_publish(protocol_version version, const publish_packet& packet,
                              std::uint16_t topic_alias) noexcept {
  property_set present;
  if (const std::error_code ec =
          check_list(version, packet.properties, property_place::publish, present)) {
    return ec;
  }
  if (topic_alias != 0) {
    if (version != protocol_version::v5) return make_error_code(errc::property_not_allowed);
    if (present.has(property_id::topic_alias)) return make_error_code(errc::property_repeated);
    present.insert(property_id::topic_alias);
  }
  if (packet.topic.empty() && present.has(property_id::topic_alias)) return {};
  return check_topic_name(packet.topic);
}

std::error_code encode_filters(byte_buffer& out, protocol_version version, packet_type type,
                               std::uint16_t packet_id, std::span<const subscription> filters,
                               properties_view list) {
  const bool with_options = type == packet_type::subscribe;
  if (packet_id == 0) return malformed();
  if (filters.empty()) return make_error_code(errc::protocol_error);
  if (const std::error_code ec = check_list(version, list, place_of(type))) return ec;
  std::size_t remaining = two_bytes + properties_size(version, list.bytes().size());
  for (const subscription& each : filters) {
    if (const std::error_code ec = check_topic_filter(each.filter)) return ec;
    remaining += prefixed_size(each.filter.size()) + (with_options ? 1 : 0);
    if (!with_options) continue;
    if (each.qos > qos_t::exactly_once || each.retained > retain_handling::do_not_send) {
      return malformed();
    }
    const bool has_v5_options =
        each.no_local || each.retain_as_published || each.retained != retain_handling::send;
    if (has_v5_options && version != protocol_version::v5) {
      return make_error_code(errc::property_not_allowed);
    }
    if (each.no_local && parse_shared(each.filter)) {
      return make_error_code(errc::protocol_error);  // [MQTT-3.8.3-4]
    }
  }
  byte_writer to(nullptr);
  if (const std::error_code ec = begin_packet(out, fixed_first_byte(type), remaining, to)) {
    return ec;
  }
  to.u16(packet_id);
  write_properties(to, version, list);
  for (const subscription& each : filters) {
    to.prefixed(each.filter);
    if (!with_options) continue;
    to.u8(static_cast<std::uint32_t>(each.qos) | (each.no_local ? 0x04u : 0u) |
          (each.retain_as_published ? 0x08u : 0u) | static_cast<std::uint32_t>(each.retained) << 4);
  }
  return {};
}

}  // namespace

std::error_code encode(byte_buffer& out, const connect_packet& packet) {
  if (const std::error_code ec = check_connect(packet)) return ec;
  const protocol_version version = packet.version;
  const std::string_view name = protocol_name(version);

  std::size_t remaining = prefixed_size(name.size()) + 1 + 1 + two_bytes +
                          properties_size(version, packet.properties.bytes().size()) +
                          prefixed_size(packet.client_id.size());
  std::uint32_t flags = packet.clean_start ? 0x02 : 0x00;
  if (packet.will) {
    remaining += properties_size(version, packet.will->properties.bytes().size()) +
                 prefixed_size(packet.will->topic.size()) +
                 prefixed_size(packet.will->payload.size());
    flags |= 0x04u | static_cast<std::uint32_t>(packet.will->qos) << 3 |
             (packet.will->retain ? 0x20u : 0u);
  }
  if (packet.user_name) {
    remaining += prefixed_size(packet.user_name->size());
    flags |= 0x80;
  }
  if (packet.password) {
    remaining += prefixed_size(packet.password->size());
    flags |= 0x40;
  }

  byte_writer to(nullptr);
  const std::error_code ec = begin_packet(out, first_byte(packet_type::connect), remaining, to);
  if (ec) return ec;
  to.prefixed(name);
  to.u8(static_cast<std::uint32_t>(version));
  to.u8(flags);
  to.u16(packet.keep_alive);
  write_properties(to, version, packet.properties);
  to.prefixed(packet.client_id);
  if (packet.will) {
    write_properties(to, version, packet.will->properties);
    to.prefixed(packet.will->topic);
    to.prefixed(packet.will->payload);
  }
  if (packet.user_name) to.prefixed(*packet.user_name);
  if (packet.password) to.prefixed(*packet.password);
  return {};
}

std::error_code encode(byte_buffer& out, protocol_version version, const connack_packet& packet) {
  std::error_code ec = check_list(version, packet.properties, property_place::connack);
  if (ec) return ec;
  const std::size_t remaining = 2 + properties_size(version, packet.properties.bytes().size());
  byte_writer to(nullptr);
  ec = begin_packet(out, first_byte(packet_type::connack), remaining, to);
  if (ec) return ec;
  to.u8(packet.session_present && version != protocol_version::v3_1 ? 1 : 0);
  to.u8(packet.reason);
  write_properties(to, version, packet.properties);
  return {};
}

std::error_code encode(byte_buffer& out, protocol_version version, const publish_packet& packet,
                       std::uint16_t topic_alias) {
  const std::size_t topic_bytes = packet.topic.size();
  const bool is_simple = topic_alias == 0 && packet.properties.empty() && topic_bytes != 0 &&
                         topic_bytes <= max_string_bytes && is_plain_topic(packet.topic);
  if (!is_simple) [[unlikely]] {
    if (const std::error_code ec = check_publish(version, packet, topic_alias)) return ec;
  }
  const bool has_id = packet.qos != qos_t::at_most_once;
  if (has_id && (packet.packet_id == 0 || packet.qos > qos_t::exactly_once)) [[unlikely]] {
    return malformed();
  }
  const std::size_t remaining = publish_remaining(version, packet, topic_alias);
  if (remaining > max_remaining_length) [[unlikely]] {
    return make_error_code(errc::packet_too_large);
  }

  const auto length = static_cast<std::uint32_t>(remaining);
  byte_writer to(out.extend(1 + varint_size(length) + remaining));
  to.u8(first_byte(packet_type::publish, static_cast<std::uint32_t>(packet.qos) << 1 |
                                             (packet.retain ? 0x01u : 0u) |
                                             (packet.dup && has_id ? 0x08u : 0u)));
  to.varint(length);
  to.prefixed(packet.topic);
  if (has_id) to.u16(packet.packet_id);
  if (version == protocol_version::v5) {
    const bytes_view list = packet.properties.bytes();
    to.varint(static_cast<std::uint32_t>(list.size() + (topic_alias != 0 ? topic_alias_size : 0)));
    to.raw(list);
    if (topic_alias != 0) {
      to.u8(static_cast<std::uint32_t>(property_id::topic_alias));
      to.u16(topic_alias);
    }
  }
  to.raw(packet.payload);
  return {};
}

std::error_code encode(byte_buffer& out, protocol_version version, const ack_packet& packet) {
  if (packet.type < packet_type::puback || packet.type > packet_type::pubcomp) return malformed();
  if (packet.packet_id == 0) return malformed();
  std::error_code ec = check_list(version, packet.properties, place_of(packet.type));
  if (ec) return ec;
  const bool has_list = !packet.properties.empty();
  const bool has_reason = version == protocol_version::v5 && (packet.reason != 0 || has_list);
  const std::size_t remaining =
      two_bytes + (has_reason ? 1 : 0) +
      (has_list ? properties_size(version, packet.properties.bytes().size()) : 0);
  byte_writer to(nullptr);
  ec = begin_packet(out, fixed_first_byte(packet.type), remaining, to);
  if (ec) return ec;
  to.u16(packet.packet_id);
  if (has_reason) to.u8(packet.reason);
  if (has_list) write_properties(to, version, packet.properties);
  return {};
}

std::error_code encode_subscribe(byte_buffer& out, protocol_version version,
                                 std::uint16_t packet_id, std::span<const subscription> filters,
                                 properties_view properties) {
  return encode_filters(out, version, packet_type::subscribe, packet_id, filters, properties);
}

std::error_code encode_unsubscribe(byte_buffer& out, protocol_version version,
                                   std::uint16_t packet_id, std::span<const subscription> filters,
                                   properties_view properties) {
  return encode_filters(out, version, packet_type::unsubscribe, packet_id, filters, properties);
}

std::error_code encode(byte_buffer& out, protocol_version version, packet_type type,
                       const suback_packet& packet) {
  if (type != packet_type::suback && type != packet_type::unsuback) return malformed();
  if (packet.packet_id == 0) return malformed();
  std::error_code ec = check_list(version, packet.properties, place_of(type));
  if (ec) return ec;
  const bool has_codes = type == packet_type::suback || version == protocol_version::v5;
  if (has_codes && packet.codes.empty()) return malformed();
  const std::size_t remaining = two_bytes +
                                properties_size(version, packet.properties.bytes().size()) +
                                (has_codes ? packet.codes.size() : 0);
  byte_writer to(nullptr);
  ec = begin_packet(out, first_byte(type), remaining, to);
  if (ec) return ec;
  to.u16(packet.packet_id);
  write_properties(to, version, packet.properties);
  if (has_codes) to.raw(packet.codes);
  return {};
}

void encode_ping(byte_buffer& out, packet_type type) {
  byte_writer to(out.extend(2));
  to.u8(first_byte(type));
  to.u8(0);
}

std::error_code encode(byte_buffer& out, protocol_version version, packet_type type,
                       const reason_packet& packet) {
  const bool v5 = version == protocol_version::v5;
  if (type != packet_type::disconnect && !(v5 && type == packet_type::auth)) return malformed();
  std::error_code ec = check_list(version, packet.properties, place_of(type));
  if (ec) return ec;
  const bool has_list = !packet.properties.empty();
  const bool has_reason = v5 && (packet.reason != 0 || has_list);
  // DISCONNECT may end after the reason; AUTH may leave out both or none (§3.14.2.1, §3.15.2.1).
  const bool has_length = has_list || (has_reason && type == packet_type::auth);
  const std::size_t remaining =
      (has_reason ? 1 : 0) +
      (has_length ? properties_size(version, packet.properties.bytes().size()) : 0);
  byte_writer to(nullptr);
  ec = begin_packet(out, first_byte(type), remaining, to);
  if (ec) return ec;
  if (has_reason) to.u8(packet.reason);
  if (has_length) write_properties(to, version, packet.properties);
  return {};
}

std::size_t encoded_size(protocol_version version, const publish_packet& packet,
                         std::uint16_t topic_alias) noexcept {
  const std::size_t remaining = publish_remaining(version, packet, topic_alias);
  return 1 + varint_size(static_cast<std::uint32_t>(remaining)) + remaining;
}

}  // namespace mqttkit
