// mqtt-doctor mend: examines, shows the cure, asks, carries it out and examines again.
#pragma once

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

/// Returns the exit code of what is found afterwards; 1 when a begun change failed and was undone,
/// or when there is nothing to undo, or undoing is not possible.
int mend(const examination& about, const tools::doctor_settings& settings,
         const tools::stderr_log& log);

}  // namespace mqttkit::doctor
