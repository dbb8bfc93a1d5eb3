// Two machines with one IP address, as the hardware addresses in a capture tell them apart.
#pragma once

#include <vector>

#include "mqtt-doctor/capture/captured_stream.hpp"
#include "mqtt-doctor/causes/made_finding.hpp"

namespace mqttkit::doctor {

/// @param streams  of one client, in the order of their beginnings
maybe_finding address_used_twice(const std::vector<const kept_stream*>& streams);

}  // namespace mqttkit::doctor
