#include "net/printable.hpp"

#include "mqttkit/base/utf8.hpp"

namespace mqttkit {
namespace {

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    out.append("\\x").append(1, digits[code >> 4]).append(1, digits[code & 15]);
  }
}

/// Bytes of the character that begins well-formed `text`.
std::size_t character_size(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// C0, DEL, C1 (U+0080..U+009F), line separators and direction marks (U+200E, U+200F,
/// U+2028..U+202E, U+2066..U+2069): they move the cursor or reorder what is shown.
bool is_unsafe(std::string_view character) noexcept {
  const auto byte = [character](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (character.size() != 3 || byte(0) != 0xE2) return false;
  if (byte(1) == 0x80)
    return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most_bytes) {
  const bool is_cut = text.size() > most_bytes;
  std::string_view rest = text.substr(0, most_bytes);
  std::string out;
  out.reserve(rest.size());
  while (!rest.empty()) {
    std::string_view sound = rest.substr(0, utf8_error_at(rest));
    rest.remove_prefix(sound.size());
    while (!sound.empty()) {
      const std::string_view character = sound.substr(0, character_size(sound));
      sound.remove_prefix(character.size());
      if (is_unsafe(character)) {
        append_escaped(out, character);
      } else {
        out.append(character);
      }
    }
    if (!rest.empty()) {
      append_escaped(out, rest.substr(0, 1));
      rest.remove_prefix(1);
    }
  }
  if (is_cut) out += "...";
  return out;
}

}  // namespace mqttkit
