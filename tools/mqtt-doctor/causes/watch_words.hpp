// What a watch saw, in words; its causes are in watch_causes.cpp.
#pragma once

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/facts/watch_facts.hpp"

namespace mqttkit::doctor {

/// One line about a drop.
sentence describe(const watch_drop& drop);

/// The same with its time, for a report.
sentence moment_of(const watch_drop& drop);

/// One line about the keep alive, ours and what the broker makes of it.
sentence keep_alive_of(const watch_facts& watched);

/// One line that says what the watch proved.
sentence summary_of(const watch_facts& watched);

}  // namespace mqttkit::doctor
