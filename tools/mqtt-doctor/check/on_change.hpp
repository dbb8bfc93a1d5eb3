// --on-change: a command for each change. No shell sees what comes from the network; it stands in
// the environment.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/check/lines.hpp"

namespace mqttkit::doctor {

/// MQTT_CHECK_TARGET, _NAME, _STATE, _CAUSE, _WHAT, _WAS, _WAS_CAUSE, _EXIT_CODE, _TIME, and
/// _TAG_KEY for each tag.
std::vector<std::pair<std::string, std::string>> change_variables(const checked& row,
                                                                  const past& was);

/// Runs `command` with `variables` beside this process's own; what it prints goes to stderr. Waits
/// for it, for 30 seconds at most. Returns what went wrong, or nothing.
std::string run_on_change(const std::vector<std::string>& command,
                          const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace mqttkit::doctor
