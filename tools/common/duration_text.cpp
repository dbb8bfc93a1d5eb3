#include "common/duration_text.hpp"

#include <cstdio>

namespace mqttkit::tools {
namespace {

// Rounds without lround(), for which each program would have to load the mathematics library.
long nearest(double positive) { return static_cast<long>(positive + 0.5); }

}  // namespace

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

std::string time_text(double milliseconds) {
  char text[48];
  if (milliseconds >= 1000) {
    std::snprintf(text, sizeof text, "%.1f s", milliseconds / 1000);
  } else {
    std::snprintf(text, sizeof text, milliseconds >= 10 ? "%.0f ms" : "%.1f ms", milliseconds);
  }
  return text;
}

std::string silence_text(double seconds) {
  char text[48];
  std::snprintf(text, sizeof text, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  return text;
}

std::string rough_text(double seconds) {
  if (seconds < 120) return std::to_string(nearest(seconds)) + " s";
  return std::to_string(nearest(seconds / 60)) + " min";
}

}  // namespace mqttkit::tools
