// A pasted text without what its screen, its log or its quoting added.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// The text without colours, with escapes (\n, \u8fde, %3A, &quot;) decoded, and with the ASCII
/// signs for curly quotes, dashes and wide forms.
std::string plain_text(std::string_view text);

/// In lower case: ASCII, Latin-1 and Cyrillic letters.
std::string folded(std::string_view text);

/// The words that a name is made of: "NotSslRecord" is "Not Ssl Record"; "" for a single one.
std::string parts_of_name(std::string_view name);

/// The words that names of classes and codes are made of: "NotSslRecordException" is
/// "Not Ssl Record Exception"; each behind more words than a phrase's ** skips. "" without any.
std::string parts_of_names(std::string_view text);

struct said_word {
  std::string text;
  std::size_t from = 0, to = 0;  ///< bytes of the text
};

/// Whether '_' parts words.
enum class underscore : bool { joins, parts };

/// Words and numbers of a folded text; a number keeps its sign ("rc=-2": rc, -2), * and ** of a
/// phrase are words.
std::vector<said_word> words_in(std::string_view text, underscore how);

/// The first of them; "" for none.
std::string_view first_word_in(std::string_view text, underscore how);

constexpr bool is_ascii_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_ascii_digit(char c) noexcept { return c >= '0' && c <= '9'; }
/// A byte of UTF-8 beyond ASCII.
constexpr bool is_beyond_ascii(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80; }

}  // namespace mqttkit::doctor
