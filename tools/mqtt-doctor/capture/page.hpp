// What a capture shows, as text: a paragraph for each client.
#pragma once

#include <string>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

/// @param how  with `verbose` every step of every connection
std::string capture_page(const recording& of, const report_style& how);

/// What it says of the place of a capture: "recorded on the server (as its packets show)"; empty
/// when nothing is known.
sentence place_words(const capture_facts& of);

}  // namespace mqttkit::doctor
