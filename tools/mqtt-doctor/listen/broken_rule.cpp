#include "mqtt-doctor/listen/broken_rule.hpp"

#include <algorithm>

#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/property.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* too_short = N_("a packet that ends before what it announces");
constexpr const char* of_version_5_alone = N_("an AUTH, which MQTT 5 alone has");
constexpr const char* bad_filter =
    N_("a filter in which # is not the last level, or + not alone in its level");

/// Reads a packet's body; past its end everything is zero, and is_short() holds.
class cursor {
 public:
  explicit cursor(bytes_view body) : left_(body) {}

  unsigned byte() {
    if (left_.empty()) return missing();
    const auto value = std::to_integer<unsigned>(left_[0]);
    left_ = left_.subspan(1);
    return value;
  }
  unsigned two_bytes() {
    const unsigned high = byte();
    return high << 8 | byte();
  }
  std::string_view text() {
    const std::size_t size = two_bytes();
    if (size > left_.size()) {
      missing();
      return {};
    }
    const std::string_view found = as_text(left_.first(size));
    left_ = left_.subspan(size);
    return found;
  }
  std::uint32_t variable() {
    constexpr int most_bytes = 4;
    std::uint32_t value = 0;
    for (int i = 0; i < most_bytes; ++i) {
      const unsigned next = byte();
      value |= std::uint32_t{next & 0x7F} << (7 * i);
      if ((next & 0x80) == 0) break;
    }
    return value;
  }
  /// Properties of MQTT 5 are passed over, and judged by the decoder alone.
  void skip_properties(protocol_version version) {
    if (version != protocol_version::v5) return;
    const std::size_t size = variable();
    if (size > left_.size()) {
      missing();
      return;
    }
    left_ = left_.subspan(size);
  }
  bool begins_with(std::string_view text) const { return as_text(left_).starts_with(text); }
  std::size_t left() const { return left_.size(); }
  bool is_at_end() const { return left_.empty(); }
  bool is_short() const { return is_short_; }

 private:
  unsigned missing() {
    is_short_ = true;
    left_ = {};
    return 0;
  }

  bytes_view left_;
  bool is_short_ = false;
};

/// The texts that users and devices fill in, and what MQTT forbids in them (MQTT 5.0 §1.5.4).
enum class field : std::uint8_t { client_id, will_topic, user_name, topic, filter };

/// What makes the text none; null for a proper one.
const char* wrong_text(std::string_view text, field of) {
  const bool is_right_but_zeros = is_utf8(text);
  const bool has_zero = text.find('\0') != std::string_view::npos;
  if (is_right_but_zeros && !has_zero) return nullptr;
  // A zero at the end is that of a C string; the bytes of a number have it anywhere.
  const bool has_end = is_right_but_zeros && text.find('\0') + 1 == text.size();
  switch (of) {
    case field::client_id:
      return has_end ? N_("a client identifier with a zero character (U+0000) at its end: its "
                          "length is that of strlen(), not of sizeof()")
                     : N_("a client identifier of raw bytes, which are no text (UTF-8 without "
                          "zeros): write numbers and MAC addresses in it as hexadecimal digits");
    case field::will_topic:
      return has_end
                 ? N_("a will's topic with a zero character (U+0000) at its end: its length is "
                      "that of strlen(), not of sizeof()")
                 : N_("a will's topic with bytes that are no text (UTF-8 without zeros): write "
                      "what is no text as hexadecimal digits, and encode other letters as UTF-8");
    case field::user_name:
      return has_end ? N_("a user name with a zero character (U+0000) at its end: its length is "
                          "that of strlen(), not of sizeof()")
                     : N_("a user name with bytes that are no text (UTF-8 without zeros): encode "
                          "its letters as UTF-8 (not as Latin-1 or GBK)");
    case field::topic:
      return has_end ? N_("a topic with a zero character (U+0000) at its end: its length is that "
                          "of strlen(), not of sizeof()")
                     : N_("a topic with bytes that are no text (UTF-8 without zeros): write what "
                          "is no text as hexadecimal digits, and encode other letters as UTF-8");
    case field::filter:
      return has_end ? N_("a filter with a zero character (U+0000) at its end: its length is that "
                          "of strlen(), not of sizeof()")
                     : N_("a filter with bytes that are no text (UTF-8 without zeros): write what "
                          "is no text as hexadecimal digits, and encode other letters as UTF-8");
  }
  return nullptr;
}

