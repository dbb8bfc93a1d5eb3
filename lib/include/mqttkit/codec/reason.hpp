// Reason codes (MQTT 5.0 §2.4) and the return codes they replaced.
#pragma once

#include <cstdint>
#include <string_view>

#include "mqttkit/codec/version.hpp"

namespace mqttkit {

enum class packet_type : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

/// "CONNECT", "CONNACK", ... "AUTH".
std::string_view to_string(packet_type type) noexcept;

/// A reason code of MQTT 5. A peer may send values outside this list; they stay as they are.
enum class reason_code : std::uint8_t {
  success = 0x00,  ///< also normal disconnection and granted QoS 0
  granted_qos_1 = 0x01,
  granted_qos_2 = 0x02,
  disconnect_with_will = 0x04,
  no_matching_subscribers = 0x10,
  no_subscription_existed = 0x11,
  continue_authentication = 0x18,
  re_authenticate = 0x19,
  unspecified_error = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_specific_error = 0x83,
  unsupported_protocol_version = 0x84,
  client_identifier_not_valid = 0x85,
  bad_user_name_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  banned = 0x8A,
  server_shutting_down = 0x8B,
  bad_authentication_method = 0x8C,
  keep_alive_timeout = 0x8D,
  session_taken_over = 0x8E,
  topic_filter_invalid = 0x8F,
  topic_name_invalid = 0x90,
  packet_identifier_in_use = 0x91,
  packet_identifier_not_found = 0x92,
  receive_maximum_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  message_rate_too_high = 0x96,
  quota_exceeded = 0x97,
  administrative_action = 0x98,
  payload_format_invalid = 0x99,
  retain_not_supported = 0x9A,
  qos_not_supported = 0x9B,
  use_another_server = 0x9C,
  server_moved = 0x9D,
  shared_subscriptions_not_supported = 0x9E,
  connection_rate_exceeded = 0x9F,
  maximum_connect_time = 0xA0,
  subscription_identifiers_not_supported = 0xA1,
  wildcard_subscriptions_not_supported = 0xA2,
};

/// The name the specification gives the code, as in "Not authorized"; for DISCONNECT 0x00 is
/// "Normal disconnection", for SUBACK "Granted QoS 0". Empty when the code is not defined.
std::string_view reason_name(std::uint8_t code, packet_type in = packet_type::connack) noexcept;

/// Whether the specification lets `code` stand in a packet of type `in` (MQTT 5.0 §2.4).
bool is_reason_allowed(std::uint8_t code, packet_type in) noexcept;

/// Reason codes from 0x80 on mean failure (MQTT 5.0 §2.4).
constexpr bool is_failure(std::uint8_t code) noexcept { return code >= 0x80; }

/// What a CONNACK code means in MQTT 5's terms. Return codes 1 to 5 of MQTT 3.1 and 3.1.1
/// (§3.2.2.3 there) become 0x84, 0x85, 0x88, 0x86 and 0x87; other values stay as they are. In every
/// version: MQTT 5 does not define 1 to 5, and brokers that know only 3.1.1 answer it with them.
std::uint8_t connack_reason(std::uint8_t code, protocol_version version) noexcept;

}  // namespace mqttkit
