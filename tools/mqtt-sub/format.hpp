// What mqtt-sub prints for a message: plain, verbose, or by -F, byte for byte as mosquitto_sub.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// Turns messages into bytes. Compiled once from the options, so that a message costs no parsing.
class message_formatter {
 public:
  struct options {
    std::string format;       ///< -F; empty means payload (and topic when verbose)
    bool verbose = false;     ///< -v
    bool no_newline = false;  ///< -N
    bool pretty = false;      ///< --pretty
    options() = default;
  };

  explicit message_formatter(options from);

  /// Appends what is printed for `message`, the end of line included. `arrived` is taken once per
  /// read from the network, not per message. Seconds are formatted once and reused.
  void append(byte_buffer& out, const publish_packet& message,
              std::chrono::system_clock::time_point arrived);

  /// Why `format` is not a format ("%z: no such escape"), with its offset; empty when it is one.
  static std::string check(std::string_view format);

 private:
  struct piece;
  struct clock_cache;
  // implementation's choice
};

}  // namespace mqttkit::tools
