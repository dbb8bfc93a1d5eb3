// Completes cures: a changed configuration file is followed by the command that puts it in force.
#pragma once

#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// Adds, behind lines for a file that is read at a start only, the command that puts them in force:
/// on the broker's own machine the command for this very broker.
void complete_cures(const view& known, std::vector<finding>& all);

}  // namespace mqttkit::doctor