constexpr unsigned will = 4, password = 0x40, user = 0x80;  // flags of CONNECT

/// Passes over the payload of a CONNECT. Not null where a text in it is none, and says which.
const char* read_connect_fields(cursor& at, unsigned flags, protocol_version version) {
  at.skip_properties(version);
  const char* wrong = wrong_text(at.text(), field::client_id);
  const auto note = [&wrong](const char* found) {
    if (wrong == nullptr) wrong = found;
  };
  if ((flags & will) != 0) {
    at.skip_properties(version);
    const std::string_view topic = at.text();
    note(topic.empty() ? N_("a last will without a topic: fill in the will's topic, or switch the "
                            "will off")
                       : wrong_text(topic, field::will_topic));
    if (has_wildcard(topic))
      note(N_("a will for a topic with a wildcard (+ or #), which only subscriptions may have"));
    at.text();
  }
  if ((flags & user) != 0) note(wrong_text(at.text(), field::user_name));
  if ((flags & password) != 0) at.text();
  return wrong;
}

/// The topic of a CONNECT's will, by its payload; "" for none.
std::string_view will_topic_of(cursor at, unsigned flags, protocol_version version) {
  if ((flags & will) == 0) return {};
  at.skip_properties(version);
  at.text();
  at.skip_properties(version);
  return at.text();
}

/// CONNECT: MQTT 3.1.1 §3.1, MQTT 5.0 §3.1. Null where no rule is seen broken.
const char* broken_by_connect(cursor at) {
  constexpr unsigned reserved = 1, will_qos = 0x18, will_retain = 0x20;
  constexpr unsigned v3_1 = 3, v3_1_1 = 4, v5 = 5;
  // A length above 127 in one byte takes the first byte of the name for its second.
  if (at.begins_with("\x04MQTT") || at.begins_with("\x06MQIsdp"))
    return N_(
        "a remaining length above 127 in one byte, where two are needed (seven bits in each)");
  const std::string_view name = at.text();
  const unsigned level = at.byte(), flags = at.byte();
  if (at.is_short()) return too_short;
  if (name != "MQTT" && name != "MQIsdp")
    return N_("a protocol name other than \"MQTT\" and, in 3.1, \"MQIsdp\"");
  if ((name == "MQIsdp") != (level == v3_1) && level >= v3_1 && level <= v5)
    return N_("\"MQTT\" is the name of levels 4 and 5, and \"MQIsdp\" that of level 3");
  if ((flags & reserved) != 0 && level != v3_1)
    return N_("the reserved bit of CONNECT's flags is set");
  if ((flags & will_qos) == will_qos) return N_("a will of QoS 3");
  if ((flags & will) == 0 && (flags & (will_qos | will_retain)) != 0)
    return N_("a will's QoS or retain flag without a will");
  if ((flags & password) != 0 && (flags & user) == 0 && level <= v3_1_1)
    return N_("a password without a user name, which MQTT 5 alone allows");
  at.two_bytes();
  if (at.is_short()) return too_short;
  const bool is_v5 = level == v5;
  const auto version = is_v5 ? protocol_version::v5 : protocol_version::v3_1_1;
  const auto other_version = is_v5 ? protocol_version::v3_1_1 : protocol_version::v5;
  cursor in = at;
  const char* const wrong = read_connect_fields(in, flags, version);
  if (!in.is_short() && in.is_at_end()) return wrong;
  // Properties stand in MQTT 5 alone: whoever writes the fields of one version under the level of
  // another is told so.
  cursor as_other = at;
  if (read_connect_fields(as_other, flags, other_version) == nullptr && !as_other.is_short() &&
      as_other.is_at_end())
    return is_v5 ? N_("a CONNECT of level 5 (MQTT 5) with the fields of MQTT 3.1.1: the "
                      "properties are missing")
                 : N_("a CONNECT with the properties of MQTT 5, whose level says an older version");
  if (!in.is_short()) return N_("a CONNECT with more in it than its flags announce");
  at.skip_properties(version);
  at.text();
  return at.is_short()
             ? N_("a CONNECT that ends inside its client identifier")
             : N_("a CONNECT that lacks what its flags announce (will, user name, password)");
}

