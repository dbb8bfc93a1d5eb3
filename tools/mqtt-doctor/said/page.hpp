// What --said answers, for a person and for a program.
#pragma once

#include <string>

#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/said/said.hpp"

namespace mqttkit::doctor {

/// What an app showed, and who it was ("" when nobody said).
struct said_text {
  std::string text;
  std::string app;

  said_text() = default;
};

/// One paragraph for each thing it may mean, the closest first; what to do when there is none.
std::string said_page(const said_text& about, const std::vector<reading>& found,
                      const report_style& how);

/// The same as one JSON document.
std::string said_json(const said_text& about, const std::vector<reading>& found);

/// The apps of the table, for a usage error: "PubSubClient, Tasmota; ...".
std::string known_apps();

}  // namespace mqttkit::doctor
