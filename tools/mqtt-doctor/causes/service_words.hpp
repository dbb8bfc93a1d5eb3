// Names for services that are no MQTT brokers.
#pragma once

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The service's name; "another service" for one that is not known.
const char* name_of_service(spoken_protocol speaks) noexcept;

}  // namespace mqttkit::doctor
