// What mend prints: the cause, the difference, the commands and their result.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/mend/journal.hpp"
#include "mqtt-doctor/mend/plan.hpp"
#include "mqtt-doctor/report/text_page.hpp"

namespace mqttkit::doctor {

/// The prompt before a command: "# " for root, "$ " for others.
std::string prompt();

class mend_page : text_page {
 public:
  explicit mend_page(const report_style& how) : text_page(how) {}

  /// The cause, or the warning when there is no cause.
  mend_page& cause(const finding& found);
  /// What the plan does, or why mend does nothing and what a person can do.
  mend_page& plan(const mend_plan& what, const finding& about);
  /// What an undo changes.
  mend_page& undo(const journal_entry& entry);
  mend_page& tell(const sentence& what);
  std::string text() { return std::move(out_); }

 private:
  void command(const std::string& text);
  void files(const std::map<std::string, file_state>& before,
             const std::map<std::string, file_state>& after);
};

}  // namespace mqttkit::doctor
