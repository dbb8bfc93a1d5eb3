// Finds what an app showed among the rows of the table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

/// A text is looked at so far; nobody shows more to say what went wrong. Bytes.
inline constexpr std::size_t most_said = 4096;

/// The words and numbers of a text: lower case, a sign stays with its number ("rc=-2": rc, -2).
std::vector<std::string> said_words(std::string_view text);

/// Rows that mean the same, with what they have in common.
struct reading {
  meaning means;
  std::vector<const said_row*> rows;
};

/// What the text may mean, the closest match first. `app` narrows: part of a name in said_apps();
/// "" for any. An app that the text itself names narrows, too.
std::vector<reading> readings_of(std::string_view text, std::string_view app);

/// Whether an app is known by that name.
bool is_known_app(std::string_view app);

/// The broker that the text names, "192.168.1.10:1883"; "" when it names none.
std::string broker_in(std::string_view text);

/// The command to run next, with the broker that was named in place of broker.example.
std::string command_of(const meaning_row& row, const std::string& broker);

}  // namespace mqttkit::doctor
