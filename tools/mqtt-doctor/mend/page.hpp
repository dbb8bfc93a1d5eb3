// What mend shows: the cause, the difference, the commands, and what became of it.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/mend/journal.hpp"
#include "mqtt-doctor/mend/plan.hpp"
#include "mqtt-doctor/report/text_page.hpp"

namespace mqttkit::doctor {

/// In front of a command, as the shell of whoever runs it has it.
std::string prompt();

class mend_page : text_page {
 public:
  explicit mend_page(const report_style& how) : text_page(how) {}

  /// The cause, or the warning where nothing worse is wrong.
  mend_page& cause(const finding& found);
  /// What the plan does, or why it does nothing and what a person may do.
  mend_page& plan(const mend_plan& what, const finding& about);
  /// What an undo does.
  mend_page& undo(const journal_entry& entry);
  mend_page& tell(const sentence& what);
  std::string text() { return std::move(out_); }

 private:
  void command(const std::string& text);
  void files(const std::map<std::string, file_state>& before,
             const std::map<std::string, file_state>& after);
};

}  // namespace mqttkit::doctor
