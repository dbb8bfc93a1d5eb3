// The languages of the report (gettext).
#pragma once

#include <string>

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

/// Chooses the language of all words from now on: "en", "zh", or "" for the locale's.
///
/// Works without the locale being installed: catalogues are looked for beside the program
/// (../share/locale), and where it was configured to be installed.
void choose_language(const std::string& wanted);

/// Facts are in English whatever language was chosen: while it lives, so are the words of the
/// system.
class facts_in_english {
 public:
  facts_in_english();
  ~facts_in_english();
  facts_in_english(const facts_in_english&) = delete;
  facts_in_english& operator=(const facts_in_english&) = delete;
};

/// Whether the terminal's locale takes more than ASCII.
bool takes_utf8();

/// The sentence in the language chosen, its places filled.
std::string say(const sentence& what);

/// A word of the report itself.
std::string say(const char* text);

}  // namespace mqttkit::doctor
