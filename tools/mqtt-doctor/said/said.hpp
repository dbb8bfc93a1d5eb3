// Finds the text that an app showed in the table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/said/details.hpp"
#include "mqtt-doctor/said/place.hpp"
#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

/// Bytes of a text that are read: a screenful of a log.
inline constexpr std::size_t most_said = 16384;

/// Words and numbers of a text in lower case; a number keeps its sign ("rc=-2": rc, -2).
std::vector<std::string> said_words(std::string_view text);

/// The matching rows of one meaning.
struct reading {
  meaning means;
  std::vector<const said_row*> rows;
};

/// The possible meanings of a text, the closest first. An app that `app` or the text names comes
/// before others, and where it uses a number itself, others' meanings of this number are left out.
std::vector<reading> readings_of(std::string_view text, std::string_view app);

/// The broker that the text names; of a broker's own log only the port.
named_broker broker_of(std::string_view text, std::string_view app);

/// What a line of a broker's or proxy's log names; nothing for an app's words.
std::vector<said_detail> named_in(std::string_view text, std::string_view app,
                                  const std::vector<reading>& found);

/// The command to run next, with the named broker in place of broker.example.
std::string command_of(const meaning_row& row, const named_broker& broker);

}  // namespace mqttkit::doctor
