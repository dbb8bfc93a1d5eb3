// mosquitto_sub itself beside our formatter, on the same packets from a scripted broker: the output
// must be the same to the byte. Times differ, so where a format prints them digits only count as
// digits. Left out are the places where mosquitto_sub 2.0.11 loses something and we do not, which
// mqtt-sub(1) lists: NUL bytes in %j, topic-alias in %j, %E above 2^31, the Z of its times in %j,
// and widths of %x, which later versions mended.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "message/format.hpp"
#include "support/needs.hpp"
#include "support/scripted_broker.hpp"

using namespace mqttkit;
using namespace mqttkit::testing;
using namespace mqttkit::tools;

namespace {

struct sample {
  std::string topic;
  std::string payload;
  qos_t qos = qos_t::at_most_once;
  bool retain = false;
  properties with;

  sample() = default;
};

publish_packet packet_of(const sample& from, protocol_version version, std::uint16_t id) {
  publish_packet packet;
  packet.topic = from.topic;
  packet.payload = as_bytes(from.payload);
  packet.qos = from.qos;
  packet.retain = from.retain;
  packet.packet_id = from.qos == qos_t::at_most_once ? std::uint16_t{0} : id;
  if (version == protocol_version::v5) packet.properties = from.with;
  return packet;
}

/// Samples of every kind: with each property and without, empty, binary, JSON, long.
std::vector<sample> samples() {
  std::vector<sample> all;
  const auto add = [&all](std::string topic, std::string payload) -> sample& {
    sample& made = all.emplace_back();
    made.topic = std::move(topic);
    made.payload = std::move(payload);
    return made;
  };
  add("a", "hello");
  add("a/b", "");
  add("room/\xC3\xA9t\xC3\xA9 \"x\"", "tab\tquote\"back\\slash/\b\f\n\r\x01\x7f");
  add("bin", "\xff\xfe\x80 not UTF-8 \xC3");
  add("long", std::string(5000, 'x') + "\"" + std::string(5000, 'y'));
  add("num", "21.5");
  sample& value = add(
      "q1", "{\"temp\": 21.50, \"ok\":true , \"list\":[1,2,{\"a\":null}],\"s\":\"\\u00e9\\n\"}");
  value.qos = qos_t::at_least_once;
  value.retain = true;
  add("bad", "{\"temp\": }");
  add("bad", "12 x");
  add("nested", "{\"a\":{\"b\":[{},[],[[]]]},\"c\":{\"d\":{}}}");
  sample& full = add("full", "payload");
  full.qos = qos_t::at_least_once;
  REQUIRE_FALSE(full.with.add(property_id::payload_format_indicator, 1));
  REQUIRE_FALSE(full.with.add_user_property("k", "v"));
  REQUIRE_FALSE(full.with.add(property_id::message_expiry_interval, 300));
  REQUIRE_FALSE(full.with.add(property_id::content_type, "text/plain; \"x\""));
  REQUIRE_FALSE(full.with.add(property_id::response_topic, "reply/to"));
  REQUIRE_FALSE(full.with.add_user_property("k", "again"));
  REQUIRE_FALSE(full.with.add(property_id::correlation_data, "id\x01\xff"));
  REQUIRE_FALSE(full.with.add(property_id::subscription_identifier, 268'435'455));
  REQUIRE_FALSE(full.with.add_user_property("", ""));
  sample& empty = add("empty", "x");
  REQUIRE_FALSE(empty.with.add(property_id::content_type, ""));
  REQUIRE_FALSE(empty.with.add(property_id::correlation_data, ""));
  // The last, because it is printed when PUBREL has come.
  sample& two = add("q2", "[1e3,0.1,-0,123456789012345678901234567890,9007199254740993, \"\\/\"]");
  two.qos = qos_t::exactly_once;
  return all;
}

/// What the program prints for the samples, up to its end.
std::string printed_by(const std::string& command, const std::vector<std::string>& arguments,
                       protocol_version version, const std::vector<sample>& messages) {
  scripted_broker broker([&](peer& client) {
    client.accepts();
    client.grants();
    std::uint16_t id = 0;
    for (const sample& each : messages) client.sends(packet_of(each, version, ++id));
    // Acknowledgements, PUBREL's other half included, until it leaves.
    while (const auto answer = client.next()) {
      if (answer->type() != packet_type::pubrec) continue;
      ack_packet release;
      REQUIRE_FALSE(decode(answer->head(), version, release));
      release.type = packet_type::pubrel;
      client.sends(release);
    }
  });
  process_options options;
  options.command = {command,
                     "-h",
                     "127.0.0.1",
                     "-p",
                     std::to_string(broker.port()),
                     "-t",
                     "#",
                     "-q",
                     "2",
                     "-V",
                     version == protocol_version::v5 ? "5" : "311",
                     "-C",
                     std::to_string(messages.size())};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.environment = {{"TZ", "Asia/Kolkata"}};
  const finished result = run(std::move(options));
  INFO(result.err);
  CHECK(result.code == 0);
  return result.out;
}

std::string printed_by_us(const message_formatter::options& options, protocol_version version,
                          const std::vector<sample>& messages) {
  message_formatter formatter(options);
  printout out;
  std::uint16_t id = 0;
  for (const sample& each : messages)
    formatter.append(out, packet_of(each, version, ++id), std::chrono::system_clock::now());
  return std::string(as_text(out.bytes().view()));
}

/// Where two texts first differ, short enough to read; empty when they do not.
std::string difference(std::string_view ours, std::string_view theirs) {
  const auto [a, b] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
  if (a == ours.end() && b == theirs.end()) return {};
  const auto at = static_cast<std::size_t>(a - ours.begin());
  const std::size_t from = at < 60 ? 0 : at - 60;
  return "ours: " + std::string(ours.substr(from, 140)) +
         "\ntheirs: " + std::string(theirs.substr(from, 140));
}

/// 2.0.11 has 2026-08-10T09:47:38.000000Z+0200, later versions and ours leave out the Z.
std::string without_z(std::string text) {
  for (std::size_t at = 0; (at = text.find("Z+", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

std::string digits_alike(std::string text) {
  for (char& c : text)
    if (c >= '0' && c <= '9') c = '0';
  return text;
}

void compare(const std::vector<std::string>& arguments, const message_formatter::options& options,
             bool has_time) {
  std::vector<std::string> our_arguments = arguments;
  if (options.user_properties_merged)
    our_arguments.insert(our_arguments.end(), {"--as-mosquitto", "2.0"});
  const std::vector<sample> messages = samples();
  for (const protocol_version version : {protocol_version::v3_1_1, protocol_version::v5}) {
    CAPTURE(options.format);
    CAPTURE(to_string(version));
    std::string theirs = printed_by("mosquitto_sub", arguments, version, messages);
    std::string ours = printed_by_us(options, version, messages);
    if (has_time) {
      theirs = digits_alike(without_z(std::move(theirs)));
      ours = digits_alike(std::move(ours));
    }
    CHECK(difference(ours, theirs) == "");
    const std::string mqtt_sub = program("mqtt-sub");
    if (!std::filesystem::exists(mqtt_sub)) continue;
    std::string whole = printed_by(mqtt_sub, our_arguments, version, messages);
    if (has_time) whole = digits_alike(std::move(whole));
    CHECK(difference(whole, theirs) == "");
  }
}

void compare_format(const std::string& format, bool has_time, bool pretty = false) {
  message_formatter::options options;
  options.format = format;
  options.format_given = true;
  options.pretty = pretty;
  options.user_properties_merged = format.find_first_of("jJ") != std::string::npos;
  std::vector<std::string> arguments = {"-F", format};
  if (pretty) arguments.push_back("--pretty");
  compare(arguments, options, has_time);
}

/// Both print the same local time.
const bool zone = [] {
  setenv("TZ", "Asia/Kolkata", 1);
  tzset();
  return true;
}();

}  // namespace

TEST_SUITE_BEGIN("beside mosquitto_sub");

TEST_CASE("plain, verbose and without newlines") {
  NEEDS_PROGRAM("mosquitto_sub");
  REQUIRE(zone);
  message_formatter::options options;
  compare({}, options, false);
  options.no_newline = true;
  compare({"-N"}, options, false);
  options.verbose = true;
  compare({"-N", "-v"}, options, false);
  options.no_newline = false;
  compare({"-v"}, options, false);
}

TEST_CASE("every escape, with and without widths") {
  NEEDS_PROGRAM("mosquitto_sub");
  compare_format("%t|%p|%x|%X|%l|%q|%r|%m|%A|%C|%D|%E|%F|%P|%R|%S|%%|@@", false);
  compare_format("%20t|%-20t|%020t|%-020t|%.3t|%20.3t|%-20.3t|%.0t|%.t|%0.2t", false);
  compare_format("%20p|%-20p|%020p|%3p|%-020p|%.2p|%1p", false);
  compare_format("%8l|%-8l|%08l|%-08l|%8.1l|%1l|%08m|%-8m|%8q|%8r", false);
  compare_format("%8A|%-8A|%08A|%-08A|%8E|%08E|%-8E|%-08E|%8F|%08F|%12S|%012S|%-12S", false);
  compare_format("%20C|%-20C|%020C|%.3C|%20.3C|%20R|%-20R|%020R|%.3R|%8D|%8P", false);
}

TEST_CASE("escapes of bytes") {
  NEEDS_PROGRAM("mosquitto_sub");
  compare_format("a\\tb\\nc\\rd\\e[0me\\af\\vg\\\\h\\0i", false);
}

TEST_CASE("an empty format") {
  NEEDS_PROGRAM("mosquitto_sub");
  compare_format("", false);
}

TEST_CASE("JSON") {
  NEEDS_PROGRAM("mosquitto_sub");
  compare_format("%j", true);
  compare_format("%j", true, true);
  compare_format("%J", true);
  compare_format("%J", true, true);
  compare_format("<%J|%j>", true);
}

TEST_CASE("times by shape") {
  NEEDS_PROGRAM("mosquitto_sub");
  compare_format("%I|%40I|%-40I|%.10I|%040I", true);
  compare_format("%U|@N|@s", true);
  compare_format("@Y-@m-@d @H:@M:@S@z @Z @j @F @T @e @k @q @% @E @n@t", true);
}

TEST_CASE("random formats") {
  NEEDS_PROGRAM("mosquitto_sub");
  std::mt19937 random(2011);
  const auto below = [&random](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  for (int round = 0; round < 30; ++round) {
    std::string format;
    for (unsigned pieces = 1 + below(6); pieces > 0; --pieces) {
      format += '%';
      if (below(3) == 0) format += '-';
      if (below(3) == 0) format += '0';
      if (below(2) == 0) format += std::to_string(below(30));
      if (below(3) == 0) format += "." + std::to_string(below(10));
      format += "ACDEFPRSlmpqrt%"[below(15)];
      format += below(2) == 0 ? "," : " \xC3\xA9 ";
    }
    compare_format(format, false);
  }
}

TEST_SUITE_END();
