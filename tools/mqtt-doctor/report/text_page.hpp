// The parts of every page for a terminal: marks, colours, and causes with evidence and cures.
#pragma once

#include <string>
#include <string_view>

#include "common/columns.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

/// The colon between two texts in the language's punctuation; then the colon at a line's end.
std::string colon();
std::string final_colon();

/// "certain", "likely" or "possible" in the chosen language.
std::string sureness(certainty how);
/// "on the server", "in the app" and so on, in the chosen language.
std::string place_of(const cure& remedy);

// Which of many findings a page shows:
/// Rivals worth a line beside the first cause.
std::vector<const finding*> rivals_of(const diagnosis& made);
/// Other certain faults, on other layers, to be mended next.
std::vector<const finding*> also_of(const diagnosis& made);
/// Warnings, and also notes when nothing is wrong.
std::vector<const finding*> remarks_of(const diagnosis& made);
inline constexpr std::size_t most_excluded = 4;

using tools::columns_of;

class text_page {
 protected:
  explicit text_page(const report_style& how) : how_(how) {}

  static constexpr const char* green = "\033[32m";
  static constexpr const char* red = "\033[31m";
  static constexpr const char* yellow = "\033[33m";
  static constexpr const char* bold = "\033[1m";

  /// Adds a line, broken at the terminal's width: its further lines begin under its text, or after
  /// `indent` blanks.
  void line(const std::string& text, std::size_t indent = 0);
  std::string dyed(const char* colour, const std::string& text) const;
  std::string mark(step_state state) const;

  /// Adds a cause's evidence; the next function adds its cures.
  void add_evidence(const finding& found);
  void add_cures(const std::vector<cure>& all);
  void add_command(const std::string& text);
  /// Adds lines of a file behind a bar, so that they are not typed as commands.
  void add_lines(const std::string& text);

  /// Adds the first cause, its rivals and the exclusions, then the warnings.
  void causes(const diagnosis& made);
  void remarks(const diagnosis& made);

  const report_style& how_;
  std::string out_;

 private:
  void add_cause(const finding& found);
};

}  // namespace mqttkit::doctor
