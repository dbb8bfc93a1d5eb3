#include "common/talk.hpp"

#include <unistd.h>

namespace mqttkit::tools {

void talk::say(std::string_view line) const {
  if (quiet_) return;
  std::string text = program_;
  text.append(": ").append(line).append("\n");
  // One write, so that lines of several programs in a pipeline do not mix. Nobody is left to tell
  // when it fails.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace mqttkit::tools
