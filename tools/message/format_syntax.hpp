// The language of -F: what is valid, and what each escape means. Used by the parser of the command
// line (errors), by mqtt-sub (output) and by the man page (OUTPUT FORMAT).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::tools {

/// One piece of a format.
struct format_piece {
  enum class kind : std::uint8_t {
    text,     ///< bytes as they are
    message,  ///< %c
    clock,    ///< @c, through strftime(3)
  };
  kind type = kind::text;
  std::string text;   ///< of kind::text; neighbours are merged, escapes resolved
  char letter = 0;    ///< of the others
  bool left = false;  ///< flag -
  char pad = ' ';     ///< '0' with flag 0
  int width = 0;
  int precision = -1;    ///< -1 when not given
  char separator = ' ';  ///< of %x and %X, between groups of `precision` digits

  format_piece() = default;
};

/// Takes `format` apart. Returns what is wrong ("%z: no such escape (byte 3)"), or empty.
std::string parse_format(std::string_view format, std::vector<format_piece>& out);

/// A row of the man page.
struct format_escape {
  char letter;
  std::string_view flags;  ///< of "0-w": zero padding, left, width; then what the precision is:
                           ///< . the maximum width, d decimals, g digits a group
  std::string_view meaning;
};
/// The escapes that begin with %.
std::span<const format_escape> format_escapes() noexcept;
/// The escapes that begin with a backslash; `flags` is what is printed.
std::span<const format_escape> backslash_escapes() noexcept;

}  // namespace mqttkit::tools
