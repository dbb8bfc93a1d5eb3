#pragma once

#include <string>
#include <system_error>

namespace mqttkit::tools {

/// Why a message could not be read.
struct input_error {
  std::error_code error{};
  bool too_large = false;  ///< longer than an MQTT packet can be

  explicit operator bool() const noexcept { return too_large || static_cast<bool>(error); }
};

/// Reads all of `fd`; `out` is undefined after an error.
input_error read_whole(int fd, std::string& out);

/// Reads all of the file at `path`.
input_error read_file(const std::string& path, std::string& out);

}  // namespace mqttkit::tools
