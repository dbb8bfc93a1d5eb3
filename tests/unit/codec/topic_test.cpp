#include "mqttkit/codec/topic.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace mqttkit;
using namespace std::string_literals;

TEST_CASE("a topic name is 1 to 65,535 bytes without wildcards [MQTT-3.3.2-2] [MQTT-4.7.3-1]") {
  for (const std::string_view name : {"a", "/", "//", "a/b", "/a", "a/", "a//b", "$SYS/broker", " ",
                                      "$", "$share/g/a", "þ", "ÿ/仿/\U0001F4FF", "a b"}) {
    CAPTURE(name);
    CHECK(is_topic_name(name));
  }
  for (const std::string& name :
       {""s, "+"s, "#"s, "a/+"s, "a/#"s, "a+b"s, "a#"s, "a\0b"s, "\0"s, "\xC3\x28"s,
        "\xE0\x80\xAF"s, "\xED\xA0\x80"s, "\xF4\x90\x80\x80"s, "a/\xE4\xBB"s, "þ+"s, "þ/#"s}) {
    CAPTURE(name);
    CHECK_FALSE(is_topic_name(name));
  }
  CHECK(is_topic_name(std::string(65535, 'x')));
  CHECK_FALSE(is_topic_name(std::string(65536, 'x')));
}

TEST_CASE("a byte a topic name may not hold is found at every offset and length") {
  for (std::size_t size = 1; size < 40; ++size) {
    for (int value = 0; value < 256; ++value) {
      const bool allowed = value != 0 && value != '+' && value != '#' && value < 0x80;
      for (std::size_t at = 0; at < size; ++at) {
        std::string name(size, 'x');
        name[at] = static_cast<char>(value);
        if (is_topic_name(name) == allowed) continue;
        CAPTURE(size);
        CAPTURE(at);
        CAPTURE(value);
        FAIL_CHECK("wrong answer");
      }
    }
  }
}

TEST_CASE("wildcards of a filter stand alone in their level, # in the last [MQTT-4.7.1-1]") {
  for (const std::string_view filter :
       {"a",      "/",   "+",     "#",      "+/+",       "+/#",        "/+",
        "+/",     "/#",  "a/+/b", "a/#",    "a/+/#",     "+//#",       "$SYS/#",
        "$SYS/+", "þ/+", "仿/#",  "$share", "$shared/#", "a/$share/b", "$Share/x/+"}) {
    CAPTURE(filter);
    CHECK(is_topic_filter(filter));
  }
  for (const std::string& filter :
       {""s, "a+"s, "+a"s, "a/+b"s, "a/b+"s, "++"s, "a#"s, "#a"s, "#/"s, "#/a"s, "a/#/b"s, "a/b#"s,
        "##"s, "+#"s, "#+"s, "a/+#"s, "a\0"s, "\xFF"s, "\xE0\x80\xAF/#"s}) {
    CAPTURE(filter);
    CHECK_FALSE(is_topic_filter(filter));
  }
  CHECK(is_topic_filter(std::string(65535, 'x')));
  CHECK_FALSE(is_topic_filter(std::string(65536, 'x')));
}

TEST_CASE("a shared subscription has a name without wildcards and a filter [MQTT-4.8.2-1]") {
  for (const std::string_view filter :
       {"$share/g/a", "$share/g/+", "$share/g/#", "$share/g//", "$share/g//a", "$share/g/a/+/#",
        "$share/仿/þ", "$share/$share/a", "$share/g/$SYS/#", "$share/g/$share/h/a"}) {
    CAPTURE(filter);
    CHECK(is_topic_filter(filter));
    CHECK(parse_shared(filter));
  }
  for (const std::string_view filter :
       {"$share/", "$share/g", "$share/g/", "$share//", "$share//a", "$share/+/a", "$share/#/a",
        "$share/g+/a", "$share/g#/a", "$share/g/a#", "$share/g/#/a", "$share/#", "$share/+"}) {
    CAPTURE(filter);
    CHECK_FALSE(is_topic_filter(filter));
    CHECK_FALSE(parse_shared(filter));
  }
  const auto parts = parse_shared("$share/group/a/+/b");
  REQUIRE(parts);
  CHECK(parts->share_name == "group");
  CHECK(parts->filter == "a/+/b");
  CHECK_FALSE(parse_shared("a/b"));
  CHECK_FALSE(parse_shared("$share"));
}

