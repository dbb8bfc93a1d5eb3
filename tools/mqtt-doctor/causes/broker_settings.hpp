// One setting of a broker, by the name and in the file it has there.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// What a cure would have set; each with the value that lets clients in or messages through.
enum class broker_setting : std::uint8_t {
  kept_sessions,       ///< sessions and what waits for them outlive a restart
  queue_length,        ///< messages that wait for one client
  retained_messages,   ///< on
  packet_size,         ///< the largest message
  quality,             ///< QoS 2
  window,              ///< unacknowledged messages under way
  empty_identifier,    ///< the broker makes one up
  client_certificate,  ///< not demanded
  tls_1_2,             ///< taken beside 1.3
};

/// Adds how to set it in this broker. Where nobody knows which broker it is, what it is called in
/// the best known ones, as words and not as lines to be copied; in a cloud, where to look for it.
void set_in_broker(made_finding& made, const view& known, broker_setting what);

}  // namespace mqttkit::doctor
