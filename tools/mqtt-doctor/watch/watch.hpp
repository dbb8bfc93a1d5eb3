// mqtt-doctor delivery --watch: stay connected for a while and see who ends it.
//
// Two connections are held side by side. The steady one pings well within its keep alive and shows
// takeovers and flapping. The other turns keep alive off and pauses, each time twice as long, to
// find the silence after which a NAT or a proxy forgets it; between the last that was survived and
// the first that was not it goes on halving. A third never says anything, to see whether the broker
// keeps its side of the keep alive.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "mqtt-doctor/facts/watch_facts.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

struct watch_request {
  contact_request how;  ///< address, port, scheme and version of both connections
  int keep_alive_s = 60;
  std::chrono::milliseconds length{600'000};
  std::function<void(const watch_drop&)> tell;  ///< as they happen; from one thread at a time
  std::function<bool()> is_interrupted;

  watch_request() = default;
};

/// Holds them until the time is over or it is interrupted. `is_let_in` is false when the broker did
/// not accept the first connection: nothing was watched then.
/// `first` is what came of that connection.
watch_facts watch_connections(const target& to, const watch_request& what, contact& first,
                              bool& is_let_in);

}  // namespace mqttkit::doctor
