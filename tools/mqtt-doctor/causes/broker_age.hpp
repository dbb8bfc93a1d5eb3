// How long the broker on this machine has been running, as its process tells.
#pragma once

#include <optional>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// In seconds; nothing where the broker is another machine's, or its process was not seen.
std::optional<double> broker_age_s(const view& known);

}  // namespace mqttkit::doctor
