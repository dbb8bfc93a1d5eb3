#include "message/message_template.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

using namespace mqttkit::tools;

namespace {

std::string made(std::string_view text, std::uint64_t number = 1, std::string_view line = {}) {
  message_template from;
  const std::string wrong = from.parse(text, true);
  REQUIRE_MESSAGE(wrong.empty(), wrong);
  std::string out;
  from.expand(number, line, out);
  return out;
}

std::string error(std::string_view text) { return message_template().parse(text, true); }

}  // namespace

TEST_CASE("a template without places is itself") {
  CHECK(made("") == "");
  CHECK(made("plain } }} { text") == "plain } }} { text");
}

TEST_CASE("numbers and lines are filled in, also between the braces of JSON") {
  CHECK(made("{{n}}-{{ n }}", 42) == "42-42");
  CHECK(made("{\"a\":{\"b\":{{n}}}}", 7) == "{\"a\":{\"b\":7}}");
  CHECK(made("{{{n}}}", 7) == "{7}");
  CHECK(made("<{{line}}>", 1, "what {{n}} was read") == "<what {{n}} was read>");
}

TEST_CASE("the time is RFC 3339 in UTC with microseconds") {
  const std::string now = made("{{now}}");
  REQUIRE(now.size() == 27);
  CHECK(now.substr(0, 2) == "20");
  CHECK(now[10] == 'T');
  CHECK(now[19] == '.');
  CHECK(now[26] == 'Z');
}

TEST_CASE("UUIDs are random ones of version 4") {
  std::set<std::string> found;
  for (int i = 0; i < 100; ++i) {
    const std::string id = made("{{uuid}}");
    REQUIRE(id.size() == 36);
    for (const std::size_t at : {8u, 13u, 18u, 23u}) CHECK(id[at] == '-');
    CHECK(id[14] == '4');
    CHECK(std::string_view("89ab").find(id[19]) != std::string_view::npos);
    CHECK(found.insert(id).second);
  }
}

TEST_CASE("random numbers stay in their range and have the decimals of their bounds") {
  std::set<std::string> found;
  for (int i = 0; i < 500; ++i) found.insert(made("{{rand -1 2}}"));
  CHECK(found == std::set<std::string>{"-1", "0", "1", "2"});
  found.clear();
  for (int i = 0; i < 500; ++i) found.insert(made("{{rand -0.1 0.10}}"));
  CHECK(found.size() == 21);
  CHECK(found.count("-0.09") == 1);
  CHECK(found.count("0.00") == 1);
  CHECK(made("{{rand 5 5}}") == "5");
}

TEST_CASE("the environment is what it was at the start") {
  ::setenv("MQTT_TEMPLATE_TEST", "before", 1);
  message_template from;
  REQUIRE(from.parse("[{{env MQTT_TEMPLATE_TEST}}]", false).empty());
  ::setenv("MQTT_TEMPLATE_TEST", "after", 1);
  std::string out;
  from.expand(1, {}, out);
  CHECK(out == "[before]");
  ::unsetenv("MQTT_TEMPLATE_TEST");
}

TEST_CASE("mistakes are told with their place") {
  CHECK(error("abc{{n}") == "byte 4: {{ without its }}");
  CHECK(error("{{rand 1}}") == "byte 1: {{rand 1}}: two numbers are wanted, as in {{rand 1 6}}");
  CHECK(error("{{rand 6 1}}") == "byte 1: {{rand 6 1}}: A is larger than B");
  CHECK(error("{{rand 1 1e9}}") ==
        "byte 1: {{rand 1 1e9}}: A and B are numbers such as 6, -5 or 20.50");
  CHECK(error("{{rand 0 99999999999999999999}}") ==
        "byte 1: {{rand 0 99999999999999999999}}: the numbers are too large");
  CHECK(error("{{n 5}}") == "byte 1: {{n 5}}: nothing follows n");
  CHECK(error("{{env}}") == "byte 1: {{env}}: one name is wanted, as in {{env HOSTNAME}}");
  CHECK(error("x {{env NO_SUCH_VARIABLE_HERE}}") ==
        "byte 3: {{env NO_SUCH_VARIABLE_HERE}}: there is no such environment variable");
  CHECK(error("{{}}").starts_with("byte 1: {{}}: no such place; there are {{n}}, "));
}
