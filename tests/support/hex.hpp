// Bytes in tests are written as hexadecimal text: hex("20 02 00 00").
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::test {

/// The bytes `text` spells, two digits each, spaces wherever it reads better. Exactly sized, so
/// that a sanitizer sees a read past the end. Throws std::invalid_argument for other characters.
inline std::vector<std::byte> hex(std::string_view text) {
  std::vector<std::byte> bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) throw std::invalid_argument("hex: not a digit in: " + std::string(text));
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::byte>(high << 4 | digit));
      high = -1;
    }
  }
  if (high >= 0) throw std::invalid_argument("hex: odd number of digits in: " + std::string(text));
  bytes.shrink_to_fit();
  return bytes;
}

/// The same as text, where a test puts texts together.
inline std::string hex_text(std::string_view digits) { return std::string(as_text(hex(digits))); }

/// "20 02 00 00", to be compared with what a test expects.
inline std::string to_hex(bytes_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const std::byte each : bytes) {
    if (!text.empty()) text += ' ';
    text += digits[std::to_integer<std::size_t>(each) >> 4];
    text += digits[std::to_integer<std::size_t>(each) & 0x0F];
  }
  return text;
}

}  // namespace mqttkit::test
