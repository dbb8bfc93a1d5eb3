// Recognises a server's protocol by its first bytes.
#pragma once

#include <string_view>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The protocol of an answer's first bytes; see contact::speaks.
spoken_protocol identify(std::string_view bytes);

}  // namespace mqttkit::doctor
