// What mqtt-sub prints for a message: plain, verbose, or by -F, byte for byte as mosquitto_sub.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "io/printout.hpp"
#include "message/format_syntax.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// Turns messages into bytes. Compiled once from the options, so that a message costs no parsing.
class message_formatter {
 public:
  struct options {
    std::string format;                   ///< -F; empty means payload (and topic when verbose)
    bool format_given = false;            ///< -F '': nothing but the end of line
    bool verbose = false;                 ///< -v
    bool no_newline = false;              ///< -N
    bool pretty = false;                  ///< --pretty
    bool retain_as_word = false;          ///< %j, %J: true and false, not 1 and 0
    bool user_properties_merged = false;  ///< %j, %J: one object, not an array of objects
    options() = default;
  };

  /// @param from  its format must be one: check() says so. What is wrong with it is left out.
  explicit message_formatter(const options& from);

  /// Appends what is printed for `message`, the end of line included. `arrived` is taken once per
  /// read from the network, not per message. Seconds are formatted once and reused.
  ///
  /// Without -F an empty payload prints nothing, with -v "topic (null)", as in mosquitto_sub.
  /// Returns 0, or the letter of the first escape that the payload does not suit: %J and a payload
  /// that is not JSON, %f and %d and one of another size. Nothing is printed in its place, and
  /// mosquitto_sub complains on stderr.
  char append(printout& to, const publish_packet& message,
              std::chrono::system_clock::time_point arrived);

  /// Why `format` is not a format ("%z: no such escape"), with its offset; empty when it is one.
  static std::string check(std::string_view format);

 private:
  enum class mode : std::uint8_t { plain, verbose, format };

  bool append_piece(printout& to, const format_piece& piece, const publish_packet& message) const;
  void append_field(printout& to, const format_piece& piece, const publish_packet& message) const;
  bool append_json(printout& to, const publish_packet& message, bool payload_is_json) const;
  void append_user_properties(byte_buffer& out, const publish_packet& message) const;
  void append_json_properties(byte_buffer& out, const publish_packet& message) const;
  void set_time(std::chrono::system_clock::time_point now);

  mode mode_ = mode::plain;
  bool newline_ = true;
  bool pretty_ = false;
  bool retain_is_word_ = false;
  bool user_properties_merged_ = false;
  bool needs_time_ = false;
  std::vector<format_piece> pieces_;

  // The time of arrival in every spelling asked for. Messages that one read brought share it.
  std::chrono::system_clock::time_point now_{};
  std::time_t second_ = -1;
  long nanoseconds_ = 0;
  std::vector<std::string> clock_texts_;  // of pieces_[i] when that is a strftime one
  std::string iso_;                       // %I
  std::string json_time_;                 // "2026-08-10T09:47:38.000000+0200"
};

}  // namespace mqttkit::tools
