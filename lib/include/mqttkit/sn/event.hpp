// What a session of MQTT-SN has to say. Events are views: each ends with the next call of
// session::next() or session::feed().
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <variant>

#include "mqttkit/sn/message.hpp"

namespace mqttkit::sn {

/// Nothing more in what was received so far.
struct need_more {};

/// CONNACK: the gateway took the connection (§6.2).
struct connected {
  bool will_taken = false;  ///< the gateway asked for the will that there was
};

/// A message for us. QoS 2 messages appear once, however often the gateway repeats them.
struct message_received {
  publish_message message{};
  std::string_view topic{};    ///< empty for a predefined id that the options do not name
  std::uint64_t sequence = 0;  ///< 1 for the first message of this session object, then 2, ...
};

/// A message whose topic id nobody registered: the gateway was told, which registers the id and, at
/// QoS 1 and 2, sends the message again (§6.10).
struct message_unknown {
  publish_message message{};
};

/// The end of what publish() accepted: at QoS 0 and -1 the datagram is in the output, at QoS 1 and
/// 2 the gateway acknowledged or refused it.
struct delivered {
  std::uint64_t token = 0;
  return_code code = return_code::accepted;
  std::error_code error{};  ///< set when it could not be sent at all
};

/// A message of QoS 0 was refused (§5.4.13); which one of those to this topic is not told.
struct refused {
  std::uint16_t topic_id = 0;
  return_code code = return_code::not_supported;
};

/// SUBACK or UNSUBACK.
struct subscribed {
  std::uint64_t token = 0;
  return_code code = return_code::accepted;
  qos_level qos = qos_level::at_most_once;  ///< granted
  std::uint16_t topic_id = 0;               ///< 0 for a filter with wildcards
  bool is_unsubscribe = false;
};

/// The gateway has too much to do. What it refused is asked again after `wait` (Twait, §6.5 to
/// §6.9); until then nothing else is accepted.
struct congested {
  std::chrono::milliseconds wait{};
  message_type refused = message_type::connect;
};

/// WILLTOPICRESP and WILLMSGRESP (§6.4): the whole update was taken, or what was refused first.
struct will_updated {
  return_code code = return_code::accepted;
};

/// The client sleeps (§6.14): the gateway keeps its messages until it wakes.
struct asleep {
  std::uint32_t messages = 0;  ///< came since the client woke; 0 when it has just gone to sleep
};

/// The connection is over.
struct closed {
  /// Nothing when disconnect() was answered, else gateway_lost, disconnected_by_gateway,
  /// not_accepted.
  std::error_code error{};
  return_code code = return_code::accepted;         ///< of CONNACK
  message_type unanswered = message_type::connect;  ///< with gateway_lost
};

using event = std::variant<need_more, connected, message_received, message_unknown, delivered,
                           refused, subscribed, congested, will_updated, asleep, closed>;

static_assert(std::is_trivially_destructible_v<event>);

}  // namespace mqttkit::sn
