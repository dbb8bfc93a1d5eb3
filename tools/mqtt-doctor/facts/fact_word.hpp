// A word of a closed set, as a fact holds it and JSON spells it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "mqttkit/base/printable.hpp"

namespace mqttkit::doctor {

template <class Enum>
struct row {
  Enum value;
  const char* word;
};

/// The one table of an enumeration's words, specialised beside each enumeration: rows of `value`
/// and `word` in the order of the values, the first of which is "" (nothing).
template <class Enum>
inline constexpr int word_rows = 0;

/// Whether the rows are in the order of their values.
template <class Rows>
constexpr bool is_in_order(const Rows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].value) != i) return false;
  }
  return std::string_view(rows[0].word).empty();
}

template <class Enum>
constexpr const char* word_of(Enum value) noexcept {
  const auto& rows = word_rows<Enum>;
  return rows[static_cast<std::size_t>(value)].word;
}

/// A value of Enum, or a word without one. Facts may come from another version of this program: an
/// unknown word is kept, made safe for a terminal as every text is, and equals no value.
template <class Enum>
class fact_word {
 public:
  fact_word() = default;
  fact_word(Enum value) noexcept : value_(value) {}  // NOLINT: a value is a fact's word
  explicit fact_word(std::string_view word) {
    const auto& rows = word_rows<Enum>;
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const auto& candidate) { return candidate.word == word; });
    if (row != rows.end()) {
      value_ = row->value;
    } else {
      unknown_ = printable(word, word.size() * 4 + 1);  // whole: it takes four at most
    }
  }

  /// The enumerator; Enum's first one ("") for an unknown word.
  Enum value() const noexcept { return value_; }
  std::string word() const { return std::string(view()); }
  /// The word, valid as long as this object.
  std::string_view view() const noexcept {
    return unknown_.empty() ? std::string_view(word_of(value_)) : unknown_;
  }
  operator std::string() const { return word(); }  // NOLINT: to fill the place of a sentence
  bool empty() const noexcept { return value_ == Enum{} && unknown_.empty(); }
  void clear() { *this = {}; }

  friend bool operator==(const fact_word&, const fact_word&) = default;
  friend bool operator==(const fact_word& word, Enum value) noexcept {
    return word.value_ == value && word.unknown_.empty();
  }

 private:
  Enum value_{};
  std::string unknown_;
};

}  // namespace mqttkit::doctor
