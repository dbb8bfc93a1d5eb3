#include "message/json_line.hpp"

#include <doctest/doctest.h>
#include <regex.h>

#include <nlohmann/json.hpp>
#include <string>

#include "mqttkit/wire/base64.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using nlohmann::json;

namespace {

// 2026-11-21T04:27:25.080758Z
const std::chrono::system_clock::time_point arrived{std::chrono::microseconds(1795235245080758)};

std::string line_of(const publish_packet& message, bool parse = false) {
  json_line lines(parse);
  printout out;
  lines.append(out, message, arrived);
  return std::string(as_text(out.bytes().view()));
}

publish_packet message(std::string_view payload) {
  publish_packet made;
  made.topic = "a/b";
  made.payload = as_bytes(payload);
  return made;
}

// regcomp(3), because g++ 12 with sanitizers takes std::regex for uninitialised.
bool matches(const std::string& pattern, const std::string& text) {
  regex_t compiled{};
  REQUIRE(regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) == 0);
  const bool is_match = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return is_match;
}

// The keywords of JSON Schema that ours uses; empty when `value` is valid.
std::string violation(const json& schema, const json& value, const std::string& where = "line") {
  if (schema.contains("type")) {
    const std::string type = schema["type"];
    const bool fits =
        (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
        (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
        (type == "integer" && value.is_number_integer());
    if (!fits) return where + " is not of type " + type;
  }
  if (schema.contains("minimum") && value < schema["minimum"]) return where + " is too small";
  if (schema.contains("maximum") && value > schema["maximum"]) return where + " is too large";
  if (schema.contains("pattern") && !matches(schema["pattern"], value))
    return where + " does not match its pattern";
  if (schema.contains("minItems") && value.size() < schema["minItems"]) return where + " is short";
  if (schema.contains("maxItems") && value.size() > schema["maxItems"]) return where + " is long";
  if (schema.contains("required"))
    for (const auto& name : schema["required"])
      if (!value.contains(name)) return where + " lacks " + name.get<std::string>();
  if (schema.contains("oneOf")) {
    int valid = 0;
    for (const auto& each : schema["oneOf"])
      if (violation(each, value, where).empty()) ++valid;
    if (valid != 1) return where + " matches " + std::to_string(valid) + " of oneOf";
  }
  if (schema.contains("items"))
    for (const auto& element : value)
      if (auto wrong = violation(schema["items"], element, where + "[]"); !wrong.empty())
        return wrong;
  if (schema.contains("properties"))
    for (const auto& [name, member] : value.items()) {
      if (!schema["properties"].contains(name)) return where + " has an unknown key " + name;
      auto wrong = violation(schema["properties"][name], member, where + "." + name);
      if (!wrong.empty()) return wrong;
    }
  return {};
}

}  // namespace

TEST_CASE("a message is one line of JSON with stable keys") {
  publish_packet packet = message("hello \"you\"\n");
  packet.qos = qos_t::at_least_once;
  packet.retain = true;
  packet.packet_id = 7;
  CHECK(line_of(packet) ==
        "{\"ts\":\"2026-11-21T04:27:25.080758Z\",\"topic\":\"a/b\","
        "\"payload\":\"hello \\\"you\\\"\\n\",\"size\":12,\"qos\":1,\"retain\":true,"
        "\"dup\":false,\"mid\":7,\"props\":{}}\n");
}

TEST_CASE("a payload that is not UTF-8 comes as base64, and only as that") {
  const json value = json::parse(line_of(message("\xff\x00\xfe")));
  CHECK(value["payload_b64"] == base64(as_bytes("\xff")));
  CHECK(!value.contains("payload"));
  const json text =
      json::parse(line_of(message(std::string_view("nul \0 and \xF0\x9F\x9A\x80", 14))));
  CHECK(text["payload"] == std::string("nul \0 and \xF0\x9F\x9A\x80", 14));
  CHECK(!text.contains("payload_b64"));
  CHECK(json::parse(line_of(message("")))["payload"] == "");
}

TEST_CASE("all properties stand in the line, user properties in their order") {
  properties with;
  std::error_code error;
  error = with.add(property_id::payload_format_indicator, 1u);
  error = with.add(property_id::message_expiry_interval, 4'000'000'000u);
  error = with.add(property_id::content_type, std::string_view("text/plain"));
  error = with.add(property_id::response_topic, std::string_view("answers"));
  error = with.add(property_id::correlation_data, std::string_view("\x00\xff", 2));
  error = with.add(property_id::subscription_identifier, 3u);
  error = with.add_user_property("b", "1");
  error = with.add_user_property("a", "2");
  error = with.add_user_property("b", "3");
  REQUIRE(!error);
  publish_packet packet = message("x");
  packet.properties = with;
  const json props = json::parse(line_of(packet))["props"];
  CHECK(props["payload_format"] == 1);
  CHECK(props["message_expiry"] == 4'000'000'000u);
  CHECK(props["content_type"] == "text/plain");
  CHECK(props["response_topic"] == "answers");
  CHECK(props["correlation_b64"] == "AP8=");
  CHECK(props["subscription_ids"] == json::array({3}));
  CHECK(props["user_properties"].dump() == R"([["b","1"],["a","2"],["b","3"]])");
}

TEST_CASE("--parse adds the publisher's own JSON, on one line, and nothing that is not JSON") {
  const std::string line = line_of(message("{\"t\": 21.50,\n \"n\":\t1e400}"), true);
  CHECK(line.find("\"payload_json\":{\"t\": 21.50,  \"n\":\t1e400}") != std::string::npos);
  CHECK(line.find('\n') == line.size() - 1);
  for (const char* other : {"", "21.", "{\"a\":1", "nan", "{} {}", "'x'", "[1,]"}) {
    CAPTURE(other);
    CHECK(line_of(message(other), true).find("payload_json") == std::string::npos);
  }
  CHECK(line_of(message("21.5"), true).find("\"payload_json\":21.5,") != std::string::npos);
}

TEST_CASE("every line is valid by the schema that --json-schema prints") {
  const json schema = json::parse(json_line::schema());
  properties with;
  std::error_code error = with.add_user_property("k", "v");
  error = with.add(property_id::correlation_data, std::string_view("c"));
  REQUIRE(!error);
  publish_packet full = message("{\"a\":[1,2]}");
  full.qos = qos_t::exactly_once;
  full.packet_id = 65'535;
  full.dup = true;
  full.properties = with;
  for (const publish_packet& packet : {message(""), message("text"), message("\xff"), full}) {
    const std::string line = line_of(packet, true);
    CHECK_MESSAGE(violation(schema, json::parse(line)) == "", line);
  }
  // The validator itself finds what is wrong.
  json broken = json::parse(line_of(full));
  broken["payload_b64"] = "AA==";
  CHECK(violation(schema, broken) != "");
  broken = json::parse(line_of(full));
  broken["mid"] = "7";
  CHECK(violation(schema, broken) != "");
}

TEST_CASE("--decode sparkplug adds what was decoded beside the raw payload, as the schema says") {
  const json schema = json::parse(json_line::schema());
  publish_packet packet = message("\x08\x01\x12\x09\x0A\x01t\x10\x07\x20\x0B\x70\x01");
  for (const std::string_view topic : {"spBv1.0/g/NBIRTH/n", "a/b"}) {
    packet.topic = topic;
    json_line lines(false, true);
    printout out;
    lines.append(out, packet, arrived);
    const json value = json::parse(as_text(out.bytes().view()));
    CHECK(violation(schema, value) == "");
    CHECK(value.contains("payload") != value.contains("payload_b64"));
    CHECK(value.contains("sparkplug") == (topic != "a/b"));
    if (topic == "a/b") continue;
    CHECK(
        value["sparkplug"].dump() ==
        R"({"metrics":[{"alias":7,"datatype":"Boolean","name":"t","value":true}],"timestamp":1})");
  }
}
