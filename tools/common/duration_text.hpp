#pragma once

#include <chrono>
#include <string>

namespace mqttkit::tools {

/// "1.2 ms", "3.4 s", "2 min 5 s".
std::string duration_text(std::chrono::nanoseconds took);

/// What an option in seconds said: "3 s", "1.5 s".
std::string seconds_text(std::chrono::microseconds limit);

}  // namespace mqttkit::tools
