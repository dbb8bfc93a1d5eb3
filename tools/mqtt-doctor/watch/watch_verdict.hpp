// From what a watch saw to its cause. Pure.
#pragma once

#include <vector>

#include "mqtt-doctor/diagnosis.hpp"
#include "mqtt-doctor/watch/watch_facts.hpp"

namespace mqttkit::doctor {

/// Causes and notes, the best explanation first. Empty when the connections stood throughout.
std::vector<finding> judge_watch(const watch_facts& seen);

/// One line about a drop.
words describe(const watch_drop& one);

/// One line that says what the watch proved.
words summary_of(const watch_facts& seen);

}  // namespace mqttkit::doctor
