// Cures for a broker in a container: its commands are given inside, and what stands in a file of
// the container alone is set where it outlives the container.
#pragma once

#include <vector>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// Lets the cures of a finding about a broker other than mosquitto reach it in its container.
void move_inside(const host_view& at, std::vector<cure>& cures);

}  // namespace mqttkit::doctor
