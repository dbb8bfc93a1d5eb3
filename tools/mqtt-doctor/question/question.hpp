// From a command line to the question that the probes answer.
#pragma once

#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

/// What `settings` ask about, with the logins and files to use.
examination question_of(const tools::doctor_settings& settings);

}  // namespace mqttkit::doctor
