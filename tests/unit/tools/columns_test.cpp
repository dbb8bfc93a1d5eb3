#include "common/columns.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace mqttkit::tools {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

TEST_CASE("a terminal gives two columns to a Chinese character and none to a colour") {
  CHECK(columns_of("") == 0);
  CHECK(columns_of("port 1883") == 9);
  CHECK(columns_of("端口") == 4);
  CHECK(columns_of("\033[31m✗\033[0m é") == 3);
}

TEST_CASE("lines break at blanks, and what follows is indented") {
  CHECK(wrapped("one two three four", 9, 2) == "one two\n  three\n  four");
  CHECK(wrapped("one two", 7) == "one two");
  CHECK(wrapped("one two ", 7) == "one two ");
  CHECK(wrapped("one two", 0) == "one two");
  CHECK(wrapped("one  two", 5) == "one\ntwo");  // no blank is left at the end
}

TEST_CASE("blanks that begin a line are its indentation and no place to break") {
  CHECK(wrapped("    /etc/mosquitto/mosquitto.conf is read", 20, 4) ==
        "    /etc/mosquitto/mosquitto.conf\n    is read");
}

TEST_CASE("a word wider than the terminal stays whole") {
  CHECK(wrapped("see /var/log/mosquitto/mosquitto.log for more", 10) ==
        "see\n/var/log/mosquitto/mosquitto.log\nfor more");
}

TEST_CASE("Chinese breaks between characters, but before no comma and after no opening bracket") {
  CHECK(wrapped("端口没有开放", 8) == "端口没有\n开放");
  CHECK(wrapped("端口没有，开放", 8) == "端口没\n有，开放");
  CHECK(wrapped("端口没（开放）", 8) == "端口没\n（开放）");
  CHECK(wrapped("用 mosquitto 的端口", 12) == "用 mosquitto\n的端口");
}

TEST_CASE("no line is wider than asked, whatever the width") {
  const std::string text =
      "Cause (certain): 云的安全组没有放行端口 1883，请在控制台（网络与安全）里添加 TCP 的规则。 "
      "Open it \033[1mfor all\033[0m or for the addresses you use.";
  for (std::size_t columns = 20; columns < 150; ++columns) {
    CAPTURE(columns);
    std::string joined;
    for (const auto& each : lines_of(wrapped(text, columns, 2))) {
      CHECK(columns_of(each) <= columns);
      joined += each.substr(each.find_first_not_of(' '));
    }
    // Nothing is lost but blanks.
    const auto dense = [](std::string with) {
      std::erase(with, ' ');
      return with;
    };
    CHECK(dense(joined) == dense(text));
  }
}

TEST_CASE("a line is cut at a whole character that still fits") {
  std::string line = "ab中文c";
  cut(line, 0);
  CHECK(line == "ab中文c");
  cut(line, 5);
  CHECK(line == "ab中");
  cut(line, 1);
  CHECK(line == "a");
}

TEST_CASE("what is too wide keeps its beginning and more of its end") {
  CHECK(shortened("room/kitchen", 12) == "room/kitchen");
  CHECK(shortened("building/floor/room/light", 10) == "bui…/light");
  CHECK(shortened("a/中文/中文", 6) == "a…中文");
  CHECK(shortened("a/中文/中文", 5) == "a…文");
  CHECK(shortened("abc", 0).empty());
}

}  // namespace
}  // namespace mqttkit::tools
