// The order in which the world is asked: what comes first, what only after something failed, what
// runs side by side. It decides which probe to send next and nothing else; what the answers mean
// is for the causes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/delivery/offline.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

/// A port known to be a broker's before it is dialled.
struct known_listener {
  int port = 0;
  doctor::scheme by = scheme::mqtt;
};

struct examination {
  asked_facts asked;
  target to;
  std::string path = "/mqtt";
  bool publishes_on_topic = false;  ///< --publish: a message may be sent to the user's own topic
  std::size_t exchange_connections = 0;  ///< as in endpoint_request
  int repeats = 2;                       ///< likewise
  std::optional<other_broker> via;       ///< where the publisher of an exchange is
  int messages = 5;                      ///< of each QoS
  std::optional<offline_settings> offline;
  message_kinds kinds;
  idle_request idle;
  bool looks_at_host = false;  ///< --on-broker, also when no address of the host is ours
  /// This machine is looked at only when the broker does not let a client in.
  bool host_after_failure = false;
  /// Dialled in place of what the name leads to: the broker's own machine may not come back to
  /// itself by the address that others have for it.
  std::vector<std::string> addresses;
  std::vector<int> further_ports;  ///< whose firewall is looked at as well
  /// Looked at beside the usual ports, and before them, where no port was asked about. The first
  /// is looked at open or not, and gets the login.
  std::vector<known_listener> listeners;
  std::chrono::milliseconds timeout{10'000};

  examination() = default;
};

/// Asks all there is to ask. Ends within the timeout, give or take the step under way.
facts examine(const examination& about);

}  // namespace mqttkit::doctor
