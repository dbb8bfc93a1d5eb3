// The 15 control packets of MQTT (5.0 §3) as views.
//
// The same structs are decoded into and encoded from. They own nothing: decoded ones live as long
// as the frame they came from, and all of them are trivially destructible, so that they may stand
// inside a co_await expression (g++ 12 destroys other aggregates twice there).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/property.hpp"
#include "mqttkit/codec/reason.hpp"
#include "mqttkit/codec/version.hpp"

namespace mqttkit {

enum class qos_t : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

/// Largest remaining length (MQTT 5.0 §1.5.5): 268,435,455 bytes.
inline constexpr std::uint32_t max_remaining_length = 268'435'455;

/// The will message inside CONNECT (MQTT 5.0 §3.1.2.5, §3.1.3.2).
struct will_view {
  std::string_view topic{};
  bytes_view payload{};
  qos_t qos = qos_t::at_most_once;
  bool retain = false;
  properties_view properties{};
};

struct connect_packet {
  protocol_version version = protocol_version::v5;
  bool clean_start = true;        ///< Clean Session before MQTT 5
  std::uint16_t keep_alive = 60;  ///< seconds; 0 turns it off
  std::string_view client_id{};
  std::optional<will_view> will{};
  std::optional<std::string_view> user_name{};
  std::optional<bytes_view> password{};
  properties_view properties{};
};

struct connack_packet {
  bool session_present = false;
  std::uint8_t reason = 0;  ///< as sent: a return code before MQTT 5; see connack_reason()
  properties_view properties{};
};

struct publish_packet {
  std::string_view topic{};  ///< empty when the sender used a topic alias only
  bytes_view payload{};
  qos_t qos = qos_t::at_most_once;
  bool retain = false;
  bool dup = false;
  std::uint16_t packet_id = 0;  ///< 0 at QoS 0
  properties_view properties{};
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP, which share their form (MQTT 5.0 §3.4 to §3.7).
struct ack_packet {
  packet_type type = packet_type::puback;
  std::uint16_t packet_id = 0;
  std::uint8_t reason = 0;
  properties_view properties{};
};

/// What a client does with retained messages when it subscribes (MQTT 5.0 §3.8.3.1).
enum class retain_handling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

/// One topic filter of a SUBSCRIBE with its options (MQTT 5.0 §3.8.3.1).
struct subscription {
  std::string_view filter{};
  qos_t qos = qos_t::at_most_once;
  bool no_local = false;                             ///< MQTT 5 only
  bool retain_as_published = false;                  ///< MQTT 5 only
  retain_handling retained = retain_handling::send;  ///< MQTT 5 only
};

/// The topic filters of a SUBSCRIBE, or of an UNSUBSCRIBE, read from their wire form.
class subscription_list {
 public:
  constexpr subscription_list() noexcept = default;
  /// @param checked  payload of the packet, known to be valid.
  constexpr subscription_list(bytes_view checked, bool with_options) noexcept
      : bytes_(checked), with_options_(with_options) {}
  /// Takes the next one; false at the end.
  bool next(subscription& out) noexcept;
  bool empty() const noexcept { return bytes_.empty(); }

 private:
  bytes_view bytes_{};
  bool with_options_ = true;
};

/// SUBSCRIBE or UNSUBSCRIBE as received. Encoding takes a span of subscriptions instead.
struct subscribe_packet {
  std::uint16_t packet_id = 0;
  properties_view properties{};
  subscription_list filters{};
};

/// SUBACK or UNSUBACK. `codes` is empty in an UNSUBACK before MQTT 5.
struct suback_packet {
  std::uint16_t packet_id = 0;
  properties_view properties{};
  bytes_view codes{};
};

/// DISCONNECT or AUTH. Without a reason on the wire it is 0x00.
struct reason_packet {
  std::uint8_t reason = 0;
  properties_view properties{};
};

static_assert(std::is_trivially_destructible_v<connect_packet>);
static_assert(std::is_trivially_destructible_v<publish_packet>);
static_assert(std::is_trivially_destructible_v<subscribe_packet>);

}  // namespace mqttkit