const char* broken_by_publish(cursor at, unsigned flags, protocol_version version) {
  constexpr unsigned qos = 6;
  if ((flags & qos) == qos) return N_("a message of QoS 3");
  const std::string_view topic = at.text();
  if (at.is_short()) return too_short;
  if (const char* const wrong = wrong_text(topic, field::topic)) return wrong;
  if (has_wildcard(topic)) return N_("a message to a topic with + or # in it");
  const unsigned identifier = (flags & qos) == 0 ? 1 : at.two_bytes();
  if (!at.is_short() && identifier == 0) return N_("a packet identifier of 0");
  // A Topic Alias may stand among the properties in place of the topic.
  const bool has_alias = version == protocol_version::v5 && at.byte() != 0;
  if (at.is_short()) return too_short;
  return topic.empty() && !has_alias ? N_("a message without a topic") : nullptr;
}

const char* broken_by_subscribe(cursor at, bool has_options, protocol_version version) {
  const unsigned identifier = at.two_bytes();
  if (!at.is_short() && identifier == 0) return N_("a packet identifier of 0");
  at.skip_properties(version);
  if (at.is_short()) return too_short;
  if (at.is_at_end()) return N_("a subscription without a filter");
  const unsigned most = version == protocol_version::v5 ? 0x3F : 3;
  constexpr unsigned qos = 3, no_local = 4, retain_handling = 0x30;
  while (!at.is_at_end()) {
    const std::string_view filter = at.text();
    const unsigned options = has_options ? at.byte() : 0;
    if (at.is_short()) return too_short;
    if (filter.empty()) return N_("an empty filter");
    if (const char* const wrong = wrong_text(filter, field::filter)) return wrong;
    if (filter.starts_with("$share/") && !parse_shared(filter))
      return N_("a shared subscription that is not $share/GROUP/FILTER");
    if (!is_topic_filter(filter)) return bad_filter;
    if ((options & qos) == qos) return N_("a subscription at QoS 3");
    if ((options & no_local) != 0 && filter.starts_with("$share/"))
      return N_("No Local at a shared subscription");
    if (options > most || (options & retain_handling) == retain_handling)
      return N_("reserved bits of a subscription's options are set");
  }
  return nullptr;
}

const char* broken_by_acknowledgement(cursor at, protocol_version version) {
  const unsigned identifier = at.two_bytes();
  if (at.is_short()) return N_("an acknowledgement without the two bytes of a packet identifier");
  if (identifier == 0) return N_("a packet identifier of 0");
  return version != protocol_version::v5 && !at.is_at_end()
             ? N_("an acknowledgement of more than two bytes: reason codes are MQTT 5's alone")
             : nullptr;
}

/// CONNACK: MQTT 3.1.1 §3.2, MQTT 5.0 §3.2.
const char* broken_by_connack(cursor at, protocol_version version) {
  constexpr unsigned most_codes = 5;
  const unsigned flags = at.byte(), code = at.byte();
  if (at.is_short()) return N_("a CONNACK of less than two bytes");
  if (flags > 1) return N_("a CONNACK whose reserved flags are set");
  if (version == protocol_version::v5) return nullptr;
  if (!at.is_at_end())
    return N_("a CONNACK in the form of MQTT 5, although the client asked for an older version");
  return code > most_codes ? N_("a CONNACK with a return code that MQTT 3.1.1 does not have")
                           : nullptr;
}

const char* broken_by_suback(cursor at, protocol_version version) {
  at.two_bytes();
  at.skip_properties(version);
  if (at.is_short()) return too_short;
  if (at.is_at_end()) return N_("a SUBACK without a code");
  return N_("a SUBACK with a code that MQTT does not have there");
}

/// The usual values of properties that MQTT 5 does not allow, by what the bytes hold; null:
/// another.
/// @param at  behind what stands before the properties
const char* wrong_value(cursor at) {
  for (std::size_t left = at.variable(); left != 0 && !at.is_short();) {
    const std::size_t before = at.left();
    const property_rule* const rule = find_property_rule(at.variable());
    if (rule == nullptr) return nullptr;
    std::uint32_t number = 1;
    std::string_view text;
    switch (rule->type) {
      case property_type::byte:
        number = at.byte();
        break;
      case property_type::two_byte:
        number = at.two_bytes();
        break;
      case property_type::four_byte:
        number = at.two_bytes() << 16;
        number |= at.two_bytes();
        break;
      case property_type::variable_byte:
        number = at.variable();
        break;
      case property_type::utf8_pair:
        at.text();
        at.text();
        break;
      default:
        text = at.text();
    }
    if (at.is_short()) return nullptr;
    switch (rule->id) {
      case property_id::topic_alias:
        if (number == 0) return N_("a Topic Alias of 0");
        break;
      case property_id::subscription_identifier:
        if (number == 0) return N_("a Subscription Identifier of 0");
        break;
      case property_id::receive_maximum:
        if (number == 0) return N_("a Receive Maximum of 0");
        break;
      case property_id::maximum_packet_size:
        if (number == 0) return N_("a Maximum Packet Size of 0");
        break;
      case property_id::payload_format_indicator:
        if (number > 1) return N_("a Payload Format Indicator other than 0 and 1");
        break;
      case property_id::response_topic:
        if (!is_topic_name(text)) return N_("a Response Topic that is empty, or has + or # in it");
        break;
      default:
        break;
    }
    const std::size_t taken = before - at.left();
    left -= std::min(left, taken);
  }
  return nullptr;
}

