// The language of reports (gettext).
#pragma once

#include <string>

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

/// Chooses the language of all words that follow: "en", "zh", or "" for the locale's.
///
/// The locale need not be installed: catalogues are found beside the program (../share/locale), and
/// where the build was to be installed.
void choose_language(const std::string& wanted);

/// While this object lives, the system's messages are English, as all facts are, whatever language
/// was chosen.
class facts_in_english {
 public:
  facts_in_english();
  ~facts_in_english();
  facts_in_english(const facts_in_english&) = delete;
  facts_in_english& operator=(const facts_in_english&) = delete;
};

/// Whether the locale's encoding has more than ASCII.
bool takes_utf8();

/// The sentence in the chosen language with its places filled.
std::string say(const sentence& what);

/// A word of the report in the chosen language.
std::string say(const char* text);

}  // namespace mqttkit::doctor
