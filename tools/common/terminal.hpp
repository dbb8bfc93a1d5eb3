// What a terminal changes: colour, and whether there is a person to look.
#pragma once

#include <cstdint>

namespace mqttkit::tools {

/// --color
enum class colour_when : std::uint8_t {
  automatic,  ///< on a terminal, unless NO_COLOR is set or TERM is "dumb"
  always,
  never,
};

bool is_terminal(int fd) noexcept;

/// Width of the terminal behind `fd`; 0: it is none, or does not say.
unsigned terminal_columns(int fd) noexcept;

/// Height of the terminal behind `fd`; 0 as above.
unsigned terminal_rows(int fd) noexcept;

/// Whether what is written to `fd` may be coloured (https://no-color.org).
bool wants_colour(colour_when when, int fd);

}  // namespace mqttkit::tools
