// What a session has to say. Every event is a view: it ends with the next call of session::next()
// or session::receive_space(). A message that session::overtake() passed stays until next().
#pragma once

#include <cstdint>
#include <system_error>
#include <variant>

#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit {

/// Nothing more in the bytes received so far.
struct need_more {};

/// The broker accepted the connection.
struct connected {
  bool session_present = false;  ///< never in MQTT 3.1, where the broker cannot say so
  /// QoS 1 and 2 messages that were in flight when the broker forgot the session and are sent again
  /// as new ones: each may arrive twice.
  std::uint32_t sent_again = 0;
  properties_view properties{};
};

/// A message for us. QoS 2 messages appear once, however often the broker repeats them.
struct message_received {
  publish_packet message{};
  std::uint64_t sequence = 0;  ///< 1 for the first message of this session object, then 2, ...
};

/// The end of a QoS 1 or 2 publish: the final acknowledgement, or why there will be none.
struct delivered {
  std::uint64_t token = 0;
  std::uint8_t reason = 0;  ///< of PUBACK, PUBREC or PUBCOMP; is_failure() tells refusals
  std::error_code error{};  ///< set when it could not be sent at all (limits of a new connection)
  properties_view properties{};
};

/// SUBACK or UNSUBACK: one reason code a topic filter, in the order asked for. `codes` is empty in
/// an UNSUBACK before MQTT 5.
struct subscribed {
  std::uint64_t token = 0;
  bytes_view codes{};
  properties_view properties{};
};

/// AUTH from the broker (MQTT 5.0 §4.12): answer with session::authenticate().
struct authentication {
  std::uint8_t reason = 0;
  properties_view properties{};
};

/// The connection is over, as far as MQTT goes: write what output is left, then close.
struct closed {
  std::error_code error{};
  std::uint8_t reason = 0;       ///< of CONNACK or DISCONNECT, received or sent; MQTT 5's numbers
  properties_view properties{};  ///< of the broker's packet; empty when the end is our doing
  /// With packet_too_large: the packet that was not taken. Its body is what had come of it.
  frame refused{};
  std::uint32_t limit = 0;  ///< the same: the most that would have been taken, in bytes
};

using event = std::variant<need_more, connected, message_received, delivered, subscribed,
                           authentication, closed>;

/// What the broker said it offers (CONNACK properties, MQTT 5.0 §3.2.2.3), with the defaults that
/// stand for what it left out. Before MQTT 5 the defaults.
struct broker_limits {
  std::uint16_t receive_maximum = 65'535;
  qos_t maximum_qos = qos_t::exactly_once;
  bool retain_available = true;
  std::uint32_t maximum_packet_size = 0;  ///< bytes; 0 means no limit but the protocol's
  std::uint16_t topic_alias_maximum = 0;
  bool wildcard_available = true;
  bool shared_available = true;
  bool subscription_ids_available = true;
  std::uint16_t keep_alive = 0;      ///< seconds in force: Server Keep Alive, or ours
  std::uint32_t session_expiry = 0;  ///< seconds in force
};

}  // namespace mqttkit
