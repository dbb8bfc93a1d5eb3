// The report about a capture: a paragraph for each client.
#pragma once

#include <string>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

/// @param how  with `verbose` every packet of every connection is listed
std::string capture_page(const recording& of, const report_style& how);

/// Where the capture was made: "recorded on the server (as its packets show)"; empty when unknown.
/// when nothing is known.
sentence place_words(const capture_facts& of);

}  // namespace mqttkit::doctor
