// A laptop that got no answer, and a capture from the server of the same time: whether its attempts
// arrived there.
#pragma once

#include <vector>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// Adds what captures made on the server say by what is not in them: nobody asked for the port at
/// which a place of `from` waited in vain.
void add_absences(const std::vector<recording>& captures, const std::vector<vantage>& from,
                  diagnosis& into);

}  // namespace mqttkit::doctor
