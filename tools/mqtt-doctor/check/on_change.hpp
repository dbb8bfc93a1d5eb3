// --on-change: runs a command for each change. Values from the network are passed in the
// environment, and never through a shell.
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

/// Runs `command` with `variables` added to the environment; its output goes to stderr. Waits for
/// it up to 30 seconds. Returns what went wrong, or nothing.
std::string run_on_change(const std::vector<std::string>& command,
                          const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace mqttkit::doctor
