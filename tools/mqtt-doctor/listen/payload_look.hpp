// What is odd about a payload for one who reads it: JSON that ends too soon, a zero byte at the
// end. Pure. Payloads may hold anything, so only what hardly anybody means is called odd.
#pragma once

#include <cstdint>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

enum class payload_oddity : std::uint8_t {
  none,
  zero_behind,     ///< text, and a zero byte at its end
  line_end,        ///< a word or number, and a line break behind it
  blank_around,    ///< a word or number, and a blank before or behind it
  json_cut,        ///< JSON that ends in its middle
  json_in_quotes,  ///< JSON that was made JSON once more
  quoted,          ///< a word in quotation marks
  object_object,   ///< "[object Object]" or "undefined", of JavaScript
  bytes_literal,   ///< b'...', of Python
  utf16,           ///< text of two bytes a letter
  byte_order_mark,
  not_utf8,      ///< text with letters of one byte beyond ASCII
  compressed,    ///< gzip
  buffer_json,   ///< a Buffer of JavaScript, as JSON
  json_escaped,  ///< JSON with a backslash before each quotation mark
  not_a_number,  ///< nan, None, null
};

payload_oddity look_at_payload(bytes_view payload) noexcept;

/// The sentences of an oddity, with {who}, {topic}, {count}, {total} and {text}.
struct oddity_words {
  const char* fact;
  const char* cure;
  bool is_warning;
};
const oddity_words& words_of(payload_oddity what) noexcept;

/// Bytes of a payload that sentences show.
inline constexpr std::size_t longest_short_text = 48;
/// The beginning of a payload, shown().
std::string short_text(bytes_view payload);
/// Tells payloads apart without keeping them.
std::size_t hash_of(bytes_view payload) noexcept;

}  // namespace mqttkit::doctor
