#pragma once

#include <chrono>
#include <string>

namespace mqttkit::tools {

/// "1.2 ms", "3.4 s", "2 min 5 s".
std::string duration_text(std::chrono::nanoseconds took);

/// What an option in seconds said: "3 s", "1.5 s".
std::string seconds_text(std::chrono::microseconds limit);

/// For what took a moment: "0.4 ms", "12 ms", "3.0 s".
std::string time_text(double milliseconds);

/// Tenths where they matter: "0.8 s", "12 s".
std::string silence_text(double seconds);

/// As a person says it: "90 s", "3 min".
std::string rough_text(double seconds);

}  // namespace mqttkit::tools
