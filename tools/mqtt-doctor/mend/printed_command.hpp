// Reads the commands that cures print, to know what each would run without a shell.
//
// A cure is a shell line of few parts: programs, "&&", ";" and a pipe into tee. A line with more
// (a substitution, a loop, a redirection) is not understood, and mend then leaves it to a
// person.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// A program and its arguments, without quotes.
struct simple_command {
  std::vector<std::string> words;
  bool is_piped = false;  ///< its output goes into the next program
};

/// Parses a line; nullopt when it holds something that is not understood.
std::optional<std::vector<simple_command>> read_command(std::string_view line);

/// Removes stop_command(), which ends a process and waits until it is gone, from the beginning of
/// `line`, with the "; " behind it. Returns the process, or 0 when the line begins otherwise.
int take_stop(std::string_view& line);

/// What printf or echo prints with these words; nullopt when that is not understood.
std::optional<std::string> printed_text_of(const std::vector<std::string>& words);

}  // namespace mqttkit::doctor
