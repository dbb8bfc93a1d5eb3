// One setting of a broker, by the name and in the file it has there.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// Settings that a cure changes; each gets the value that lets clients in or messages through.
enum class broker_setting : std::uint8_t {
  kept_sessions,       ///< sessions and what waits for them outlive a restart
  queue_length,        ///< messages that wait for one client
  retained_messages,   ///< the broker keeps retained messages at all
  packet_size,         ///< the largest message it takes
  quality,             ///< QoS 2 is allowed
  window,              ///< unacknowledged messages under way
  empty_identifier,    ///< the broker makes up an identifier for a client that has none
  client_certificate,  ///< clients need no certificate
  tls_1_2,             ///< TLS 1.2 is taken beside 1.3
};

/// Adds how to change the setting in this broker. Where the broker is unknown, names the setting in
/// the best known brokers, with no line to copy; for a cloud, says where to look.
void set_in_broker(made_finding& made, const view& known, broker_setting what);

}  // namespace mqttkit::doctor
