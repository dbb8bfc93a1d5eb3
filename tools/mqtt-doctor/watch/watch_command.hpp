#pragma once

#include <optional>

#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

/// mqtt-doctor delivery --watch: prints a line for each drop when it happens, and the result at the
/// end. Returns the facts; nullopt when the broker could not be reached or did not let us in.
/// `ended_by` becomes the number of the signal that ended the watch, or stays.
std::optional<facts> watch(const examination& about, const tools::doctor_settings& settings,
                           int& ended_by);

/// The same for a gateway of MQTT-SN: the usual look, and then how long the network keeps a silent
/// client's way back open, with a line for each silence.
facts watch_gateway(const examination& about, const tools::doctor_settings& settings,
                    int& ended_by);

}  // namespace mqttkit::doctor
