#include "common/duration_text.hpp"

#include <cstdio>

namespace mqttkit::tools {

std::string duration_text(std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  char text[48];
  if (seconds < 1) {
    std::snprintf(text, sizeof text, "%.1f ms", seconds * 1e3);
  } else if (seconds < 60) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else {
    const auto whole = static_cast<long>(seconds);
    std::snprintf(text, sizeof text, "%ld min %ld s", whole / 60, whole % 60);
  }
  return text;
}

std::string seconds_text(std::chrono::microseconds limit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.10g s", std::chrono::duration<double>(limit).count());
  return text;
}

}  // namespace mqttkit::tools
