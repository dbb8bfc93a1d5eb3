// What check prints: a line a target, for a person or as JSON, and one line for Nagios.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "mqtt-doctor/check/outcome.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

/// A table whose lines can be printed one by one.
class check_table {
 public:
  /// @param name_width  columns of the longest name; cut where the terminal has too few
  check_table(const report_style& how, std::size_t name_width);

  /// Ends with a newline, and is no wider than the terminal.
  std::string line(const checked& row) const;

 private:
  const report_style& how_;
  std::size_t name_width_;
};

/// "40 brokers: 37 ok, 1 warning, 2 problems" and a newline.
std::string summary_line(std::span<const checked> all);

/// One object and a newline; its members are those of mqtt-doctor(1).
/// @param was  the state and cause before; nullptr where nothing remembers
struct past {
  check_state state = check_state::ok;
  std::string cause;

  bool operator==(const past&) const = default;
};
std::string json_line(const checked& row, const past* was);

/// One line as the guidelines for plugins want it: words, a bar, performance data.
std::string nagios_line(std::span<const checked> all);
/// 0, 1 or 2.
int nagios_code(std::span<const checked> all);

/// The exit status of all together: of those that have the worst state, that of the layer furthest
/// down, which is the smallest.
int worst_code(std::span<const checked> all);

}  // namespace mqttkit::doctor
