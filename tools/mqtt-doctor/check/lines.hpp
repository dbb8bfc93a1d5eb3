// What check prints: a line for each target, as text or JSON, and a single line for Nagios.
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

  /// The line of a target; it ends with a newline and is no wider than the terminal.
  std::string line(const checked& row) const;

 private:
  const report_style& how_;
  std::size_t name_width_;
};

/// "40 brokers: 37 ok, 1 warning, 2 problems", with a newline.
std::string summary_line(std::span<const checked> all);

/// A JSON object and a newline; mqtt-doctor(1) lists its members.
/// @param was  the state and cause before; nullptr where no state is kept
struct past {
  check_state state = check_state::ok;
  std::string cause;

  bool operator==(const past&) const = default;
};
std::string json_line(const checked& row, const past* was);

/// A line in the format of the guidelines for plugins: words, a bar, performance data.
std::string nagios_line(std::span<const checked> all);
/// The plugin's exit code: 0, 1 or 2.
int nagios_code(std::span<const checked> all);

/// The exit status for all targets: among those with the worst state, that of the lowest layer,
/// which has the smallest code.
int worst_code(std::span<const checked> all);

}  // namespace mqttkit::doctor
