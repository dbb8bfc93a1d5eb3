// Sentences about a watch; its causes are in watch_causes.cpp.
#pragma once

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/facts/watch_facts.hpp"

namespace mqttkit::doctor {

/// A line about one drop.
sentence describe(const watch_drop& drop);

/// The same line with the drop's time, for a report.
sentence moment_of(const watch_drop& drop);

/// A line about the keep alive: ours, and the one the broker set.
sentence keep_alive_of(const watch_facts& watched);

/// A line with the result of the watch.
sentence summary_of(const watch_facts& watched);

}  // namespace mqttkit::doctor
