#pragma once

#include <optional>

#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

/// mqtt-doctor delivery --watch: a line for each drop as it happens, and the verdict at the end.
/// The facts; nullopt when the broker could not be reached or did not let us in. `ended_by` becomes
/// the number of the signal that ended it, or stays as it is.
std::optional<facts> watch(const examination& about, const tools::doctor_settings& settings,
                           int& ended_by);

/// The same of a gateway of MQTT-SN: the usual look at it, and then how long the network keeps a
/// silent client's way back; a line for each silence that is over.
facts watch_gateway(const examination& about, const tools::doctor_settings& settings,
                    int& ended_by);

}  // namespace mqttkit::doctor
