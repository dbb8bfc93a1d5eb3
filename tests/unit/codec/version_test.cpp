#include "mqttkit/codec/version.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace mqttkit;

TEST_CASE("versions are read in the spellings of mosquitto and of the specifications") {
  for (const std::string_view text : {"3.1", "31", "mqttv31"}) {
    CHECK(parse_protocol_version(text) == protocol_version::v3_1);
  }
  for (const std::string_view text : {"3.1.1", "311", "mqttv311"}) {
    CHECK(parse_protocol_version(text) == protocol_version::v3_1_1);
  }
  for (const std::string_view text : {"5", "5.0", "mqttv5"}) {
    CHECK(parse_protocol_version(text) == protocol_version::v5);
  }
  for (const std::string_view text : {"", "3", "4", "6", "5.", "mqtt", "MQTTv5 ", "3.11"}) {
    CHECK_FALSE(parse_protocol_version(text));
  }
}

TEST_CASE("a version's own text is read back") {
  for (const auto version :
       {protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5}) {
    CHECK(parse_protocol_version(to_string(version)) == version);
  }
  CHECK(to_string(static_cast<protocol_version>(9)).empty());
}

TEST_CASE("only 3.1 calls itself MQIsdp (3.1 §3.1, 3.1.1 §3.1.2.1)") {
  CHECK(protocol_name(protocol_version::v3_1) == "MQIsdp");
  CHECK(protocol_name(protocol_version::v3_1_1) == "MQTT");
  CHECK(protocol_name(protocol_version::v5) == "MQTT");
}

TEST_CASE("MQTT 3.1 is offered over WebSocket under its old name and the new one") {
  CHECK(websocket_subprotocols(protocol_version::v3_1) == "mqttv3.1, mqtt");
  CHECK(websocket_subprotocols(protocol_version::v3_1_1) == "mqtt");
  CHECK(websocket_subprotocols(protocol_version::v5) == "mqtt");
}
