#include "common/json_writer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace mqttkit::tools {
namespace {

using nlohmann::ordered_json;

void write(json_writer& out, const ordered_json& value) {
  if (value.is_object()) {
    out.begin_object();
    for (const auto& [name, member] : value.items()) {
      out.name(name);
      write(out, member);
    }
    out.end_object();
  } else if (value.is_array()) {
    out.begin_array();
    for (const auto& element : value) write(out, element);
    out.end_array();
  } else if (value.is_string()) {
    out.string(value.get_ref<const std::string&>());
  } else if (value.is_boolean()) {
    out.boolean(value.get<bool>());
  } else if (value.is_number_float()) {
    out.real(value.get<double>());
  } else if (value.is_number()) {
    out.integer(value.get<std::int64_t>());
  } else {
    out.null();
  }
}

std::string written(const ordered_json& value, json_writer::layout how) {
  byte_buffer text;
  json_writer out(text, how);
  write(out, value);
  return std::string(as_text(text.view()));
}

std::string theirs(const ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

void check_as_theirs(const ordered_json& value) {
  CHECK(written(value, json_writer::layout::indented) == theirs(value, 2));
  CHECK(written(value, json_writer::layout::dense) == theirs(value, -1));
}

}  // namespace

TEST_CASE("JSON is laid out as nlohmann::json lays it out, byte for byte") {
  for (const char* text : {"{}", "[]", "[[],{},[{}]]", R"({"a":{},"b":[],"c":[1,-2,"x"]})",
                           R"([{"a":1,"b":null},{"c":[true,false]}])", "\"alone\"", "-7"})
    check_as_theirs(ordered_json::parse(text));
}

TEST_CASE("texts are escaped, and what is no UTF-8 becomes U+FFFD as the standard counts it") {
  for (const std::string& text :
       {std::string("a\"b\\c\b\f\n\r\t\x01\x1f\x7f"), std::string("\0", 1),
        std::string("\xC3\xA9 \xE2\x82\xAC"), std::string("\xff\xfe"), std::string("a\xC3"),
        std::string("\xE2\x82"), std::string("\xE2\x82z"), std::string("\xF0\x9F\x98"),
        std::string("\xF0\x9F\x98\x80"), std::string("\xF0\x9F\x98\x98\x98"),
        std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"), std::string("\xE0\x80\xAF"),
        std::string("\xF0\x80\x80\x80"), std::string("\xC0\x80 x")}) {
    CAPTURE(text.size());
    check_as_theirs(text);
    check_as_theirs(ordered_json::object({{text, 1}}));
  }
}

TEST_CASE("real numbers have the fewest digits that read back as the same") {
  std::vector<double> numbers{0.0,
                              -0.0,
                              1.0,
                              -1.5,
                              0.1,
                              100.0,
                              1e14,
                              1e15,
                              1e16,
                              123456.0,
                              0.001,
                              0.0001,
                              0.00001,
                              1.5e-7,
                              2.5e20,
                              1e-5,
                              1e300,
                              5e-324,
                              1e22,
                              0.25,
                              99.9,
                              1234.56,
                              3.0e15,
                              12345678.9,
                              -2e-9,
                              1.0 / 3,
                              1e-300,
                              1.7e308,
                              999999999999999.0};
  for (const double number : numbers) check_as_theirs(number);
  for (int thousandths = 0; thousandths < 200'000; thousandths += 7) {
    const double number = thousandths / 1000.0;
    REQUIRE(written(number, json_writer::layout::dense) == theirs(number, -1));
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto bits = random();
    double number = 0;
    static_assert(sizeof number == sizeof bits);
    std::memcpy(&number, &bits, sizeof number);
    if (!std::isfinite(number)) continue;
    const std::string text = written(number, json_writer::layout::dense);
    REQUIRE(nlohmann::json::parse(text).get<double>() == number);
    REQUIRE(text.size() <= theirs(number, -1).size());
  }
  check_as_theirs(std::numeric_limits<double>::infinity());
  check_as_theirs(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace mqttkit::tools
