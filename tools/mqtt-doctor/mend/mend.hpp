// mqtt-doctor mend: looks, shows what helps, asks, does it, looks again.
#pragma once

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

/// Ends with the exit code of what is found afterwards; with 1 when what was begun failed and was
/// put back, or when there is nothing to undo or it cannot be.
int mend(const examination& about, const tools::doctor_settings& settings,
         const tools::stderr_log& log);

}  // namespace mqttkit::doctor
