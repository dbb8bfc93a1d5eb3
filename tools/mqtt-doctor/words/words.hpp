// Sentences for a person, kept apart from what fills their places, so that they can be translated
// when they are printed and compared when they are tested.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <utility>

namespace mqttkit::doctor {

/// Marks a sentence for the translators (xgettext -k_N); does nothing else.
constexpr const char* N_(const char* text) noexcept { return text; }

/// A sentence in English, which is also its key in the catalogue, with {named} places.
struct words {
  std::string text;
  std::map<std::string, std::string> places;
  std::string seen_by;  ///< the vantage point that says so ("laptop.json"); "" when there is one

  words() = default;
  words(const char* sentence) : text(sentence) {}  // NOLINT: a sentence without places is words
  words(const char* sentence, std::map<std::string, std::string> with)
      : text(sentence), places(std::move(with)) {}
  bool empty() const noexcept { return text.empty(); }
};

/// `text` with every {name} replaced; a place nobody filled stays as it is.
std::string fill(const std::string& text, const std::map<std::string, std::string>& places);

/// The sentence in English.
std::string in_english(const words& from);

}  // namespace mqttkit::doctor
