// The words of a command line, matched with the option table. Knows the table's spelling rules and
// nothing about what an option does.
//
// Read as mosquitto's clients read theirs: whatever follows an option that takes a value is its
// value, also when it begins with a dash (-m -5, -m --x). Beyond that --name=value, -q1 and -rd are
// understood, except where a one-dash word is nearly a long name (-topic), which is a slip and not
// an attached value. A URL where an option is expected goes without -L.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/option_table.hpp"

namespace mqttkit::tools {

/// One option as it was given. Views point into argv.
struct argument {
  const option_row* row = nullptr;
  std::string_view spelled;               ///< "-t", "--topic"; "URL" when it stands alone
  std::array<std::string_view, 4> words;  ///< the value; up to four words for -D
  std::size_t word_count = 0;

  std::string_view value() const noexcept { return words[0]; }
};

/// Matches argv[1..] with the options of `which`.
///
/// Returns what is wrong, as one sentence without the program's name; empty when all is well.
std::string read_arguments(program which, int argc, char** argv, std::vector<argument>& out);

/// The long name nearest to a misspelt one, with its dashes; empty when none is near.
std::string suggest_option(program which, std::string_view misspelt);

/// The candidate nearest to `misspelt`; empty when none is near.
std::string_view nearest(std::string_view misspelt,
                         const std::vector<std::string_view>& candidates);

/// Letters to insert, remove, replace or swap to make one of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Overwrites characters of argv, so that ps(1) does not show them.
void wipe(std::string_view in_argv) noexcept;

}  // namespace mqttkit::tools
