#include "message/condition.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mqttkit::tools;

namespace {

bool holds(std::string_view text, std::string_view payload) {
  condition made;
  REQUIRE_MESSAGE(made.parse(text) == "", made.parse(text));
  return made.holds(payload);
}

std::string wrong(std::string_view text) { return condition().parse(text); }

}  // namespace

TEST_CASE("numbers compare by value, whatever their spelling") {
  CHECK(holds(".temp > 20", R"({"temp":20.5})"));
  CHECK_FALSE(holds(".temp > 20", R"({"temp":20})"));
  CHECK(holds(".temp>=20", R"({"temp":2.0e1})"));
  CHECK(holds(".temp <= -1", R"({ "temp" : -1 })"));
  CHECK(holds(".temp < 0", R"({"temp":-0.5})"));
  CHECK(holds(".temp == 20", R"({"temp":20.0})"));
  CHECK(holds(".temp != 20", R"({"temp":21})"));
  CHECK(holds(".n > 1", R"({"n":1e999})"));
  // 2^53 + 1, which a double cannot hold
  CHECK_FALSE(holds(".id == 9007199254740993", R"({"id":9007199254740992})"));
}

TEST_CASE("strings compare by their bytes, escapes decoded") {
  CHECK(holds(R"(.state == "on")", R"({"state":"on"})"));
  CHECK(holds(".state == 'on'", R"({"state":"\u006fn"})"));
  CHECK(holds(R"(.state != "on")", R"({"state":"off"})"));
  CHECK(holds(".at >= '2026-11-21'", R"({"at":"2026-11-21T07:00:00Z"})"));
  CHECK(holds(R"(.name == "a\"b")", R"({"name":"a\"b"})"));
}

TEST_CASE("true, false and null are equal or not") {
  CHECK(holds(".on == true", R"({"on":true})"));
  CHECK(holds(".on != true", R"({"on":false})"));
  CHECK(holds(".on == null", R"({"on":null})"));
  CHECK_FALSE(holds(".on >= true", R"({"on":true})"));
}

TEST_CASE("values of different types are not equal and have no order") {
  CHECK_FALSE(holds(".temp == 20", R"({"temp":"20"})"));
  CHECK(holds(".temp != 20", R"({"temp":"20"})"));
  CHECK_FALSE(holds(".temp > 20", R"({"temp":"30"})"));
  CHECK_FALSE(holds(".temp < 'x'", R"({"temp":[]})"));
}

TEST_CASE("a field that is not there compares to nothing") {
  CHECK_FALSE(holds(".temp != 20", R"({"other":1})"));
  CHECK_FALSE(holds(".temp == null", R"({"other":1})"));
  CHECK_FALSE(holds(".a.b > 1", R"({"a":5})"));
  CHECK_FALSE(holds(".list[2] > 1", R"({"list":[5,6]})"));
}

TEST_CASE("a path alone asks whether the field is there") {
  CHECK(holds(".temp", R"({"temp":null})"));
  CHECK_FALSE(holds(".temp", R"({"humidity":1})"));
  CHECK_FALSE(holds(".temp", R"(["temp"])"));
}

TEST_CASE("paths go through objects and lists, and a dot alone is the payload") {
  CHECK(holds(".a.b[0] == 1", R"({"a":{"x":[],"b":[1,2]}})"));
  CHECK(holds(".list[1].name == 'y'", R"({"list":[{"name":"x"},{"name":"y"}]})"));
  CHECK(holds(".[1] == 2", "[1,2]"));
  CHECK(holds(R"(.["a b"].c == 1)", R"({"a b":{"c":1}})"));
  CHECK(holds(R"(.["a]b"] == 1)", R"({"a]b":1})"));
  CHECK(holds(". > 20", " 21.5\n"));
  CHECK(holds(".battery-level < 10", R"({"battery-level":5})"));
  CHECK(holds(".温度 > 20", R"({"温度":25})"));
}

TEST_CASE("what is not JSON never passes, also behind the value") {
  CHECK_FALSE(holds(".temp > 20", "not json"));
  CHECK_FALSE(holds(".temp > 20", ""));
  CHECK_FALSE(holds(".temp > 20", R"({"temp":30)"));
  CHECK_FALSE(holds(".temp > 20", R"({"temp":30} x)"));
  CHECK_FALSE(holds(". == 'a'", "\"a\xFF\""));
}

TEST_CASE("of a name that stands twice the last one counts") {
  CHECK(holds(".a == 2", R"({"a":1,"a":2})"));
  CHECK_FALSE(holds(".a == 1", R"({"a":1,"a":2})"));
}

TEST_CASE("what is wrong with a condition is said with its place") {
  CHECK(wrong("temp > 20") == "it begins with a path, such as .temp or .list[0].name (byte 1)");
  CHECK(wrong("") == "it begins with a path, such as .temp or .list[0].name (byte 1)");
  CHECK(wrong(".temp = 20") == "use == to compare (byte 7)");
  CHECK(wrong(".temp ~ 20") ==
        "behind the path stands ==, !=, <, <=, > or >=, or nothing (byte 7)");
  CHECK(
      wrong(".temp > ") ==
      "nothing follows the operator; a value is a number, a string in quotes, true, false or null");
  CHECK(wrong(".state == on") ==
        "'on': a value is a number, a string in quotes, true, false or null");
  CHECK(wrong(".a > 1 && .b > 2") ==
        "one comparison is all there is; for more, pipe --json into jq");
  CHECK(wrong(".a..b") == "a name is missing behind the dot (byte 4)");
  CHECK(wrong(".a[x]") ==
        "in brackets stands the number of an element, from 0, or a name in double quotes (byte 4)");
  CHECK(wrong(".a[1") == "a [ without its ] (byte 3)");
}
