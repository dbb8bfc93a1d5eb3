#include "mqttkit/codec/reason.hpp"

#include <algorithm>
#include <array>

namespace mqttkit {
namespace {

constexpr std::uint16_t in(packet_type type) noexcept {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(type));
}

constexpr std::uint16_t connack = in(packet_type::connack);
constexpr std::uint16_t puback = in(packet_type::puback);
constexpr std::uint16_t pubrec = in(packet_type::pubrec);
constexpr std::uint16_t pubrel = in(packet_type::pubrel);
constexpr std::uint16_t pubcomp = in(packet_type::pubcomp);
constexpr std::uint16_t suback = in(packet_type::suback);
constexpr std::uint16_t unsuback = in(packet_type::unsuback);
constexpr std::uint16_t disconnect = in(packet_type::disconnect);
constexpr std::uint16_t auth = in(packet_type::auth);

struct reason_rule {
  std::uint8_t code;
  std::uint16_t packets;  // bit 1 << packet_type
  std::string_view name;
};

// MQTT 5.0 Table 2-6, ascending by code.
constexpr std::array reason_rules{
    reason_rule{
        0x00, connack | puback | pubrec | pubrel | pubcomp | suback | unsuback | disconnect | auth,
        "Success"},
    reason_rule{0x01, suback, "Granted QoS 1"},
    reason_rule{0x02, suback, "Granted QoS 2"},
    reason_rule{0x04, disconnect, "Disconnect with Will Message"},
    reason_rule{0x10, puback | pubrec, "No matching subscribers"},
    reason_rule{0x11, unsuback, "No subscription existed"},
    reason_rule{0x18, auth, "Continue authentication"},
    reason_rule{0x19, auth, "Re-authenticate"},
    reason_rule{0x80, connack | puback | pubrec | suback | unsuback | disconnect,
                "Unspecified error"},
    reason_rule{0x81, connack | disconnect, "Malformed Packet"},
    reason_rule{0x82, connack | disconnect, "Protocol Error"},
    reason_rule{0x83, connack | puback | pubrec | suback | unsuback | disconnect,
                "Implementation specific error"},
    reason_rule{0x84, connack, "Unsupported Protocol Version"},
    reason_rule{0x85, connack, "Client Identifier not valid"},
    reason_rule{0x86, connack, "Bad User Name or Password"},
    reason_rule{0x87, connack | puback | pubrec | suback | unsuback | disconnect, "Not authorized"},
    reason_rule{0x88, connack, "Server unavailable"},
    reason_rule{0x89, connack | disconnect, "Server busy"},
    reason_rule{0x8A, connack, "Banned"},
    reason_rule{0x8B, disconnect, "Server shutting down"},
    reason_rule{0x8C, connack | disconnect, "Bad authentication method"},
    reason_rule{0x8D, disconnect, "Keep Alive timeout"},
    reason_rule{0x8E, disconnect, "Session taken over"},
    reason_rule{0x8F, suback | unsuback | disconnect, "Topic Filter invalid"},
    reason_rule{0x90, connack | puback | pubrec | disconnect, "Topic Name invalid"},
    reason_rule{0x91, puback | pubrec | suback | unsuback, "Packet Identifier in use"},
    reason_rule{0x92, pubrel | pubcomp, "Packet Identifier not found"},
    reason_rule{0x93, disconnect, "Receive Maximum exceeded"},
    reason_rule{0x94, disconnect, "Topic Alias invalid"},
    reason_rule{0x95, connack | disconnect, "Packet too large"},
    reason_rule{0x96, disconnect, "Message rate too high"},
    reason_rule{0x97, connack | puback | pubrec | suback | disconnect, "Quota exceeded"},
    reason_rule{0x98, disconnect, "Administrative action"},
    reason_rule{0x99, connack | puback | pubrec | disconnect, "Payload format invalid"},
    reason_rule{0x9A, connack | disconnect, "Retain not supported"},
    reason_rule{0x9B, connack | disconnect, "QoS not supported"},
    reason_rule{0x9C, connack | disconnect, "Use another server"},
    reason_rule{0x9D, connack | disconnect, "Server moved"},
    reason_rule{0x9E, suback | disconnect, "Shared Subscriptions not supported"},
    reason_rule{0x9F, connack | disconnect, "Connection rate exceeded"},
    reason_rule{0xA0, disconnect, "Maximum connect time"},
    reason_rule{0xA1, suback | disconnect, "Subscription Identifiers not supported"},
    reason_rule{0xA2, suback | disconnect, "Wildcard Subscriptions not supported"},
};

const reason_rule* find_reason_rule(std::uint8_t code) noexcept {
  const auto at = std::lower_bound(reason_rules.begin(), reason_rules.end(), code,
                                   [](const reason_rule& r, std::uint8_t c) { return r.code < c; });
  return at != reason_rules.end() && at->code == code ? &*at : nullptr;
}

}  // namespace

std::string_view to_string(packet_type type) noexcept {
  constexpr std::array<std::string_view, 16> names{
      "",        "CONNECT",  "CONNACK",    "PUBLISH", "PUBACK",      "PUBREC",
      "PUBREL",  "PUBCOMP",  "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK",
      "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
  const auto index = static_cast<std::size_t>(type);
  return index < names.size() ? names[index] : std::string_view{};
}

std::string_view reason_name(std::uint8_t code, packet_type in) noexcept {
  if (code == 0 && in == packet_type::disconnect) return "Normal disconnection";
  if (code == 0 && in == packet_type::suback) return "Granted QoS 0";
  const reason_rule* rule = find_reason_rule(code);
  return rule != nullptr ? rule->name : std::string_view{};
}

bool is_reason_allowed(std::uint8_t code, packet_type in) noexcept {
  const reason_rule* rule = find_reason_rule(code);
  return rule != nullptr && (rule->packets >> static_cast<unsigned>(in) & 1u) != 0;
}

std::uint8_t connack_reason(std::uint8_t code, protocol_version) noexcept {
  constexpr std::array<std::uint8_t, 6> meaning{0x00, 0x84, 0x85, 0x88, 0x86, 0x87};
  return code < meaning.size() ? meaning[code] : code;
}

}  // namespace mqttkit
