#pragma once

#include <chrono>
#include <string_view>

namespace mqttkit::tools {

/// Reads a time as RFC 3339 writes it, "2026-11-21T04:46:43.123456Z" or with an offset; digits
/// behind the microseconds are dropped. False when it is not one; `out` is unchanged then.
bool read_recorded_time(std::string_view text, std::chrono::system_clock::time_point& out);

}  // namespace mqttkit::tools
