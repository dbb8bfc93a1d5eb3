// Bridges of the brokers on this machine that hand a message round.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// Two bridges join the same two brokers, each carrying the same topics the other way, or a bridge
/// leads to its own broker.
maybe_finding host_bridge_loop(const view& known, exclusions& excluded);

}  // namespace mqttkit::doctor
