#pragma once

#include <string>
#include <system_error>

#include "mqtt-pub/settings.hpp"

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

/// The message of -m, -f and -s as --in reads it. Returns what went wrong, in words; empty when
/// nothing did, and when the messages come from elsewhere.
std::string read_message(const pub_settings& settings, std::string& out);

/// Puts the file of --from-json in the place of standard input. Returns what went wrong.
std::string open_recording(const pub_settings& settings);

}  // namespace mqttkit::tools