TEST_CASE("a filter has a wildcard or not") {
  CHECK(has_wildcard("a/+/b"));
  CHECK(has_wildcard("#"));
  CHECK_FALSE(has_wildcard("a/b"));
  CHECK_FALSE(has_wildcard(""));
}

TEST_CASE("filters match names level by level (§4.7.1)") {
  struct row {
    std::string_view filter, name;
    bool matches;
  };
  for (const row& each : {
           // the examples of the specification
           row{"sport/tennis/player1/#", "sport/tennis/player1", true},
           row{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
           row{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
           row{"sport/#", "sport", true},
           row{"#", "a", true},
           row{"#", "a/b/c", true},
           row{"sport/tennis/+", "sport/tennis/player1", true},
           row{"sport/tennis/+", "sport/tennis/player1/ranking", false},
           row{"sport/+", "sport", false},
           row{"sport/+", "sport/", true},
           row{"+/+", "/finance", true},
           row{"/+", "/finance", true},
           row{"+", "/finance", false},
           // case and length
           row{"a", "a", true},
           row{"a", "A", false},
           row{"a", "ab", false},
           row{"ab", "a", false},
           row{"a", "a/", false},
           row{"a/", "a", false},
           row{"a/b", "a/b/c", false},
           row{"a/b/c", "a/b", false},
           // empty levels
           row{"/", "/", true},
           row{"+/", "/", true},
           row{"+/+", "/", true},
           row{"/#", "/", true},
           row{"/#", "a", false},
           row{"//", "/", false},
           row{"a//b", "a//b", true},
           row{"a/+/b", "a//b", true},
           row{"a//b", "a/b", false},
           row{"+/+/+", "//", true},
           row{"#", "/", true},
           // wildcards together
           row{"+", "a", true},
           row{"+/b", "a/b", true},
           row{"+/b", "a/c", false},
           row{"a/+/c", "a/b/c", true},
           row{"a/+/c", "a/b/d", false},
           row{"+/+/#", "a", false},
           row{"+/+/#", "a/b", true},
           row{"+/#", "a", true},
           row{"+/#", "a/b/c", true},
           row{"a/+/#", "a", false},
           row{"ab/#", "abc", false},
           row{"a/#", "ab", false},
           row{"仿/+", "仿/þ", true},
       }) {
    CAPTURE(each.filter);
    CAPTURE(each.name);
    CHECK(topic_matches(each.filter, each.name) == each.matches);
  }
}

TEST_CASE("a wildcard in the first level does not match names that begin with $ [MQTT-4.7.2-1]") {
  CHECK_FALSE(topic_matches("#", "$SYS/broker"));
  CHECK_FALSE(topic_matches("+/broker", "$SYS/broker"));
  CHECK_FALSE(topic_matches("+/#", "$SYS"));
  CHECK(topic_matches("$SYS/#", "$SYS/broker"));
  CHECK(topic_matches("$SYS/+", "$SYS/broker"));
  CHECK(topic_matches("$SYS/#", "$SYS"));
  CHECK(topic_matches("a/+", "a/$SYS"));
  CHECK(topic_matches("/#", "/$SYS"));
}

TEST_CASE("a shared subscription matches what the filter in it matches (§4.8.2)") {
  CHECK(topic_matches("$share/g/a/#", "a/b"));
  CHECK(topic_matches("$share/g/+", "a"));
  CHECK_FALSE(topic_matches("$share/g/a", "b"));
  CHECK_FALSE(topic_matches("$share/g/#", "$SYS/x"));
  CHECK(topic_matches("$share/g//a", "/a"));
}
