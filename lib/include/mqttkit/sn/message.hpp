// The messages of MQTT-SN 1.2 (§5.4, §5.5) as views.
//
// The same structs are decoded into and encoded from. They own nothing: decoded ones live as long
// as the datagram they came from, and all of them are trivially destructible. Section numbers are
// those of "MQTT For Sensor Networks (MQTT-SN) Protocol Specification Version 1.2".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::sn {

/// §5.2.2. Numbers that are not here are reserved.
enum class message_type : std::uint8_t {
  advertise = 0x00,
  searchgw = 0x01,
  gwinfo = 0x02,
  connect = 0x04,
  connack = 0x05,
  willtopicreq = 0x06,
  willtopic = 0x07,
  willmsgreq = 0x08,
  willmsg = 0x09,
  register_topic = 0x0A,
  regack = 0x0B,
  publish = 0x0C,
  puback = 0x0D,
  pubcomp = 0x0E,
  pubrec = 0x0F,
  pubrel = 0x10,
  subscribe = 0x12,
  suback = 0x13,
  unsubscribe = 0x14,
  unsuback = 0x15,
  pingreq = 0x16,
  pingresp = 0x17,
  disconnect = 0x18,
  willtopicupd = 0x1A,
  willtopicresp = 0x1B,
  willmsgupd = 0x1C,
  willmsgresp = 0x1D,
  encapsulated = 0xFE,
};

/// "WILLTOPICREQ"; empty for a reserved number.
std::string_view to_string(message_type type) noexcept;

/// §5.3.10. Other numbers are reserved, and refuse as well.
enum class return_code : std::uint8_t {
  accepted = 0,
  congestion = 1,
  invalid_topic_id = 2,
  not_supported = 3,
};

/// "rejected: congestion", ...; "rejected" for a reserved number.
std::string_view to_string(return_code code) noexcept;

/// How a topic is named (§5.3.4 TopicIdType). The fourth value is reserved.
enum class topic_id_type : std::uint8_t {
  normal = 0,      ///< an id from REGISTER or SUBACK; in SUBSCRIBE and UNSUBSCRIBE the name itself
  predefined = 1,  ///< an id that both sides know without asking (§6.7)
  short_name = 2,  ///< the two bytes of the id are the topic's name (§6.7)
};

/// §5.3.4. On the wire -1 is 0b11.
enum class qos_level : std::int8_t {
  without_connection = -1,  ///< PUBLISH without any connection, never answered (§6.8)
  at_most_once = 0,
  at_least_once = 1,
  exactly_once = 2,
};

/// A topic id of 0x0000 or 0xFFFF is reserved (§5.3.11).
constexpr bool is_topic_id(std::uint16_t id) noexcept { return id != 0 && id != 0xFFFF; }

/// The two bytes of a short topic name as an id, and back (§5.3.11). `name` has exactly two bytes.
constexpr std::uint16_t short_topic_id(std::string_view name) noexcept {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(name[0]) << 8 |
                                    static_cast<unsigned char>(name[1]));
}
struct short_topic_name {
  char bytes[2];
  explicit constexpr short_topic_name(std::uint16_t id) noexcept
      : bytes{static_cast<char>(id >> 8), static_cast<char>(id & 0xFF)} {}
  std::string_view view() const noexcept { return {bytes, 2}; }
};

inline constexpr std::size_t max_message_bytes = 65'535;  ///< §5.2.1, its own length included
inline constexpr std::size_t max_client_id_bytes = 23;    ///< §5.3.1
inline constexpr std::uint8_t protocol_id = 0x01;         ///< §5.3.8
inline constexpr std::uint16_t default_port = 1884;       ///< by custom, the specification has none

/// §5.4.1: a gateway says that it is there.
struct advertise_message {
  std::uint8_t gateway_id = 0;
  std::uint16_t duration = 0;  ///< seconds until the next ADVERTISE
};

/// §5.4.2
struct searchgw_message {
  std::uint8_t radius = 0;  ///< hops; 0 means everywhere
};

/// §5.4.3
struct gwinfo_message {
  std::uint8_t gateway_id = 0;
  bytes_view address{};  ///< empty when the gateway itself answers
};

/// §5.4.4
struct connect_message {
  bool will = false;  ///< asks for WILLTOPICREQ and WILLMSGREQ
  bool clean_session = true;
  std::uint8_t protocol = protocol_id;
  std::uint16_t duration = 60;  ///< keep alive, seconds
  std::string_view client_id{};
};

