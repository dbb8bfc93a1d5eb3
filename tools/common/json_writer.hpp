// Writes JSON (RFC 8259) value by value, over many lines or in one; commas, colons and indentation
// are its own care.
//
//   json_writer out(buffer, json_writer::layout::indented);
//   out.begin_object();
//   out.name("port");
//   out.integer(1883);
//   out.end_object();
//
// Texts come from networks and files: a byte that is no UTF-8 is written as U+FFFD, so that the
// document always is. A real number has the fewest digits that read back as the same, and a point
// or an exponent; what is not finite is null.
#pragma once

#include <cstdint>
#include <string_view>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {

/// See the head of this file. The caller opens and closes in pairs, and gives each name a value.
class json_writer {
 public:
  enum class layout : std::uint8_t {
    indented,  ///< a line a member or element, two spaces deeper at each level
    dense,     ///< no blanks at all
  };
  json_writer(byte_buffer& out, layout how) noexcept : out_(out), how_(how) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  /// Of the member whose value comes next.
  void name(std::string_view name);

  void string(std::string_view text);
  void integer(std::int64_t number);
  void real(double number);
  void boolean(bool value) { word(value ? "true" : "false"); }
  void null() { word("null"); }

 private:
  void before_value();
  void new_line();
  void open(char bracket);
  void close(char bracket);
  void word(std::string_view text);
  void quoted(std::string_view text);

  byte_buffer& out_;
  layout how_;
  unsigned depth_ = 0;
  bool is_first_ = true;  // nothing stands before the next value in its array or object
  bool follows_name_ = false;
};

}  // namespace mqttkit::tools
