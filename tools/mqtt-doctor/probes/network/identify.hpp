// What a server is, by the first bytes it says.
#pragma once

#include <string_view>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// What the first bytes of an answer are; see contact::speaks.
spoken_protocol identify(std::string_view bytes);

}  // namespace mqttkit::doctor
