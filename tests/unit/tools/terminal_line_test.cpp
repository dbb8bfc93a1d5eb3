#include "message/terminal_line.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

std::string shown(std::string_view payload, bool has_colour = false, bool retain = false,
                  std::string_view topic = "a/b") {
  publish_packet message;
  message.topic = topic;
  message.payload = as_bytes(payload);
  message.retain = retain;
  byte_buffer out;
  terminal_line(has_colour).append(out, message, {});
  return std::string(as_text(out.view()));
}

// Without the time, which depends on the time zone.
std::string line(std::string_view payload, std::string_view topic = "a/b") {
  return shown(payload, false, false, topic).substr(13);
}

}  // namespace

TEST_CASE("a person sees time, topic and payload") {
  CHECK(shown("on").substr(2) == ":00:00.000 a/b on\n");
  CHECK(line("") == "a/b (empty)\n");
  CHECK(shown("on", false, true).substr(13) == "a/b (retained) on\n");
  CHECK(shown("on", true).find("\033[1;36ma/b\033[0m on\n") != std::string::npos);
  CHECK(shown("on", false).find('\033') == std::string::npos);
}

TEST_CASE("what a payload holds never moves the cursor") {
  CHECK(line("red \033[31m") == "a/b red \\x1B[31m\n");
  CHECK(line("x", "a\033]0;title\007b") == "a\\x1B]0;title\\x07b x\n");
  CHECK(line("\xC2\x9B"
             "31m") == "a/b \\xC2\\x9B31m\n");  // CSI as one character
  CHECK(line("a\rb") == "a/b a\\x0Db\n");
}

TEST_CASE("further lines of a payload are indented, so that none poses as a message") {
  CHECK(line("{\r\n\t1\n}\n") == "a/b {\n    \t1\n    }\n");
  CHECK(line("x\n09:00:00.000 door open") == "a/b x\n    09:00:00.000 door open\n");
}

TEST_CASE("what is not text is dumped") {
  CHECK(line(std::string_view("\0\x01\xFE\xFF"
                              "A|",
                              6)) ==
        "a/b 6 bytes\n"
        "    0000  00 01 fe ff 41 7c                                 |....A||\n");
  const std::string rows = line(std::string(17, '\x01'));
  CHECK(rows.find("    0010  01 ") != std::string::npos);
  CHECK(is_readable("温度 \t\r\n"));
  CHECK_FALSE(is_readable("\x01"));
  CHECK_FALSE(is_readable("\xFF"));
}

TEST_CASE("a dump ends after a kilobyte, and says what is left out") {
  const std::string text = line(std::string(3000, '\0'));
  CHECK(text.find("    03f0  ") != std::string::npos);
  CHECK(text.find("    0400  ") == std::string::npos);
  CHECK(text.ends_with("    ... and 1976 bytes more (--raw)\n"));
}

TEST_CASE("of a very long text the beginning is shown, and how much more there is") {
  std::string text(1'048'575, 'x');
  text += "\xE2\x82\xAC and more";  // the character would not fit whole
  CHECK(line(text) ==
        "a/b " + std::string(1'048'575, 'x') + "\n    ... and 12 bytes more (--raw)\n");
  CHECK(line(std::string(1'048'576, 'x')).size() == 4 + 1'048'576 + 1);
}
