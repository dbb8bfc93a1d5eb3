// The order of probes: what is asked first, what only after a failure, and what runs
// side by side. This room decides which probe comes next; the causes decide what answers
// mean.
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
  bool publishes_on_topic = false;       ///< --publish: a message may go to the user's own topic
  std::size_t exchange_connections = 0;  ///< see endpoint_request
  int repeats = 2;                       ///< see endpoint_request
  std::optional<other_broker> via;       ///< the broker of an exchange's publisher
  int messages = 5;                      ///< at each QoS
  int burst = 0;                         ///< see endpoint_request
  std::chrono::milliseconds listens{1200};
  std::optional<offline_settings> offline;
  message_kinds kinds;
  idle_request idle;
  bool looks_at_host = false;  ///< --on-broker, even if no address of the host is this machine's
  /// This machine is only examined when the broker lets no client in.
  bool host_after_failure = false;
  /// Dialled in place of the name's addresses: the broker's own machine may not reach itself by the
  /// address that others use.
  std::vector<std::string> addresses;
  std::vector<int> firewall_ports;  ///< the firewall's verdict is asked for these too
  /// Examined before the usual ports when no port was asked about. The first one is examined
  /// whether open or not, and gets the login.
  std::vector<known_listener> listeners;
  std::chrono::milliseconds timeout{10'000};

  examination() = default;
};

/// Sends all probes. Ends within the timeout, except for the step in progress.
facts examine(const examination& about);

}  // namespace mqttkit::doctor
