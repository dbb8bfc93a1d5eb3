#include "mqtt-doctor/listen/broken_rule.hpp"

#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* bad_text = N_("a text that is not UTF-8, or holds a zero character");
constexpr const char* too_short = N_("a packet that ends before what it announces");
constexpr const char* of_version_5_alone = N_("a packet of a type that MQTT 5 alone has");
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
  /// Properties of MQTT 5 are passed over, and judged by the decoder alone.
  void skip_properties(protocol_version version) {
    if (version != protocol_version::v5) return;
    constexpr int most_bytes = 4;
    std::size_t size = 0;
    for (int i = 0; i < most_bytes; ++i) {
      const unsigned next = byte();
      size |= std::size_t{next & 0x7F} << (7 * i);
      if ((next & 0x80) == 0) break;
    }
    if (size > left_.size()) {
      missing();
      return;
    }
    left_ = left_.subspan(size);
  }
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

bool is_text(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

/// CONNECT: MQTT 3.1.1 §3.1, MQTT 5.0 §3.1. Null where no rule is seen broken.
const char* broken_by_connect(cursor at) {
  constexpr unsigned reserved = 1, will = 4, will_qos = 0x18, will_retain = 0x20, password = 0x40,
                     user = 0x80;
  constexpr unsigned v3_1 = 3, v3_1_1 = 4, v5 = 5;
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
  const auto version = level == v5 ? protocol_version::v5 : protocol_version::v3_1_1;
  at.two_bytes();
  at.skip_properties(version);
  bool is_whole = is_text(at.text());
  if ((flags & will) != 0) {
    at.skip_properties(version);
    is_whole = is_text(at.text()) && is_whole;
    at.text();
  }
  if ((flags & user) != 0) is_whole = is_text(at.text()) && is_whole;
  if ((flags & password) != 0) at.text();
  if (at.is_short())
    return N_("a CONNECT that lacks what its flags announce (will, user name, password)");
  if (!is_whole) return bad_text;
  return at.is_at_end() ? nullptr : N_("a CONNECT with more in it than its flags announce");
}

const char* broken_by_publish(cursor at, unsigned flags, protocol_version version) {
  constexpr unsigned qos = 6;
  if ((flags & qos) == qos) return N_("a message of QoS 3");
  const std::string_view topic = at.text();
  if (at.is_short()) return too_short;
  if (!is_text(topic)) return bad_text;
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
  constexpr unsigned qos = 3, retain_handling = 0x30;
  while (!at.is_at_end()) {
    const std::string_view filter = at.text();
    const unsigned options = has_options ? at.byte() : 0;
    if (at.is_short()) return too_short;
    if (filter.empty()) return N_("an empty filter");
    if (!is_text(filter)) return bad_text;
    if (filter.starts_with("$share/") && !parse_shared(filter))
      return N_("a shared subscription that is not $share/GROUP/FILTER");
    if (!is_topic_filter(filter)) return bad_filter;
    if ((options & qos) == qos) return N_("a subscription at QoS 3");
    if (options > most || (options & retain_handling) == retain_handling)
      return N_("reserved bits of a subscription's options are set");
  }
  return nullptr;
}

const char* broken_by_acknowledgement(cursor at) {
  const unsigned identifier = at.two_bytes();
  if (at.is_short()) return too_short;
  return identifier == 0 ? N_("a packet identifier of 0") : nullptr;
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
      return broken_by_acknowledgement(at);
    case packet_type::auth:
      return version != protocol_version::v5 ? of_version_5_alone : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

std::string rule_broken_by(const frame& packet, protocol_version version, std::error_code error) {
  const char* const rule = broken_by(packet, version);
  return rule != nullptr ? rule : error.message();
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
