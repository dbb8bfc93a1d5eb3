#include "common/stderr_log.hpp"

#include <unistd.h>

namespace mqttkit::tools {
namespace {

constexpr std::string_view clear_line = "\r\033[K";

// One write, so that lines of several programs in a pipeline do not mix. Nobody is left to tell
// when it fails.
void write_at_once(const std::string& text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

void stderr_log::say(std::string_view line) const {
  if (quiet_) return;
  std::string text = status_.empty() ? "" : std::string(clear_line);
  text.append(program_).append(": ").append(line).append("\n").append(status_);
  write_at_once(text);
}

void stderr_log::show_status(std::string_view line) const {
  if (quiet_ || (line.empty() && status_.empty())) return;
  status_ = line;
  write_at_once(std::string(clear_line) + status_);
}

}  // namespace mqttkit::tools
