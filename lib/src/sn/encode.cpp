#include "codec/byte_io.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/topic.hpp"
#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/error.hpp"
#include "sn/wire.hpp"

namespace mqttkit::sn {
namespace {

const std::error_code malformed = make_error_code(mqttkit::errc::malformed_packet);

std::error_code check_name(std::string_view name) noexcept {
  if (!is_mqtt_string(name)) return make_error_code(mqttkit::errc::malformed_utf8);
  if (!is_topic_name(name)) return make_error_code(mqttkit::errc::invalid_topic_name);
  return {};
}

std::error_code check_filter(std::string_view filter) noexcept {
  if (!is_mqtt_string(filter)) return make_error_code(mqttkit::errc::malformed_utf8);
  if (!is_topic_filter(filter)) return make_error_code(mqttkit::errc::invalid_topic_filter);
  return {};
}

std::error_code check_client(std::string_view id) noexcept {
  if (!is_mqtt_string(id)) return make_error_code(mqttkit::errc::malformed_utf8);
  if (id.empty() || id.size() > max_client_id_bytes) {
    return make_error_code(mqttkit::errc::invalid_client_id);
  }
  return {};
}

// Three functions for each message: check() says whether it may be encoded, size() how long its
// body is, and write() writes the body.

std::error_code check(const connect_message& message) noexcept {
  return check_client(message.client_id);
}
std::error_code check(const will_topic_fields& fields) noexcept {
  if (fields.topic.empty()) return {};
  if (fields.qos == qos_level::without_connection) return malformed;
  return check_name(fields.topic);
}
std::error_code check(const register_message& message) noexcept {
  if (message.message_id == 0) return malformed;
  return check_name(message.topic);
}
std::error_code check(const publish_message& message) noexcept {
  const bool is_answered = message.qos > qos_level::at_most_once;
  if (is_answered && message.message_id == 0) return malformed;
  if (message.type == topic_id_type::short_name) {
    return check_name(short_topic_name(message.topic_id).view());
  }
  return is_topic_id(message.topic_id) ? std::error_code()
                                       : make_error_code(errc::invalid_topic_id);
}
std::error_code check(const subscription_fields& fields) noexcept {
  if (fields.message_id == 0 || fields.qos == qos_level::without_connection) return malformed;
  if (fields.type == topic_id_type::normal) return check_filter(fields.filter);
  if (fields.type == topic_id_type::short_name) {
    return check_filter(short_topic_name(fields.topic_id).view());
  }
  return is_topic_id(fields.topic_id) ? std::error_code() : make_error_code(errc::invalid_topic_id);
}
std::error_code check_message_id(std::uint16_t id) noexcept {
  return id != 0 ? std::error_code() : malformed;
}
std::error_code check(const pubrec_message& pubrec) noexcept {
  return check_message_id(pubrec.message_id);
}
std::error_code check(const pubrel_message& pubrel) noexcept {
  return check_message_id(pubrel.message_id);
}
std::error_code check(const pubcomp_message& pubcomp) noexcept {
  return check_message_id(pubcomp.message_id);
}
std::error_code check(const unsuback_message& unsuback) noexcept {
  return check_message_id(unsuback.message_id);
}
std::error_code check(const pingreq_message& message) noexcept {
  return message.client_id.empty() ? std::error_code() : check_client(message.client_id);
}
std::error_code check(const encapsulated_message& encapsulated) noexcept {
  const bool fits =
      encapsulated.node.size() <= max_node_bytes && encapsulated.radius <= radius_bits;
  return fits && !encapsulated.inner.empty() ? std::error_code() : malformed;
}
template <class Other>
std::error_code check(const Other&) noexcept {
  return {};
}

std::size_t size(const advertise_message&) noexcept { return 3; }
std::size_t size(const searchgw_message&) noexcept { return 1; }
std::size_t size(const gwinfo_message& gwinfo) noexcept { return 1 + gwinfo.address.size(); }
std::size_t size(const connect_message& message) noexcept { return 4 + message.client_id.size(); }
std::size_t size(const will_topic_fields& fields) noexcept {
  return fields.topic.empty() ? 0 : 1 + fields.topic.size();
}
std::size_t size(const willmsg_message& message) noexcept { return message.payload.size(); }
std::size_t size(const willmsgupd_message& message) noexcept { return message.payload.size(); }
std::size_t size(const register_message& message) noexcept { return 4 + message.topic.size(); }
std::size_t size(const regack_message&) noexcept { return 5; }
std::size_t size(const publish_message& message) noexcept { return 5 + message.payload.size(); }
std::size_t size(const puback_message&) noexcept { return 5; }
std::size_t size(const subscription_fields& fields) noexcept {
  return 3 + (fields.type == topic_id_type::normal ? fields.filter.size() : two_bytes);
}
std::size_t size(const suback_message&) noexcept { return 6; }
std::size_t size(const pingreq_message& message) noexcept { return message.client_id.size(); }
std::size_t size(const disconnect_message& disconnect) noexcept {
  return disconnect.duration ? two_bytes : 0;
}
std::size_t size(const connack_message&) noexcept { return 1; }
std::size_t size(const willtopicresp_message&) noexcept { return 1; }
std::size_t size(const willmsgresp_message&) noexcept { return 1; }
std::size_t size(const willtopicreq_message&) noexcept { return 0; }
std::size_t size(const willmsgreq_message&) noexcept { return 0; }
std::size_t size(const pingresp_message&) noexcept { return 0; }
template <class Acknowledgement>  // PUBREC, PUBREL, PUBCOMP, UNSUBACK
std::size_t size(const Acknowledgement&) noexcept {
  return two_bytes;
}

void write(byte_writer& to, return_code code) noexcept { to.u8(static_cast<std::uint8_t>(code)); }
void write(byte_writer& to, const advertise_message& advertise) noexcept {
  to.u8(advertise.gateway_id);
  to.u16(advertise.duration);
}
void write(byte_writer& to, const searchgw_message& searchgw) noexcept { to.u8(searchgw.radius); }
void write(byte_writer& to, const gwinfo_message& gwinfo) noexcept {
  to.u8(gwinfo.gateway_id);
  to.raw(gwinfo.address);
}
void write(byte_writer& to, const connect_message& message) noexcept {
  to.u8((message.will ? will_flag : 0U) | (message.clean_session ? clean_flag : 0U));
  to.u8(message.protocol);
  to.u16(message.duration);
  to.raw(as_bytes(message.client_id));
}
void write(byte_writer& to, const will_topic_fields& fields) noexcept {
  if (fields.topic.empty()) return;
  to.u8(flags_of(fields.qos) | (fields.retain ? retain_flag : 0U));
  to.raw(as_bytes(fields.topic));
}
void write(byte_writer& to, const willmsg_message& message) noexcept { to.raw(message.payload); }
void write(byte_writer& to, const willmsgupd_message& message) noexcept { to.raw(message.payload); }
void write(byte_writer& to, const register_message& message) noexcept {
  to.u16(message.topic_id);
  to.u16(message.message_id);
  to.raw(as_bytes(message.topic));
}
void write(byte_writer& to, const regack_message& regack) noexcept {
  to.u16(regack.topic_id);
  to.u16(regack.message_id);
  write(to, regack.code);
}
void write(byte_writer& to, const publish_message& message) noexcept {
  to.u8((message.dup ? dup_flag : 0U) | flags_of(message.qos) |
        (message.retain ? retain_flag : 0U) | static_cast<std::uint8_t>(message.type));
  to.u16(message.topic_id);
  to.u16(message.message_id);
  to.raw(message.payload);
}
void write(byte_writer& to, const puback_message& puback) noexcept {
  to.u16(puback.topic_id);
  to.u16(puback.message_id);
  write(to, puback.code);
}
void write(byte_writer& to, const subscription_fields& fields) noexcept {
  to.u8((fields.dup ? dup_flag : 0U) | flags_of(fields.qos) |
        static_cast<std::uint8_t>(fields.type));
  to.u16(fields.message_id);
  if (fields.type == topic_id_type::normal) return to.raw(as_bytes(fields.filter));
  to.u16(fields.topic_id);
}
void write(byte_writer& to, const suback_message& suback) noexcept {
  to.u8(flags_of(suback.qos));
  to.u16(suback.topic_id);
  to.u16(suback.message_id);
  write(to, suback.code);
}
void write(byte_writer& to, const pingreq_message& message) noexcept {
  to.raw(as_bytes(message.client_id));
}
void write(byte_writer& to, const disconnect_message& disconnect) noexcept {
  if (disconnect.duration) to.u16(*disconnect.duration);
}
void write(byte_writer& to, const connack_message& connack) noexcept { write(to, connack.code); }
void write(byte_writer& to, const willtopicresp_message& willtopicresp) noexcept {
  write(to, willtopicresp.code);
}
void write(byte_writer& to, const willmsgresp_message& willmsgresp) noexcept {
  write(to, willmsgresp.code);
}
void write(byte_writer&, const willtopicreq_message&) noexcept {}
void write(byte_writer&, const willmsgreq_message&) noexcept {}
void write(byte_writer&, const pingresp_message&) noexcept {}
template <class Acknowledgement>
void write(byte_writer& to, const Acknowledgement& message) noexcept {
  to.u16(message.message_id);
}

void put_encapsulated(byte_buffer& out, const encapsulated_message& message) {
  const std::size_t header = short_header + 1 + message.node.size();
  byte_writer to(out.extend(header + message.inner.size()));
  to.u8(static_cast<std::uint32_t>(header));
  to.u8(static_cast<std::uint8_t>(message_type::encapsulated));
  to.u8(message.radius);
  to.raw(message.node);
  to.raw(message.inner);
}

template <class Message>
void put(byte_buffer& out, message_type type, const Message& message, std::size_t body) {
  const bool is_short = body + short_header <= max_short_size;
  const std::size_t whole = body + (is_short ? short_header : long_header);
  byte_writer to(out.extend(whole));
  if (is_short) {
    to.u8(static_cast<std::uint32_t>(whole));
  } else {
    to.u8(long_length);
    to.u16(whole);
  }
  to.u8(static_cast<std::uint8_t>(type));
  write(to, message);
}

// A message that derives from a base does not take the overload for the base by itself, since the
// templates above match better: hand it on.
const will_topic_fields& plain(const willtopic_message& willtopic) noexcept { return willtopic; }
const will_topic_fields& plain(const willtopicupd_message& willtopicupd) noexcept {
  return willtopicupd;
}
const subscription_fields& plain(const subscribe_message& subscribe) noexcept { return subscribe; }
const subscription_fields& plain(const unsubscribe_message& unsubscribe) noexcept {
  return unsubscribe;
}
template <class Message>
const Message& plain(const Message& message) noexcept {
  return message;
}

}  // namespace

std::error_code encode(byte_buffer& out, const message& any) {
  const message_type type = type_of(any);
  return std::visit(
      [&out, type](const auto& given) {
        const auto& made = plain(given);
        if (const auto error = check(made)) return error;
        if constexpr (std::is_same_v<std::decay_t<decltype(made)>, encapsulated_message>) {
          put_encapsulated(out, made);
        } else {
          const std::size_t body = size(made);
          if (body + long_header > max_message_bytes) {
            return make_error_code(mqttkit::errc::packet_too_large);
          }
          put(out, type, made, body);
        }
        return std::error_code();
      },
      any);
}

void set_dup(std::byte* encoded, std::size_t size) noexcept {
  const std::size_t header =
      size != 0 && encoded[0] == std::byte{long_length} ? long_header : short_header;
  if (size <= header) return;
  const auto type = static_cast<message_type>(encoded[header - 1]);
  // UNSUBSCRIBE has the octet and no such flag (§5.4.17).
  if (type != message_type::publish && type != message_type::subscribe) return;
  encoded[header] |= std::byte{dup_flag};
}

}  // namespace mqttkit::sn
