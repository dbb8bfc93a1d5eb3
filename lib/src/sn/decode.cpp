#include "codec/byte_io.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/topic.hpp"
#include "mqttkit/sn/codec.hpp"
#include "sn/wire.hpp"

namespace mqttkit::sn {
namespace {

const std::error_code malformed = make_error_code(mqttkit::errc::malformed_packet);

class message_reader {
 public:
  explicit message_reader(bytes_view body) noexcept : in_(body) {}

  std::error_code read(message_type type, message& out) {
    switch (type) {
      case message_type::advertise:
        return fields(out.emplace<advertise_message>());
      case message_type::searchgw:
        return whole(in_.u8(out.emplace<searchgw_message>().radius));
      case message_type::gwinfo: {
        auto& into = out.emplace<gwinfo_message>();
        if (!in_.u8(into.gateway_id)) return malformed;
        into.address = in_.rest();
        return {};
      }
      case message_type::connect:
        return fields(out.emplace<connect_message>());
      case message_type::connack:
        return whole(code(out.emplace<connack_message>().code));
      case message_type::willtopicreq:
        out.emplace<willtopicreq_message>();
        return whole(true);
      case message_type::willtopic:
        return fields(out.emplace<willtopic_message>());
      case message_type::willmsgreq:
        out.emplace<willmsgreq_message>();
        return whole(true);
      case message_type::willmsg:
        out.emplace<willmsg_message>().payload = in_.rest();
        return {};
      case message_type::register_topic:
        return fields(out.emplace<register_message>());
      case message_type::regack:
        return answer(out.emplace<regack_message>());
      case message_type::publish:
        return fields(out.emplace<publish_message>());
      case message_type::puback:
        return answer(out.emplace<puback_message>());
      case message_type::pubcomp:
        return whole(id(out.emplace<pubcomp_message>().message_id));
      case message_type::pubrec:
        return whole(id(out.emplace<pubrec_message>().message_id));
      case message_type::pubrel:
        return whole(id(out.emplace<pubrel_message>().message_id));
      case message_type::subscribe:
        return fields(out.emplace<subscribe_message>());
      case message_type::suback: {
        auto& into = out.emplace<suback_message>();
        std::uint8_t flags = 0;
        if (!in_.u8(flags)) return malformed;
        into.qos = qos_of(flags);
        return answer(into);
      }
      case message_type::unsubscribe: {
        auto& into = out.emplace<unsubscribe_message>();
        if (const auto error = fields(into)) return error;
        into.dup = false;  // §5.4.17: not of this message
        into.qos = qos_level::at_most_once;
        return {};
      }
      case message_type::unsuback:
        return whole(id(out.emplace<unsuback_message>().message_id));
      case message_type::pingreq:
        return text(out.emplace<pingreq_message>().client_id);
      case message_type::pingresp:
        out.emplace<pingresp_message>();
        return whole(true);
      case message_type::disconnect:
        return fields(out.emplace<disconnect_message>());
      case message_type::willtopicupd:
        return fields(out.emplace<willtopicupd_message>());
      case message_type::willtopicresp:
        return whole(code(out.emplace<willtopicresp_message>().code));
      case message_type::willmsgupd:
        out.emplace<willmsgupd_message>().payload = in_.rest();
        return {};
      case message_type::willmsgresp:
        return whole(code(out.emplace<willmsgresp_message>().code));
      case message_type::encapsulated:  // has a length of its own, see decode()
        break;
    }
    return malformed;
  }

 private:
  std::error_code whole(bool was_read) const noexcept {
    return was_read && in_.at_end() ? std::error_code() : malformed;
  }

  bool code(return_code& out) noexcept {
    std::uint8_t number = 0;
    if (!in_.u8(number)) return false;
    out = static_cast<return_code>(number);
    return true;
  }

  // The identifier of a message that is answered, or that answers: it is never 0.
  bool id(std::uint16_t& out) noexcept { return in_.u16(out) && out != 0; }

  bool type(std::uint8_t flags, topic_id_type& out) noexcept {
    out = static_cast<topic_id_type>(flags & type_bits);
    return (flags & type_bits) <= static_cast<std::uint8_t>(topic_id_type::short_name);
  }

  std::error_code text(std::string_view& out) noexcept {
    out = as_text(in_.rest());
    return is_mqtt_string(out) ? std::error_code() : make_error_code(mqttkit::errc::malformed_utf8);
  }

