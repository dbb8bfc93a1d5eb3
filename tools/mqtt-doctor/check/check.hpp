#pragma once

#include "cli/translation.hpp"
#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// mqtt-doctor check: examines each target and reports it, once or again and again. Returns the
/// exit status.
int check(const tools::doctor_settings& settings, const tools::stderr_log& log,
          tools::translate_function translate);

}  // namespace mqttkit::doctor
