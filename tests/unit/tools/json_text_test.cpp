#include "common/json_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

std::string quoted(std::string_view text) {
  byte_buffer out;
  append_json_string(out, text);
  return std::string(as_text(out.view()));
}

/// nullopt-like: "!" when it is not JSON.
std::string again(std::string_view text, bool pretty = false) {
  byte_buffer out;
  append_text(out, "before");
  if (!append_json_again(out, text, pretty, 0)) {
    CHECK(as_text(out.view()) == "before");
    return "!";
  }
  return std::string(as_text(out.view()).substr(6));
}

std::string escaped_slowly(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view named = "\b\f\n\r\t\"\\";
    constexpr std::string_view names = "bfnrt\"\\";
    if (const std::size_t at = named.find(c); at != std::string_view::npos) {
      out += '\\';
      out += names[at];
    } else if (byte < 0x20) {
      out += std::string("\\u00") + digits[byte >> 4] + digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

TEST_CASE("every byte is escaped as cJSON does, at every place in a word") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text = "abcdefghijklmnopqrst";
      text[at] = static_cast<char>(byte);
      CHECK(quoted(text) == escaped_slowly(text));
    }
  }
  CHECK(quoted("").compare("\"\"") == 0);
}

TEST_CASE("long strings are escaped block by block") {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += static_cast<char>(i * 7);
  CHECK(quoted(text) == escaped_slowly(text));
}

// What cJSON 1.7.15 made of the same text, through mosquitto_sub -F %J.
TEST_CASE("JSON is written again in cJSON's spelling") {
  CHECK(again(R"({"a":1.50, "b":[1,2 , 3e5],"c":"x\u00e9\/y","d":null,"e":true,"a":2})") ==
        "{\"a\":1.5,\"b\":[1,2,300000],\"c\":\"x\xC3\xA9/y\",\"d\":null,\"e\":true,\"a\":2}");
  CHECK(again("  12  ") == "12");
  CHECK(again("true ") == "true");
  CHECK(again("\x0c"
              "1") == "1");
  CHECK(again("\xEF\xBB\xBF[1]") == "[1]");
  CHECK(again("\"\xff\"") == "\"\xff\"");
  CHECK(again("\"a\x01"
              "b\"") == "\"a\\u0001b\"");
  CHECK(again(R"({"\n":1})") == R"({"\n":1})");
  CHECK(again(R"("\ud83d\ude00")") == "\"\xF0\x9F\x98\x80\"");
  CHECK(again(R"("\u0041\b\f\n\r\t\"\\")") == R"("A\b\f\n\r\t\"\\")");
  CHECK(again("[]") == "[]");
  CHECK(again("{}") == "{}");
  CHECK(again("[ [ [ ] ] ]") == "[[[]]]");
}

TEST_CASE("numbers are written with as many digits as cJSON writes") {
  CHECK(again("-0") == "-0");
  CHECK(again("-0.0") == "-0");
  CHECK(again("0.1") == "0.1");
  CHECK(again("01") == "1");
  CHECK(again("1.") == "1");
  CHECK(again("1.0") == "1");
  CHECK(again("-.5") == "-0.5");
  CHECK(again("1E-7") == "1e-07");
  CHECK(again("1e5") == "100000");
  CHECK(again("1e15") == "1e+15");
  CHECK(again("1e400") == "null");
  CHECK(again("2147483648") == "2147483648");
  CHECK(again("999999999999999") == "999999999999999");
  CHECK(again("9007199254740993") == "9.00719925474099e+15");
  CHECK(again("123456789012345678901234567890") == "1.2345678901234568e+29");
  CHECK(again("3.14159265358979") == "3.14159265358979");
  CHECK(again("0.30000000000000004") == "0.3");
}

TEST_CASE("what is not JSON is left alone") {
  for (const std::string_view text :
       {"",      " ",       "12 x",      "[1,2",        "[1,2,]",      "nul",
        "truex", "+1",      ".5",        "NaN",         "-",           "1e",
        "{",     "{\"a\"}", "{\"a\":}",  "{a:1}",       "{\"a\":1,}",  "\"",
        "\"\\",  "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
        "[1 2]", "]",       "1 2",       "[",           "\"a"})
    CHECK_MESSAGE(again(text) == "!", text);
  CHECK(again(std::string_view("1\0", 2)) == "!");
  CHECK(again(std::string(2000, '[')) == "!");
}

TEST_CASE("nesting is bounded") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(again(nested(1000)) == nested(1000));
  CHECK(again(nested(1001)) == "!");
}
