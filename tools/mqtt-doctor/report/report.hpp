// Reports in the chosen language, for a terminal and as JSON.
#pragma once

#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

struct watch_facts;

struct report_style {
  bool colour = false;
  bool utf8 = true;
  bool verbose = false;     ///< -v: the story of every probe
  std::size_t columns = 0;  ///< width at which lines are broken; 0: not at all
  std::string program = "mqtt-doctor";

  report_style() = default;
};

/// A report of about a screen: steps, cause, evidence, exclusions and cures.
std::string terminal_report(const facts& known, const diagnosis& made, const report_style& how);

/// The report of several vantage points: a line for each, then the common cause.
std::string terminal_report(const std::vector<vantage>& all, const diagnosis& made,
                            const report_style& how);

/// Facts and diagnosis as a JSON document.
std::string json_report(const facts& known, const diagnosis& made);

/// The common diagnosis of several vantage points as JSON; their facts are in files of their own.
std::string json_report(const std::vector<vantage>& all, const diagnosis& made);

/// The JSON schema (2020-12) of both documents.
std::string json_schema();

/// The story of every connection, for -v, line by line.
std::string story(const facts& known);

}  // namespace mqttkit::doctor
