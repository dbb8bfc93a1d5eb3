#include "mqttkit/base/utf8.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

using namespace mqttkit;
using namespace std::string_literals;

namespace {

constexpr std::size_t none = std::string_view::npos;

// The form RFC 3629 §3 gives, without regard to what it forbids.
std::string encoded(std::uint32_t code) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | code >> 6), tail(code)};
  if (code < 0x10000) {
    return {static_cast<char>(0xE0 | code >> 12), tail(code >> 6), tail(code)};
  }
  return {static_cast<char>(0xF0 | code >> 18), tail(code >> 12), tail(code >> 6), tail(code)};
}

}  // namespace

TEST_CASE("every code point but the surrogates is well-formed (RFC 3629 §3)") {
  for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (is_utf8(encoded(code)) == is_surrogate) {
      CAPTURE(code);
      FAIL_CHECK("wrong answer");
    }
  }
  for (const std::uint32_t code : {0x110000u, 0x13FFFFu, 0x1FFFFFu}) {
    CHECK_FALSE(is_utf8(encoded(code)));
  }
}

TEST_CASE("text of people who do not write English is well-formed") {
  for (const std::string_view text :
       {"þ", "ÿ", "仿", "\U0001F4FF", "Müller/Küche", "датчик/температура", "传感器/温度",
        "センサー", "حساس", "👩‍🔬", "\u00FE\u00FF\uFFFE\uFFFF"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
    CHECK(is_mqtt_string(text));
  }
}

TEST_CASE("malformed bytes are found where they start") {
  struct row {
    std::string bytes;
    std::size_t at;
  };
  const std::array rows{
      row{"\x80"s, 0},              // continuation alone
      row{"\xC3\x28"s, 0},          // lead without continuation
      row{"\xC0\xAF"s, 0},          // overlong /
      row{"\xC1\xBF"s, 0},          // overlong
      row{"\xE0\x80\xAF"s, 0},      // overlong /
      row{"\xE0\x9F\xBF"s, 0},      // overlong U+07FF
      row{"\xF0\x80\x80\xAF"s, 0},  // overlong /
      row{"\xF0\x8F\xBF\xBF"s, 0},  // overlong U+FFFF
      row{"\xED\xA0\x80"s, 0},      // U+D800
      row{"\xED\xBF\xBF"s, 0},      // U+DFFF
      row{"\xF4\x90\x80\x80"s, 0},  // U+110000
      row{"\xF5\x80\x80\x80"s, 0},  // never a lead
      row{"\xFE"s, 0},
      row{"\xFF"s, 0},
      row{"\xE4\xBB\x28"s, 0},         // third byte
      row{"\xF0\x9F\x93\x28"s, 0},     // fourth byte
      row{"\xF0\x9F\x28\x80"s, 0},     // third of four
      row{"abc\xC3"s, 3},              // cut after 1 of 2
      row{"abc\xE4\xBB"s, 3},          // cut after 2 of 3
      row{"abc\xF0\x9F\x93"s, 3},      // cut after 3 of 4
      row{"12345678\xFF"s, 8},         // right behind a block of ASCII
      row{"1234567\xFF"s, 7},          // last of a block
      row{"12345678þ12345\xC3"s, 15},  // behind text
  };
  for (const row& each : rows) {
    CAPTURE(each.bytes.size());
    CAPTURE(each.at);
    CHECK(utf8_error_at(each.bytes) == each.at);
    CHECK_FALSE(is_utf8(each.bytes));
    CHECK_FALSE(is_mqtt_string(each.bytes));
  }
}

TEST_CASE("one wrong byte is found at every offset and length") {
  for (std::size_t size = 1; size < 40; ++size) {
    CHECK(utf8_error_at(std::string(size, 'x')) == none);
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\xFF';
      CHECK(utf8_error_at(text) == at);
      text[at] = '\0';
      CHECK(utf8_error_at(text) == none);
      CHECK_FALSE(is_mqtt_string(text));
    }
  }
}

TEST_CASE("a string of MQTT holds no U+0000 and 65,535 bytes at most [MQTT-1.5.4-2]") {
  CHECK(is_mqtt_string(""));
  CHECK(is_mqtt_string("control \x01\x7F and non-character \uFFFE are allowed"));
  CHECK(is_utf8("\0"s));
  CHECK_FALSE(is_mqtt_string("\0"s));
  CHECK_FALSE(is_mqtt_string("a\0b"s));
  CHECK(is_mqtt_string(std::string(65535, 'x')));
  CHECK_FALSE(is_mqtt_string(std::string(65536, 'x')));
}
