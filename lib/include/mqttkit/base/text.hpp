// Small things about text that have one home. Letters are those of ASCII; others stay as they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit {

enum class letter_case : bool { lower, upper };

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string lower(std::string_view text);

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

bool contains(std::string_view text, std::string_view part) noexcept;
bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept;

/// The sixteen digits, "0123456789abcdef".
constexpr std::string_view hex_digits(letter_case letters = letter_case::lower) noexcept {
  return letters == letter_case::upper ? "0123456789ABCDEF" : "0123456789abcdef";
}

/// Appends the two digits of a byte.
inline void append_hex(std::string& out, std::uint8_t byte,
                       letter_case letters = letter_case::lower) {
  const std::string_view digits = hex_digits(letters);
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

/// Two digits for each byte, nothing between them.
std::string hex_text(bytes_view bytes);

/// `host:port`, an IPv6 address in brackets.
std::string host_and_port(std::string_view host, std::string_view port);
std::string host_and_port(std::string_view host, unsigned port);

/// `host`, an IPv6 address in brackets: as in front of a port or in a URL.
std::string bracketed(std::string_view host);

}  // namespace mqttkit
