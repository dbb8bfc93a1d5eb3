// The targets of a check, read from the command line and a file.
#pragma once

#include <string>
#include <vector>

#include "cli/process_environment.hpp"
#include "mqtt-doctor/check/outcome.hpp"
#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"

namespace mqttkit::doctor {

struct check_target {
  check_label label;
  examination about;
  std::vector<std::string> accepted;  ///< ids of warnings that do not count

  check_target() = default;
};

struct target_list {
  std::vector<check_target> targets;
  std::vector<std::string> notes;   ///< each printed once
  std::vector<std::string> errors;  ///< a line for each, with file and line number
  bool is_unreadable = false;       ///< the file itself could not be read
};

/// Splits a line of the file into words: blanks separate, quotes keep together, and a # at the
/// beginning of a word starts a comment. Returns what is wrong, or nothing.
std::string split_target_line(std::string_view line, std::vector<std::string>& out);

/// All targets, in order. Mistakes in any of them are in `errors`, and then none may be examined:
/// half a fleet is not what was asked for.
target_list read_targets(const tools::check_settings& given,
                         const tools::process_environment& environment,
                         tools::translate_function translate);

}  // namespace mqttkit::doctor
