// Checks of strings that stand on the path of every PUBLISH: eight bytes at a time for ASCII, the
// exact and slower answer only for what is not plain.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

namespace mqttkit {

enum class wildcards : bool { refused, allowed };

/// Whether every byte is ASCII, none is NUL and, where they are refused, none is + or #. False does
/// not mean invalid: ask check_string() or check_topic_name().
template <wildcards Wildcards>
inline bool is_plain(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u;
  constexpr std::uint64_t highs = 0x8080808080808080u;
  // (x - ones) & ~x & highs is not zero exactly when a byte of x is zero. + and # differ in one bit
  // (0x2B, 0x23), which is cleared to look for both at once.
  const auto plain = [](std::uint64_t block) noexcept {
    std::uint64_t found = block | ((block - ones) & ~block);
    if constexpr (Wildcards == wildcards::refused) {
      const std::uint64_t wild = (block & ~(ones * 0x08)) ^ (ones * 0x23);
      found |= (wild - ones) & ~wild;
    }
    return (found & highs) == 0;
  };
  const char* at = text.data();
  const std::size_t size = text.size();
  std::uint64_t block = 0;
  if (size >= 8) {
    const char* const last = at + size - 8;
    for (; at < last; at += 8) {
      std::memcpy(&block, at, 8);
      if (!plain(block)) return false;
    }
    std::memcpy(&block, last, 8);  // the tail, overlapping what was looked at
    return plain(block);
  }
  if (size >= 4) {
    std::uint32_t front = 0, back = 0;
    std::memcpy(&front, at, 4);
    std::memcpy(&back, at + size - 4, 4);
    return plain(static_cast<std::uint64_t>(back) << 32 | front);
  }
  block = ones * '/';
  for (std::size_t i = 0; i < size; ++i) {
    block = block << 8 | static_cast<unsigned char>(at[i]);
  }
  return plain(block);
}

inline bool is_plain_topic(std::string_view text) noexcept {
  return is_plain<wildcards::refused>(text);
}

/// Errors: string_too_long, malformed_utf8 (also for NUL).
std::error_code check_string(std::string_view text) noexcept;

/// Errors: as above, and invalid_topic_name.
std::error_code check_topic_name(std::string_view name) noexcept;

/// Errors: as above, and invalid_topic_filter.
std::error_code check_topic_filter(std::string_view filter) noexcept;

}  // namespace mqttkit
