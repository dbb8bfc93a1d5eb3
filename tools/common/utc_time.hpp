#pragma once

#include <chrono>
#include <string_view>

namespace mqttkit::tools {

/// Times as text, RFC 3339 in UTC with microseconds: "2026-11-21T04:27:25.080758Z". Keeps the
/// second it formatted last, so that times which share it cost no calendar.
class utc_time {
 public:
  /// Valid until the next call.
  std::string_view text_of(std::chrono::system_clock::time_point time);

 private:
  std::chrono::sys_seconds second_{std::chrono::seconds(-1)};
  char text_[28] = "1970-01-01T00:00:00.000000Z";
};

}  // namespace mqttkit::tools