const char* wrong_value(const frame& packet) {
  cursor at(packet.body);
  switch (packet.type) {
    case packet_type::connect:
      at.text();
      at.two_bytes();
      at.two_bytes();
      break;
    case packet_type::publish:
      at.text();
      if ((packet.flags & 6) != 0) at.two_bytes();
      break;
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      at.two_bytes();
      break;
    default:
      return nullptr;
  }
  return at.is_short() ? nullptr : wrong_value(at);
}

bool is_about_properties(std::error_code error) {
  return error == errc::property_not_allowed || error == errc::property_repeated ||
         error == errc::property_value || error == errc::unknown_property;
}

const char* broken_by(const frame& packet, protocol_version version) {
  const cursor at(packet.body);
  switch (packet.type) {
    case packet_type::connect:
      return broken_by_connect(at);
    case packet_type::publish:
      return broken_by_publish(at, packet.flags, version);
    case packet_type::subscribe:
      return broken_by_subscribe(at, true, version);
    case packet_type::unsubscribe:
      return broken_by_subscribe(at, false, version);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return broken_by_acknowledgement(at, version);
    case packet_type::connack:
      return broken_by_connack(at, version);
    case packet_type::suback:
      return broken_by_suback(at, version);
    case packet_type::disconnect:
      return version != protocol_version::v5
                 ? N_("a DISCONNECT with a reason code, which MQTT 5 alone has")
                 : nullptr;
    case packet_type::auth:
      return version != protocol_version::v5 ? of_version_5_alone : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

std::string rule_broken_by(const frame& packet, protocol_version version, std::error_code error) {
  if (is_about_properties(error)) {
    const char* const value = error == errc::property_value ? wrong_value(packet) : nullptr;
    return value != nullptr ? value : error.message();
  }
  const char* const rule = broken_by(packet, version);
  return rule != nullptr ? rule : error.message();
}

std::string wildcard_topic_in(const frame& packet) {
  cursor at(packet.body);
  std::string_view topic;
  if (packet.type == packet_type::publish) {
    topic = at.text();
  } else if (packet.type == packet_type::connect) {
    at.text();
    const unsigned level = at.byte(), flags = at.byte();
    at.two_bytes();
    constexpr unsigned v5 = 5;
    topic = will_topic_of(at, flags, level == v5 ? protocol_version::v5 : protocol_version::v3_1_1);
  }
  return has_wildcard(topic) && wrong_text(topic, field::topic) == nullptr ? std::string(topic)
                                                                           : std::string();
}

std::string rule_broken_by_header(std::byte first, protocol_version version) {
  const auto type = static_cast<packet_type>(std::to_integer<unsigned>(first) >> 4);
  const unsigned flags = std::to_integer<unsigned>(first) & 0x0F;
  constexpr unsigned qos = 6, wanted = 2;
  switch (type) {
    case packet_type::publish:
      return (flags & qos) == qos ? N_("a message of QoS 3")
                                  : N_("a remaining length of more than four bytes");
    case packet_type::subscribe:
    case packet_type::unsubscribe:
    case packet_type::pubrel:
      return flags != wanted ? N_("SUBSCRIBE, UNSUBSCRIBE or PUBREL whose flags are not 2: they "
                                  "begin with 0x82, 0xA2 and 0x62")
                             : N_("a remaining length of more than four bytes");
    case packet_type::auth:
      if (version != protocol_version::v5) return of_version_5_alone;
      break;
    default:
      break;
  }
  if (type == packet_type{}) return N_("a packet of type 0, which does not exist");
  return flags != 0 ? N_("flags that its packet's type does not have")
                    : N_("a remaining length that is not right");
}

}  // namespace mqttkit::doctor
