// mqtt-doctor delivery --watch: holds connections for a while, to see what ends them.
//
// Two connections run side by side. The steady one pings well within its keep alive, and shows
// takeovers and flapping. The other turns keep alive off and pauses, twice as long each time, to
// find the silence after which a NAT or proxy forgets it; then it halves the interval between the
// longest silence survived and the shortest not survived. A third keeps silent, to see whether the
// broker enforces the keep alive.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "mqtt-doctor/facts/watch_facts.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

struct watch_request {
  contact_request how;  ///< address, port, scheme and version of all connections
  int keep_alive_s = 60;
  /// Of the steady connection, at most; no NAT forgets a connection sooner.
  std::chrono::milliseconds steady_ping{10'000};
  std::chrono::milliseconds length{600'000};
  std::function<void(const watch_drop&)> tell;  ///< called for each drop, by one thread at a time
  std::function<bool()> is_interrupted;

  watch_request() = default;
};

/// Holds the connections until the time is over or a signal comes. `is_let_in` is false when the
/// broker did not accept the first connection, and then nothing was watched. `first` is that
/// connection.
watch_facts watch_connections(const target& to, const watch_request& what, contact& first,
                              bool& is_let_in);

}  // namespace mqttkit::doctor