/// §5.4.5
struct connack_message {
  return_code code = return_code::accepted;
};

struct willtopicreq_message {};  ///< §5.4.6
struct willmsgreq_message {};    ///< §5.4.8

/// The content of WILLTOPIC (§5.4.7) and WILLTOPICUPD (§5.4.22). An empty topic is the empty
/// message, which deletes the will and its message.
struct will_topic_fields {
  qos_level qos = qos_level::at_most_once;
  bool retain = false;
  std::string_view topic{};
};
struct willtopic_message : will_topic_fields {};
struct willtopicupd_message : will_topic_fields {};

/// §5.4.9
struct willmsg_message {
  bytes_view payload{};
};
/// §5.4.23
struct willmsgupd_message {
  bytes_view payload{};
};
/// §5.4.24
struct willtopicresp_message {
  return_code code = return_code::accepted;
};
/// §5.4.25
struct willmsgresp_message {
  return_code code = return_code::accepted;
};

/// §5.4.10. The id is 0 when a client asks for one.
struct register_message {
  std::uint16_t topic_id = 0;
  std::uint16_t message_id = 0;
  std::string_view topic{};
};

/// §5.4.11
struct regack_message {
  std::uint16_t topic_id = 0;
  std::uint16_t message_id = 0;
  return_code code = return_code::accepted;
};

/// §5.4.12
struct publish_message {
  bool dup = false;
  qos_level qos = qos_level::at_most_once;
  bool retain = false;
  topic_id_type type = topic_id_type::normal;
  std::uint16_t topic_id = 0;    ///< short_topic_name is its two bytes
  std::uint16_t message_id = 0;  ///< 0 at QoS 0 and -1
  bytes_view payload{};
};

/// §5.4.13. At QoS 0 only as a refusal.
struct puback_message {
  std::uint16_t topic_id = 0;
  std::uint16_t message_id = 0;
  return_code code = return_code::accepted;
};

/// §5.4.14
struct pubrec_message {
  std::uint16_t message_id = 0;
};
struct pubrel_message {
  std::uint16_t message_id = 0;
};
struct pubcomp_message {
  std::uint16_t message_id = 0;
};

/// The content of SUBSCRIBE (§5.4.15) and UNSUBSCRIBE (§5.4.17); the latter has no QoS and no DUP.
struct subscription_fields {
  bool dup = false;
  qos_level qos = qos_level::at_most_once;
  topic_id_type type = topic_id_type::normal;
  std::uint16_t message_id = 0;
  std::string_view filter{};   ///< with topic_id_type::normal; may have wildcards
  std::uint16_t topic_id = 0;  ///< with the others
};
struct subscribe_message : subscription_fields {};
struct unsubscribe_message : subscription_fields {};

/// §5.4.16
struct suback_message {
  qos_level qos = qos_level::at_most_once;  ///< granted
  std::uint16_t topic_id = 0;               ///< 0 for a filter with wildcards
  std::uint16_t message_id = 0;
  return_code code = return_code::accepted;
};

/// §5.4.18
struct unsuback_message {
  std::uint16_t message_id = 0;
};

/// §5.4.19
struct pingreq_message {
  std::string_view client_id{};  ///< set when a sleeping client asks for what waits (§6.14)
};
struct pingresp_message {};  ///< §5.4.20

/// §5.4.21
struct disconnect_message {
  std::optional<std::uint16_t> duration{};  ///< seconds a client means to sleep (§6.14)
};

/// Forwarder encapsulation (§5.5): a message on its way between a forwarder and a gateway.
struct encapsulated_message {
  std::uint8_t radius = 0;  ///< hops, 0 to 3
  bytes_view node{};        ///< address of the wireless node, 0 to 252 bytes
  bytes_view inner{};       ///< the whole message, not looked into
};

using message =
    std::variant<advertise_message, searchgw_message, gwinfo_message, connect_message,
                 connack_message, willtopicreq_message, willtopic_message, willmsgreq_message,
                 willmsg_message, register_message, regack_message, publish_message, puback_message,
                 pubcomp_message, pubrec_message, pubrel_message, subscribe_message, suback_message,
                 unsubscribe_message, unsuback_message, pingreq_message, pingresp_message,
                 disconnect_message, willtopicupd_message, willtopicresp_message,
                 willmsgupd_message, willmsgresp_message, encapsulated_message>;

static_assert(std::is_trivially_destructible_v<message>);

message_type type_of(const message& any) noexcept;

}  // namespace mqttkit::sn
