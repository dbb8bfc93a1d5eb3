#include "message/format.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace mqttkit;
using namespace mqttkit::tools;

namespace {

// 2026-08-10 07:47:38.123456789 UTC
const std::chrono::system_clock::time_point noon{
    std::chrono::nanoseconds(1'786'348'058'123'456'789)};

struct message {
  message(std::string_view topic, std::string_view payload) {
    packet.topic = topic;
    packet.payload = as_bytes(payload);
  }
  message& qos(qos_t level, std::uint16_t id) {
    packet.qos = level;
    packet.packet_id = id;
    return *this;
  }
  message& retained() {
    packet.retain = true;
    return *this;
  }
  message& with(const properties& list) {
    packet.properties = list;
    return *this;
  }
  publish_packet packet;
};

properties all_properties() {
  properties list;
  REQUIRE_FALSE(list.add(property_id::payload_format_indicator, 1));
  REQUIRE_FALSE(list.add(property_id::message_expiry_interval, 256));
  REQUIRE_FALSE(list.add(property_id::content_type, "text/\"p"));
  REQUIRE_FALSE(list.add(property_id::response_topic, "resp/t"));
  REQUIRE_FALSE(list.add(property_id::correlation_data,
                         "c\x01\xff"
                         "d"));
  REQUIRE_FALSE(list.add(property_id::subscription_identifier, 5));
  REQUIRE_FALSE(list.add_user_property("k", "v1"));
  REQUIRE_FALSE(list.add(property_id::topic_alias, 3));
  REQUIRE_FALSE(list.add_user_property("k", "v\"2"));
  return list;
}

message_formatter::options format_of(std::string_view format) {
  message_formatter::options options;
  options.format = format;
  options.format_given = true;
  options.no_newline = true;
  return options;
}

std::string printed(const message_formatter::options& options, const message& what) {
  message_formatter formatter(options);
  printout out;
  formatter.append(out, what.packet, noon);
  return std::string(as_text(out.bytes().view()));
}

std::string printed(std::string_view format, const message& what) {
  return printed(format_of(format), what);
}

/// Local time is part of the output.
const bool utc = [] {
  setenv("TZ", "UTC", 1);
  tzset();
  return true;
}();

}  // namespace

// What mosquitto_sub 2.0.11 printed for the same messages stands on the right throughout.

TEST_CASE("without a format the payload is printed, and an empty one not at all") {
  message_formatter::options plain;
  CHECK(printed(plain, message("a/b", "hello")) == "hello\n");
  CHECK(printed(plain, message("a/b", "")).empty());
  CHECK(printed(plain, message("a/b", {"\0\xff", 2})) == std::string("\0\xff\n", 3));
  plain.no_newline = true;
  CHECK(printed(plain, message("a/b", "hello")) == "hello");
}

TEST_CASE("-v prints the topic in front, and (null) for an empty payload") {
  message_formatter::options verbose;
  verbose.verbose = true;
  CHECK(printed(verbose, message("a/b", "hello")) == "a/b hello\n");
  CHECK(printed(verbose, message("a/b", "")) == "a/b (null)\n");
  verbose.no_newline = true;
  CHECK(printed(verbose, message("a/b", "hello")) == "a/b hello");
  CHECK(printed(verbose, message("a/b", "")).empty());
}

TEST_CASE("-F wins over -v, ends with a newline unless -N, and may be empty") {
  message_formatter::options options;
  options.verbose = true;
  options.format = "%t";
  CHECK(printed(options, message("a/b", "")) == "a/b\n");
  options.format.clear();
  options.format_given = true;
  CHECK(printed(options, message("a/b", "x")) == "\n");
}

TEST_CASE("every escape prints its part of the message") {
  const properties list = all_properties();
  message full("a/b", "hello");
  full.qos(qos_t::at_least_once, 77).retained().with(list);
  CHECK(printed("%t|%p|%x|%X|%l|%q|%r|%m|%A|%C|%D|%E|%F|%P|%R|%S", full) ==
        "a/b|hello|68656c6c6f|68656C6C6F|5|1|1|77|3|text/\"p|c\x01\xff"
        "d|256|1|k:v1 k:v\"2|resp/t|5");
  CHECK(printed("%t|%p|%x|%X|%l|%q|%r|%m|%A|%C|%D|%E|%F|%P|%R|%S", message("a/b", "")) ==
        "a/b||||0|0|0|0||||||||");
  CHECK(printed("%%x%-5%|%05%|", full) == "%x%|%|");
}

TEST_CASE("strings take width, left alignment and a maximum width, never zeros") {
  CHECK(printed("%10t|%-10t|%010t|%.2t|%10.2t|%-10.2t|%0.2t|%.0t|", message("a/b", "")) ==
        "       a/b|a/b       |       a/b|a/|        a/|a/        |a/||");
  CHECK(printed("%2t", message("a/b", "")) == "a/b");
}

