// What mqtt-sub shows on a terminal when nobody asked for a format:
//
//   09:47:38.227 room/kitchen/light on
//   09:47:38.301 room/kitchen/raw 5 bytes
//       0000  00 01 FE FF 41                                    |....A|
//
// Nothing that comes from the network reaches the terminal as a control: topics and texts are
// escaped, payloads that are not text are dumped, and further lines of a payload are indented, so
// that no payload can pose as a message.
#pragma once

#include <chrono>
#include <string_view>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// See the head of this file.
class terminal_line {
 public:
  explicit terminal_line(bool has_colour) : has_colour_(has_colour) {}

  void append(byte_buffer& out, const publish_packet& message,
              std::chrono::system_clock::time_point arrived) const;

 private:
  void append_coloured(byte_buffer& out, std::string_view colour, std::string_view text) const;
  void append_rest(byte_buffer& out, std::size_t size) const;

  bool has_colour_;
};

/// Whether a person would rather read `payload` as text: UTF-8 without control bytes, but for tab,
/// line ends and ESC (which colours logs, and is shown escaped).
bool is_readable(std::string_view payload) noexcept;

}  // namespace mqttkit::tools