  std::error_code topic(std::string_view& out, bool is_filter) noexcept {
    if (const auto error = text(out)) return error;
    if (is_filter) {
      if (!is_topic_filter(out)) return make_error_code(mqttkit::errc::invalid_topic_filter);
    } else if (!is_topic_name(out)) {
      return make_error_code(mqttkit::errc::invalid_topic_name);
    }
    return {};
  }

  std::error_code fields(advertise_message& into) noexcept {
    return whole(in_.u8(into.gateway_id) && in_.u16(into.duration));
  }

  std::error_code fields(connect_message& into) noexcept {
    std::uint8_t flags = 0;
    if (!in_.u8(flags) || !in_.u8(into.protocol) || !in_.u16(into.duration)) return malformed;
    into.will = (flags & will_flag) != 0;
    into.clean_session = (flags & clean_flag) != 0;
    return text(into.client_id);
  }

  std::error_code fields(will_topic_fields& into) noexcept {
    if (in_.at_end()) return {};
    std::uint8_t flags = 0;
    if (!in_.u8(flags)) return malformed;
    into.qos = qos_of(flags);
    into.retain = (flags & retain_flag) != 0;
    if (into.qos == qos_level::without_connection) return malformed;
    return topic(into.topic, false);
  }

  std::error_code fields(register_message& into) noexcept {
    if (!in_.u16(into.topic_id) || !id(into.message_id)) return malformed;
    return topic(into.topic, false);
  }

  std::error_code fields(publish_message& into) noexcept {
    std::uint8_t flags = 0;
    if (!in_.u8(flags) || !type(flags, into.type) || !in_.u16(into.topic_id) ||
        !in_.u16(into.message_id)) {
      return malformed;
    }
    into.dup = (flags & dup_flag) != 0;
    into.retain = (flags & retain_flag) != 0;
    into.qos = qos_of(flags);
    into.payload = in_.rest();
    if (into.qos > qos_level::at_most_once && into.message_id == 0) return malformed;
    if (into.type != topic_id_type::short_name) return {};
    const bool is_name = is_topic_name(short_topic_name(into.topic_id).view());
    return is_name ? std::error_code() : make_error_code(mqttkit::errc::invalid_topic_name);
  }

  std::error_code fields(subscription_fields& into) noexcept {
    std::uint8_t flags = 0;
    if (!in_.u8(flags) || !type(flags, into.type) || !id(into.message_id)) return malformed;
    into.dup = (flags & dup_flag) != 0;
    into.qos = qos_of(flags);
    if (into.type == topic_id_type::normal) return topic(into.filter, true);
    if (const auto error = whole(in_.u16(into.topic_id))) return error;
    if (into.type != topic_id_type::short_name) return {};
    const bool is_filter = is_topic_filter(short_topic_name(into.topic_id).view());
    return is_filter ? std::error_code() : make_error_code(mqttkit::errc::invalid_topic_filter);
  }

  std::error_code fields(disconnect_message& into) noexcept {
    if (in_.at_end()) return {};
    return whole(in_.u16(into.duration.emplace()));
  }

  // Topic id, message identifier and return code end REGACK, PUBACK and SUBACK. The identifier of a
  // PUBACK is 0 when it refuses a message of QoS 0.
  template <class Answer>
  std::error_code answer(Answer& into) noexcept {
    return whole(in_.u16(into.topic_id) && in_.u16(into.message_id) && code(into.code));
  }

  byte_reader in_;
};

}  // namespace

std::error_code decode(bytes_view datagram, message& out) {
  byte_reader in(datagram);
  std::uint8_t first = 0;
  std::uint8_t type = 0;
  std::uint16_t size = 0;
  if (!in.u8(first)) return malformed;
  if (first == long_length) {
    if (!in.u16(size)) return malformed;
  } else {
    size = first;
  }
  if (!in.u8(type)) return malformed;
  const std::size_t header = first == long_length ? long_header : short_header;
  if (size < header) return malformed;
  if (type == static_cast<std::uint8_t>(message_type::encapsulated)) {
    // §5.5: one octet of length, which ends with the node's address; the message stands behind it.
    std::uint8_t control = 0;
    auto& into = out.emplace<encapsulated_message>();
    if (first == long_length || size < short_header + 1 || !in.u8(control)) return malformed;
    if (!in.raw(size - short_header - 1, into.node)) return malformed;
    into.radius = control & radius_bits;
    into.inner = in.rest();
    return into.inner.empty() ? malformed : std::error_code();
  }
  if (size != datagram.size()) return malformed;
  return message_reader(in.rest()).read(static_cast<message_type>(type), out);
}

}  // namespace mqttkit::sn