TEST_CASE("the width of a payload is also the most bytes of it") {
  const message hello("a/b", "hello");
  CHECK(printed("%10p|%-10p|%010p|%3p|%-010p|%.2p", hello) ==
        "     hello|hello     |00000hello|hel|hello     |hello");
  CHECK(printed("%10x|%-10x|%010x|%3x|%2x|%4X|%-012x", hello) ==
        "68656c6c6f|68656c6c6f|68656c6c6f|68656c|6865|68656C6C|68656c6c6f  ");
  CHECK(printed("%18x|%-12x|%012X|%4x", message("a", "\x01\xab")) ==
        "              01ab|01ab        |0000000001AB|01ab");
  CHECK(printed("%-p|%-x|", hello) == "hello     |68656c6c6f     |");
  CHECK(printed("%10p|%010x", message("a", "")) == "          |0000000000");
}

TEST_CASE("%.2:x parts groups of digits, as mosquitto_sub 2.1") {
  const message hello("a/b", "hello");
  CHECK(printed("%.2:x|%.2x|%.4-X|%.3 x|%.0:x|%.20:x", hello) ==
        "68:65:6c:6c:6f|68 65 6c 6c 6f|6865-6C6C-6F|686 56c 6c6 f|68656c6c6f|68656c6c6f");
  CHECK(printed("%.1.x", message("a", "\x12\x34")) == "1.2.3.4");
  CHECK(printed("%08.2:x|%-8.2:x|", message("a", "\x12\x34")) == "00:00:12:34|12:34    |");
  CHECK(printed("%.2:x", message("a", "")).empty());
  // Elsewhere a separator says nothing.
  CHECK(printed("%:p|%.3:t|% l", hello) == "hello|a/b|5");
}

TEST_CASE("%f and %d print the payload as a number of this machine") {
  const float half = -1.5F;
  const double tenth = 0.1;
  const double huge = 1e300;
  const auto bytes = [](const auto& number) {
    return std::string_view(reinterpret_cast<const char*>(&number), sizeof number);
  };
  CHECK(printed("%f|%.1f|%8.2f|%-8.2f|%08.2f|%.0f", message("a", bytes(half))) ==
        "-1.500000|-1.5|   -1.50|-1.50   |-0001.50|-2");
  CHECK(printed("%d|%.3d|%012d", message("a", bytes(tenth))) == "0.100000|0.100|00000.100000");
  CHECK(printed("%.2d", message("a", bytes(huge))).size() == 304);
  message_formatter formatter(format_of("<%f>"));
  printout out;
  const message text("a", "21.5x");
  CHECK(formatter.append(out, text.packet, noon) == 'f');
  CHECK(as_text(out.bytes().view()) == "<>");
  out.clear();
  const message real("a", bytes(half));
  CHECK(formatter.append(out, real.packet, noon) == 0);
}

TEST_CASE("numbers take width, zeros and left alignment") {
  message hello("a/b", "hello");
  hello.qos(qos_t::at_least_once, 77);
  CHECK(printed("%8l|%-8l|%08l|%-08l|%8.1l|%08m|%8q|%8r", hello) ==
        "       5|5       |00000005|5       |       5|00000077|1|0");
  CHECK(printed("%1l|%01l", message("a", std::string(1234, 'x'))) == "1234|1234");
}

TEST_CASE("a property that is missing fills its field, as far as mosquitto_sub does") {
  const std::string_view format =
      "%8A|%-8A|%08A|%8C|%-8C|%08C|%.3C|%8D|%8E|%08E|%-8E|%8F|%8P|%8R|%-8R|%.3R|%8S|%08S|%-8S";
  CHECK(printed(format, message("a/b", "")) ==
        "        |        |00000000|        |        |        |||        |00000000|        |       "
        " |||||        "
        "|00000000|        ");
  const properties list = all_properties();
  message full("a/b", "");
  full.with(list);
  CHECK(printed(format, full) ==
        "       3|3       |00000003| text/\"p|text/\"p | text/\"p|tex|c\x01\xff"
        "d|     256|00000256|256     |       1|k:v1 k:v\"2|  resp/t|resp/t  |res|       "
        "5|00000005|5       ");
}

TEST_CASE("times are those of arrival, in local time") {
  REQUIRE(utc);
  CHECK(printed("%I|%30I|%-30I|%.10I|%U|@s|@N|@Y|@@|@q|@%", message("a", "")) ==
        "2026-08-10T07:47:38+0000|      2026-08-10T07:47:38+0000|2026-08-10T07:47:38+0000      "
        "|2026-08-10|"
        "1786348058.123456789|1786348058|123456789|2026|@|%q|%");
  // The same second is not formatted again, the next one is.
  message_formatter formatter(format_of("@S.@N %U "));
  printout out;
  const message what("a", "");
  formatter.append(out, what.packet, noon);
  formatter.append(out, what.packet, noon + std::chrono::nanoseconds(1));
  formatter.append(out, what.packet, noon + std::chrono::seconds(1));
  CHECK(as_text(out.bytes().view()) ==
        "38.123456789 1786348058.123456789 38.123456790 1786348058.123456790 39.123456789 "
        "1786348059.123456789 ");
}

