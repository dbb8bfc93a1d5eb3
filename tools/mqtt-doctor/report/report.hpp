// What the doctor says, in the language chosen.
#pragma once

#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

struct watch_facts;

struct report_style {
  bool colour = false;
  bool utf8 = true;
  bool verbose = false;     ///< -v: every probe
  std::size_t columns = 0;  ///< lines are broken at it; 0: never
  std::string program = "mqtt-doctor";

  report_style() = default;
};

/// One screen: steps, cause, evidence, what was ruled out, what mends it.
std::string terminal_report(const facts& known, const diagnosis& made, const report_style& how);

/// The same for several places: a line for each, then the cause.
std::string terminal_report(const std::vector<vantage>& all, const diagnosis& made,
                            const report_style& how);

/// Facts and diagnosis as one JSON document.
std::string json_report(const facts& known, const diagnosis& made);

/// What several places together say, as one JSON document; their facts stay in their own files.
std::string json_report(const std::vector<vantage>& all, const diagnosis& made);

/// The JSON schema (2020-12) of both.
std::string json_schema();

/// The story of every connection, line by line.
std::string story(const facts& known);

}  // namespace mqttkit::doctor
