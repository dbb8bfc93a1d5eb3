// What an option does to the settings: each program has a table of setters beside its options.
//
//   {option_id::tree, on<&sub_settings::tree>()},
//   {option_id::exec_jobs, number<&sub_settings::exec_jobs>(1, 1000, "1 to 1000")},
//
// The functions that make them are members of settings_builder. A setter is a constant: the tables
// cost nothing at start-up, and a value is read without a search but for its row.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "cli/arguments.hpp"
#include "common/terminal.hpp"

namespace mqttkit::tools {

class settings_builder;

struct setter {
  /// Returns what is wrong with the value; empty when nothing is.
  using function = std::string (*)(settings_builder& line, const argument& given,
                                   const setter& how);

  function set = nullptr;
  std::string_view wrong = {};  ///< what to say of a value that cannot be read or is out of bounds
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
  bool needs_v5 = false;
  bool quotes = false;  ///< the value stands in quotes where it is wrong
};

struct setter_row {
  option_id id;
  setter how;
};

/// A word that a choice takes, and what it stands for.
template <class Value>
struct choice_word {
  std::string_view word;
  Value value;
};

/// Of --color.
inline constexpr choice_word<colour_when> colour_words[] = {{"auto", colour_when::automatic},
                                                            {"always", colour_when::always},
                                                            {"never", colour_when::never}};

}  // namespace mqttkit::tools
