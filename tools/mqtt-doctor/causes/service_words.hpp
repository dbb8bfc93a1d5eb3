// How a service that is no MQTT broker is called.
#pragma once

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// "a web server"; "another service" where it is none of those known.
const char* name_of_service(spoken_protocol speaks) noexcept;

}  // namespace mqttkit::doctor
