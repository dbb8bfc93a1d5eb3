// A command line as a question for the probes.
#pragma once

#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

/// What `settings` ask about, and with which logins and files.
examination question_of(const tools::doctor_settings& settings);

}  // namespace mqttkit::doctor
