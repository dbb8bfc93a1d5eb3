// Sentences for people, kept apart from the values in their places: so they can be translated when
// printed, and compared in tests.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// Marks a sentence for translation (xgettext -k_N), and does nothing else.
constexpr const char* N_(const char* text) noexcept { return text; }

/// A place's name and its value. It only refers to both: for an argument, not to be kept.
struct filled_place {
  std::string_view name;
  std::string_view value;

  filled_place(std::string_view place, std::string_view text) noexcept : name(place), value(text) {}
  /// A value given as the word of a fact.
  template <typename Word>
  requires requires(const Word& word) { word.view(); }
  filled_place(std::string_view place, const Word& word) : name(place), value(word.view()) {}
};

/// An English sentence, which is also its key in the catalogue, with {named} places. There are
/// thousands of sentences: their copies and moves are in the source, and not in each caller.
struct sentence {
  std::string text;
  std::map<std::string, std::string> places;
  std::string seen_by;  ///< the vantage point behind it ("laptop.json"); "" for a single one

  sentence() noexcept;
  sentence(const char* english);  // NOLINT: a text without places is a sentence
  sentence(const char* english, std::initializer_list<filled_place> with);
  sentence(const char* english, std::map<std::string, std::string> with);
  sentence(const sentence&);
  sentence(sentence&&) noexcept;
  sentence& operator=(const sentence&);
  sentence& operator=(sentence&&) noexcept;
  ~sentence();
  bool empty() const noexcept { return text.empty(); }
};

/// Makes a sentence: words(N_("Port {port} is closed."), {{"port", "1883"}})
sentence words(const char* english, std::initializer_list<filled_place> with = {});
sentence words(const char* english, std::map<std::string, std::string> with);

/// `text` with its {places} replaced; a place without value stays as it is.
std::string fill(const std::string& text, const std::map<std::string, std::string>& places);

/// The sentence in English.
std::string in_english(const sentence& from);

}  // namespace mqttkit::doctor
