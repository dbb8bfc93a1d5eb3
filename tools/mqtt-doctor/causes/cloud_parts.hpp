// The parts of a cloud's login, compared with each other, the host and the clock.
#pragma once

#include <optional>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// What in a cloud's login contradicts another part of it, the host or the clock.
std::optional<sentence> cloud_contradiction(const view& known);

/// Says that user name and client identifier name the same device, where both have one.
std::optional<sentence> cloud_agreement(const view& known);

}  // namespace mqttkit::doctor
