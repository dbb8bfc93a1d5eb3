// A place that got no answer, and a capture made on the server at the same time: did the packets of
// that place arrive there?
#pragma once

#include <vector>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// Adds what captures made on the server prove by missing packets: no SYN came for the port at
/// which a place of `from` waited in vain.
void add_absences(const std::vector<recording>& captures, const std::vector<vantage>& from,
                  diagnosis& into);

}  // namespace mqttkit::doctor
