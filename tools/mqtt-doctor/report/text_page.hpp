// What every page for a terminal is made of: marks, colours, a cause with its evidence and cures.
#pragma once

#include <string>
#include <string_view>

#include "common/columns.hpp"
#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

/// "a: b" in the punctuation of the language, and the same at the end of a line.
std::string colon();
std::string final_colon();

/// "certain", "likely", "possible" in the language chosen.
std::string sureness(certainty how);
/// "on the server", "in the app", ... in the language chosen.
std::string place_of(const cure& remedy);

// Which of many findings a page has room for.
/// Rivals worth a person's time beside the first cause.
std::vector<const finding*> rivals_of(const diagnosis& made);
/// Others that hold as well, to be mended next: what is certain on another layer.
std::vector<const finding*> also_of(const diagnosis& made);
/// Warnings, and notes where nothing is wrong.
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

  /// One line, or as many as the terminal's width makes of it: those after the first begin under
  /// the text of the first, or after `indent` blanks.
  void line(const std::string& text, std::size_t indent = 0);
  std::string dyed(const char* colour, const std::string& text) const;
  std::string mark(step_state state) const;

  /// One cause with its evidence; with its cures.
  void add_evidence(const finding& found);
  void add_cures(const std::vector<cure>& all);
  void add_command(const std::string& text);
  /// Behind a bar, so that nobody types them.
  void add_lines(const std::string& text);

  /// The first cause, its rivals and what was ruled out; then the warnings.
  void causes(const diagnosis& made);
  void remarks(const diagnosis& made);

  const report_style& how_;
  std::string out_;

 private:
  void add_cause(const finding& found);
};

}  // namespace mqttkit::doctor
