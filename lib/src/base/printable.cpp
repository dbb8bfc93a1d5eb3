#include "mqttkit/base/printable.hpp"

#include <algorithm>

#include "mqttkit/base/text.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit {
namespace {

/// The code point that begins `text`, which is well-formed there, and its length.
char32_t first_code_point(std::string_view text, std::size_t& length) {
  const auto lead = static_cast<unsigned char>(text[0]);
  length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return code;
}

/// Characters that move the cursor or reorder what is around them.
bool is_unsafe(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit) + 8);
  const auto escape = [&](std::string_view bytes) {
    for (const char c : bytes) {
      out += "\\x";
      append_hex(out, static_cast<std::uint8_t>(c), letter_case::upper);
    }
  };
  std::size_t well_formed = utf8_error_at(text);  // up to where; npos means all
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = out.size();
    if (at == well_formed) {
      escape(text.substr(at, 1));
      ++at;
      const std::size_t next = utf8_error_at(text.substr(at));
      well_formed = next == std::string_view::npos ? next : at + next;
    } else {
      std::size_t length = 1;
      const char32_t code = first_code_point(text.substr(at), length);
      if (is_unsafe(code)) {
        escape(text.substr(at, length));
      } else {
        out += text.substr(at, length);
      }
      at += length;
    }
    if (out.size() > limit) {
      out.resize(before);
      return out + "...";
    }
  }
  return out;
}

}  // namespace mqttkit
