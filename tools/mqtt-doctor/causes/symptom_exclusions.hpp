// What the probes exclude where nothing explains what the user sees.
#pragma once

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// Adds to the finding what was tried and went well, in so far as it bears on what is seen.
void say_what_was_excluded(const view& known, symptom seen, finding& into);

}  // namespace mqttkit::doctor
