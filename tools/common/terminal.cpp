#include "common/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace mqttkit::tools {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool is_terminal(int fd) noexcept { return ::isatty(fd) == 1; }

unsigned terminal_columns(int fd) noexcept {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

unsigned terminal_rows(int fd) noexcept {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

bool wants_colour(colour_when when, int fd) {
  if (when != colour_when::automatic) return when == colour_when::always;
  return is_terminal(fd) && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

}  // namespace mqttkit::tools
