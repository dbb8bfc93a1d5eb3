// The commands that cures print, read back: what each would run, without a shell.
//
// A cure is a line for a person's shell, made of few parts: programs, "&&", ";", and a pipe into
// tee. What holds more than that (a substitution, a loop, a redirection) is not understood, and
// then mend leaves it to a person.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// A program and its arguments, quotes taken off.
struct simple_command {
  std::vector<std::string> words;
  bool is_piped = false;  ///< its output goes into the next one
};

/// Takes a line apart; nullopt when it holds what is not understood.
std::optional<std::vector<simple_command>> read_command(std::string_view line);

/// A command that ends the process and waits until it is gone (stop_command()), at the beginning of
/// `line`: takes it off, with the "; " behind it, and returns the process; 0 when there is none.
int take_stop(std::string_view& line);

/// What printf or echo writes with these words; nullopt for what is not understood.
std::optional<std::string> printed_text_of(const std::vector<std::string>& words);

}  // namespace mqttkit::doctor
