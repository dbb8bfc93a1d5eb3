// The report about a capture: a paragraph for each client.
#pragma once

#include <string>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

/// @param how  with `verbose` every packet of every connection is listed
std::string capture_page(const recording& of, const report_style& how);

/// What is said below the clients to who told what he sees: which of all findings is behind it, or
/// that none is; "" where he told nothing.
/// @param made  of all clients
std::string symptom_page(symptom seen, const diagnosis& made, const report_style& how);

/// Where the capture was made: "recorded on the server (as its packets show)"; empty when unknown.
sentence place_words(const capture_facts& of);

}  // namespace mqttkit::doctor
