#include "mqtt-pub/payload_form.hpp"

#include <doctest/doctest.h>

#include <random>

#include "mqttkit/wire/base64.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

// The bytes, or "WHAT at OFFSET".
template <class Decode>
std::string result_of(Decode decode, std::string_view text) {
  std::string out;
  const form_error error = decode(text, out);
  return error ? std::string(error.what) + " at " + std::to_string(error.at) : out;
}

std::string hex(std::string_view text) { return result_of(decode_hex, text); }
std::string base64(std::string_view text) { return result_of(decode_base64, text); }
std::string json(std::string_view text) {
  const form_error error = check_json(text);
  return error ? std::string(error.what) + " at " + std::to_string(error.at) : "good";
}

}  // namespace

TEST_CASE("hex is pairs of digits, with blanks between them") {
  CHECK(hex("") == "");
  CHECK(hex("00fF7e") == std::string("\0\xff\x7e", 3));
  CHECK(hex(" 61 62\t63\r\n64 ") == "abcd");
}

TEST_CASE("bad hex is told, never cut short") {
  CHECK(hex("6162z") == "not a hex digit at 4");
  CHECK(hex("616") == "a hex digit without its second at 2");
  CHECK(hex("6 1") == "a hex digit without its second at 0");
  CHECK(hex("6x") == "not a hex digit at 1");
  CHECK(hex("0x61") == "not a hex digit at 1");
  CHECK(hex("61\xff") == "not a hex digit at 2");
}

TEST_CASE("base64 gives back what was encoded, whole or in lines") {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, 0);
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = mqttkit::base64(as_bytes(bytes));
    CHECK(base64(text) == bytes);
    std::string lines;
    for (std::size_t i = 0; i < text.size(); i += 7) lines += text.substr(i, 7) + "\r\n";
    CHECK(base64(lines) == bytes);
  }
}

TEST_CASE("bad base64 is told, never cut short") {
  CHECK(base64("QUJD!") == "not a base64 digit at 4");
  CHECK(base64("QUJ") == "base64 ends in the middle of four digits at 3");
  CHECK(base64("Q") == "base64 ends in the middle of four digits at 1");
  CHECK(base64("QQ=") == "base64 ends in the middle of four digits at 3");
  CHECK(base64("QQ==QQ==") == "base64 goes on behind its padding at 4");
  CHECK(base64("QQ===") == "base64 goes on behind its padding at 4");
  CHECK(base64("====") == "padding where base64 has none at 0");
  CHECK(base64("QUJD=") == "padding where base64 has none at 4");
  CHECK(base64("QR==") == "the last base64 digit says too much at 1");
  CHECK(base64("QUF=") == "the last base64 digit says too much at 2");
  CHECK(base64("-_-_") == "not a base64 digit at 0");
}

TEST_CASE("JSON is RFC 8259, no more and no less") {
  for (const std::string_view good :
       {"0", "-0.5e+10", "true", " null ", "\"\"", "\"\\u00e9\\ud83d\\ude00\\n\"", "[]", "{}",
        "[1,[2,{\"a\":[]}]]", "{\"a\":1,\"a\":2}", "\"\x7f\xc3\xa9\"", "\t{\"a\" : \"b\\\\\" }\r"})
    CHECK_MESSAGE(json(good) == "good", good);
  CHECK(json("") == "a value is missing at 0");
  CHECK(json("{\"a\":1") == "a comma or } is missing at 6");
  CHECK(json("[1,]") == "nothing follows the comma at 3");
  CHECK(json("{\"a\" 1}") == "a colon is missing at 5");
  CHECK(json("{a:1}") == "a string is wanted here at 1");
  CHECK(json("[1 2]") == "a comma or ] is missing at 3");
  CHECK(json("01") == "something follows the end of the value at 1");
  CHECK(json("1.") == "digits follow the point of a number at 2");
  CHECK(json("1e") == "digits follow the e of a number at 2");
  CHECK(json("-") == "not JSON at 0");
  CHECK(json("nul") == "not JSON at 0");
  CHECK(json("'a'") == "not JSON at 0");
  CHECK(json("\"a") == "the string has no end at 2");
  CHECK(json("\"a\\") == "the string has no end at 3");
  CHECK(json("\"a\\x\"") == "there is no such escape in JSON at 2");
  CHECK(json("\"\\u12g4\"") == "\\u needs four hex digits at 3");
  CHECK(json("\"\\ud800\"") == "half of a surrogate pair at 1");
  CHECK(json("\"\\udc00\"") == "half of a surrogate pair at 1");
  CHECK(json("\"long enough for words\n\"") ==
        "a control byte in a string is written as \\u00XX at 22");
  CHECK(json("\"\xff\"") == "not UTF-8 at 1");
  CHECK(json("1 x") == "something follows the end of the value at 2");
  CHECK(json(std::string(100'000, '[')) == "nested too deeply at 200");
}
