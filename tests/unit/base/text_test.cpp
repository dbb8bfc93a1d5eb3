#include "mqttkit/base/text.hpp"

#include <doctest/doctest.h>

using namespace mqttkit;

TEST_CASE("letters of ASCII lose their case, others stay") {
  CHECK(lower("MQTT \xC3\x84 v5") == "mqtt \xC3\x84 v5");
  CHECK(equals_ignoring_case("Upgrade", "uPGRADE"));
  CHECK_FALSE(equals_ignoring_case("Upgrade", "Upgrades"));
  CHECK(contains_ignoring_case("Connection Refused; also", "connection refused"));
  CHECK(contains_ignoring_case("a", ""));
  CHECK_FALSE(contains_ignoring_case("", "a"));
  CHECK(contains("abc", "bc"));
  CHECK_FALSE(contains("abc", "BC"));
}

TEST_CASE("bytes are two hex digits each") {
  CHECK(hex_text(as_bytes(std::string_view("\x00\x7F\xA0", 3))) == "007fa0");
  std::string text = "0x";
  append_hex(text, 0xAB, letter_case::upper);
  CHECK(text == "0xAB");
}

TEST_CASE("an IPv6 address stands in brackets in front of a port") {
  CHECK(host_and_port("broker.example", 1883) == "broker.example:1883");
  CHECK(host_and_port("::1", 8883) == "[::1]:8883");
  CHECK(host_and_port("192.0.2.1", "80") == "192.0.2.1:80");
  CHECK(bracketed("2001:db8::1") == "[2001:db8::1]");
  CHECK(bracketed("localhost") == "localhost");
}