TEST_CASE("backslash escapes are bytes") {
  CHECK(printed("a\\tb\\0c\\n\\e\\a\\v\\r\\\\", message("a", "")) ==
        std::string("a\tb\0c\n\x1b\a\v\r\\", 11));
}

TEST_CASE("%j is one JSON object in mosquitto_sub's spelling") {
  const properties list = all_properties();
  message full("a/b", "hello");
  full.qos(qos_t::exactly_once, 77).retained().with(list);
  CHECK(printed("%j", full) ==
        "{\"tst\":\"2026-08-10T07:47:38.123456+0000\",\"topic\":\"a/"
        "b\",\"qos\":2,\"retain\":1,\"payloadlen\":5,"
        "\"mid\":77,\"properties\":{\"payload-format-indicator\":1,\"message-expiry-interval\":256,"
        "\"content-type\":\"text/\\\"p\",\"response-topic\":\"resp/"
        "t\",\"correlation-data\":\"c\\u0001\xff"
        "d\",\"subscription-identifier\":5,\"user-properties\":[{\"k\":\"v1\"},{\"k\":\"v\\\"2\"}],"
        "\"topic-alias\":3},"
        "\"payload\":\"hello\"}");
  CHECK(printed("%j", message("a", "")) ==
        "{\"tst\":\"2026-08-10T07:47:38.123456+0000\",\"topic\":\"a\",\"qos\":0,\"retain\":0,"
        "\"payloadlen\":0,"
        "\"payload\":null}");
}

TEST_CASE("%j as mosquitto 2.1 says true and false, as 2.0 it merges user properties") {
  const properties list = all_properties();
  message full("a", "x");
  full.retained().with(list);
  message_formatter::options options = format_of("%j");
  options.retain_as_word = true;
  CHECK(printed(options, full).find("\"retain\":true,") != std::string::npos);
  CHECK(printed(options, message("a", "x")).find("\"retain\":false,") != std::string::npos);
  options = format_of("%j");
  options.user_properties_merged = true;
  CHECK(printed(options, full).find("\"user-properties\":{\"k\":\"v1\",\"k\":\"v\\\"2\"},") !=
        std::string::npos);
}

TEST_CASE("--pretty indents with tabs") {
  message_formatter::options options = format_of("%j");
  options.pretty = true;
  const properties list = all_properties();
  message full("a/b", "hello");
  full.with(list);
  CHECK(printed(options, full) ==
        "{\n\t\"tst\":\t\"2026-08-10T07:47:38.123456+0000\",\n\t\"topic\":\t\"a/"
        "b\",\n\t\"qos\":\t0,\n\t\"retain\":\t0,"
        "\n\t\"payloadlen\":\t5,\n\t\"properties\":\t{\n\t\t\"payload-format-indicator\":\t1,\n\t\t"
        "\"message-expiry-interval\":\t256,\n\t\t\"content-type\":\t\"text/"
        "\\\"p\",\n\t\t\"response-topic\":\t\"resp/t\","
        "\n\t\t\"correlation-data\":\t\"c\\u0001\xff"
        "d\",\n\t\t\"subscription-identifier\":\t5,\n\t\t\"user-properties\":\t[{\n\t\t\t\t\"k\":"
        "\t\"v1\"\n\t\t\t}, {\n\t\t\t\t\"k\":\t"
        "\"v\\\"2\"\n\t\t\t}],\n\t\t\"topic-alias\":\t3\n\t},\n\t\"payload\":\t\"hello\"\n}");
  options.format = "%J";
  CHECK(printed(options, message("a", "{\"a\":{\"b\":[{},[]]}}")) ==
        "{\n\t\"tst\":\t\"2026-08-10T07:47:38.123456+0000\",\n\t\"topic\":\t\"a\",\n\t\"qos\":\t0,"
        "\n\t\"retain\":\t0,"
        "\n\t\"payloadlen\":\t19,\n\t\"payload\":\t{\n\t\t\"a\":\t{\n\t\t\t\"b\":\t[{\n\t\t\t\t}, "
        "[]]\n\t\t}\n\t}\n}");
}

TEST_CASE("%J holds the payload as JSON, and nothing when it is not") {
  message_formatter formatter(format_of("<%J>"));
  printout out;
  const message good("a", " {\"x\" : 1.50}");
  CHECK(formatter.append(out, good.packet, noon) == 0);
  CHECK(as_text(out.bytes().view()).ends_with("\"payloadlen\":13,\"payload\":{\"x\":1.5}}>"));
  out.clear();
  const message bad("a", "{x}");
  CHECK(formatter.append(out, bad.packet, noon) == 'J');
  CHECK(as_text(out.bytes().view()) == "<>");
}

TEST_CASE("a format is checked with the place of the mistake") {
  CHECK(message_formatter::check("%t @Y \\n %-010.5x").empty());
  CHECK(message_formatter::check("%t %z") == "%z: no such escape (byte 4)");
  CHECK(message_formatter::check("%0-5t") == "%0-5: no such escape (byte 1)");
}
