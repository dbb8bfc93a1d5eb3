// Finds the text that an app showed in the table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

/// Bytes of a text that are read; an app shows no longer error.
inline constexpr std::size_t most_said = 4096;

/// Words and numbers of a text in lower case; a number keeps its sign ("rc=-2": rc, -2).
std::vector<std::string> said_words(std::string_view text);

/// The matching rows of one meaning.
struct reading {
  meaning means;
  std::vector<const said_row*> rows;
};

/// The possible meanings of a text, the closest first. `app`, part of a name in said_apps() or "",
/// narrows them, as does an app that the text names.
std::vector<reading> readings_of(std::string_view text, std::string_view app);

/// Whether an app has that name.
bool is_known_app(std::string_view app);

/// The broker that the text names, "192.168.1.10:1883"; "" when it names none.
std::string broker_in(std::string_view text);

/// The command to run next, with the named broker in place of broker.example.
std::string command_of(const meaning_row& row, const std::string& broker);

}  // namespace mqttkit::doctor
