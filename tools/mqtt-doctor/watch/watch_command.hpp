#pragma once

#include <optional>

#include "common/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

/// mqtt-doctor delivery --watch: a line for each drop as it happens, and the verdict at the end.
/// The facts; nullopt when the broker could not be reached or did not let us in.
std::optional<facts> watch(const examination& about, const tools::doctor_settings& settings);

}  // namespace mqttkit::doctor
