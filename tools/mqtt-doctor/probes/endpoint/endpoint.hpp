#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/delivery/offline.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

/// What delivery is asked to look at beside all that.
struct message_kinds {
  bool no_local = false;
  bool retained = false;
  std::size_t size = 0;                      ///< bytes of a message; 0: not asked for
  std::optional<std::uint32_t> packet_size;  ///< Maximum Packet Size of the subscriber

  message_kinds() = default;
};

/// How long the network keeps the way back to a client of UDP that is silent.
struct idle_request {
  std::chrono::milliseconds limit{0};                         ///< for all of it; 0: not asked for
  std::function<void(const gateway_pause_fact& pause)> tell;  ///< each as it is over
  std::function<bool()> is_interrupted;

  idle_request() = default;
};

struct endpoint_request {
  doctor::scheme scheme = doctor::scheme::mqtt;
  int port = 0;
  std::string path;
  bool with_credentials = true;
  bool publishes_on_topic = false;
  /// Several messages of each QoS go from one connection to another, as long as all that are made
  /// to the port are no more than so many; 0: none do.
  std::size_t exchange_connections = 0;
  int repeats = 0;                          ///< further connections once one was let in: is each?
  std::optional<other_broker> via;          ///< without: that of the subscriber
  int messages = 5;                         ///< of each QoS
  std::optional<offline_settings> offline;  ///< whether messages wait for who is away
  message_kinds kinds;
  idle_request idle;
  probe::deadline until;  ///< of all but `idle`

  endpoint_request() = default;
};

/// Looks at one scheme and port of the host: first as an app would, then, after a failure, with the
/// few further connections that tell its causes apart. Never more than four connections to the
/// port that get past TCP, and before the broker has accepted them at most two of them with the
/// user's credentials.
/// @param known  name, addresses and what was asked; not changed
endpoint_facts examine_endpoint(const target& to, const endpoint_request& what, const facts& known);

}  // namespace mqttkit::doctor
