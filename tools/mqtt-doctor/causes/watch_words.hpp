// What a watch saw, in words; its causes are in watch_causes.cpp.
#pragma once

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/facts/watch_facts.hpp"

namespace mqttkit::doctor {

/// One line about a drop.
words describe(const watch_drop& one);

/// The same with its time, for a report.
words moment_of(const watch_drop& one);

/// One line about the keep alive, ours and what the broker makes of it.
words keep_alive_of(const watch_facts& seen);

/// One line that says what the watch proved.
words summary_of(const watch_facts& seen);

}  // namespace mqttkit::doctor
