// What every cure of a kind has behind it.
#pragma once

#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// Behind lines for a file that is read at a start only stands the command after which they are in
/// force: on the broker's own machine the one for this broker.
void complete_cures(const view& known, std::vector<finding>& all);

}  // namespace mqttkit::doctor
