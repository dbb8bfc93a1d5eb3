// What is odd about a payload, and what only looks so.
#include "mqtt-doctor/listen/payload_look.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

payload_oddity look(std::string_view text) { return look_at_payload(as_bytes(text)); }

using enum payload_oddity;

}  // namespace

TEST_CASE("text with a zero byte at its end is odd, a number of bytes is not") {
  CHECK(look(std::string_view("{\"t\":1}\0", 8)) == zero_behind);
  CHECK(look(std::string_view("ON\0", 3)) == zero_behind);
  CHECK(look(std::string_view("1\0", 2)) == zero_behind);
  CHECK(look(std::string_view("\x15\0", 2)) == none);
  CHECK(look(std::string_view("A\0\0\0", 4)) == none);
  CHECK(look(std::string_view("\0\0\0\0", 4)) == none);
}

TEST_CASE("a line break behind a word is odd, behind JSON or a line of text it is not") {
  CHECK(look("ON\n") == line_end);
  CHECK(look("21.5\r\n") == line_end);
  CHECK(look(" ON") == blank_around);
  CHECK(look("ON ") == blank_around);
  CHECK(look("{\"a\":1}\n") == none);
  CHECK(look("disk is full\n") == none);
  CHECK(look("1\n2\n3\n") == none);
}

TEST_CASE("JSON that ends in its middle is odd, and what only begins like it is not") {
  CHECK(look("{\"a\":1,\"b\":{\"c\"") == json_cut);
  CHECK(look("[1, 2, 3, 4, 5") == json_cut);
  CHECK(look("{\"a\":\"}\"") == json_cut);
  CHECK(look("{\"a\":1}") == none);
  CHECK(look("{\"a\":\"\\\"}\"}") == none);
  CHECK(look("[INFO] started: all well") == none);
  CHECK(look("[2026-01-01 10:00:00] up, all well") == none);
  CHECK(look("{module} loaded: yes") == none);
  CHECK(look("{") == none);
}

TEST_CASE("what languages write of a value they cannot send") {
  CHECK(look("[object Object]") == object_object);
  CHECK(look("undefined") == object_object);
  CHECK(look("b'21.5'") == bytes_literal);
  CHECK(look("\"{\\\"a\\\":1}\"") == json_in_quotes);
  CHECK(look("{\"type\":\"Buffer\",\"data\":[1,2]}") == buffer_json);
  CHECK(look("\"home\"") == quoted);
  CHECK(look("None") == not_a_number);
  CHECK(look("\"a\",\"b\"") == none);
  CHECK(look("b'") == none);
}

TEST_CASE("letters of another form than UTF-8") {
  CHECK(look(std::string_view("O\0N\0", 4)) == utf16);
  CHECK(look(std::string_view("\xFF\xFEO\0N\0", 6)) == utf16);
  CHECK(look("\xEF\xBB\xBF{}") == byte_order_mark);
  CHECK(look("21 \xB0"
             "C") == not_utf8);
  CHECK(look("21 \xC2\xB0"
             "C") == none);
  CHECK(look("\xFF\xD8\xFF\xE0") == none);
  CHECK(look("") == none);
}
