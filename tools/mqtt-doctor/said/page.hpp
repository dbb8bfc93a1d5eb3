// The answer to --said, as a page and as JSON.
#pragma once

#include <string>

#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/said/said.hpp"

namespace mqttkit::doctor {

/// The text that an app showed, and the app's name ("" when it was not given).
struct said_text {
  std::string text;
  std::string app;

  said_text() = default;
};

/// A paragraph for each possible meaning, the closest first; advice when there is none.
std::string said_page(const said_text& about, const std::vector<reading>& found,
                      const report_style& how);

/// The same answer as a JSON document.
std::string said_json(const said_text& about, const std::vector<reading>& found);

}  // namespace mqttkit::doctor
