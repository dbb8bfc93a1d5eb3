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
struct sentence {
  std::string text;
  std::map<std::string, std::string> places;
  std::string seen_by;  ///< the vantage point that says so ("laptop.json"); "" when there is one

  sentence() = default;
  sentence(const char* english) : text(english) {}  // NOLINT: a text without places is a sentence
  sentence(const char* english, std::map<std::string, std::string> with)
      : text(english), places(std::move(with)) {}
  bool empty() const noexcept { return text.empty(); }
};

/// In the words of `english`: words(N_("Port {port} is closed."), {{"port", "1883"}})
inline sentence words(const char* english, std::map<std::string, std::string> with = {}) {
  return {english, std::move(with)};
}

/// `text` with every {name} replaced; a place nobody filled stays as it is.
std::string fill(const std::string& text, const std::map<std::string, std::string>& places);

/// The sentence in English.
std::string in_english(const sentence& from);

}  // namespace mqttkit::doctor
