#include "mqttkit/codec/reason.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

using namespace mqttkit;

namespace {

// MQTT 5.0 §3.x: the reason codes each packet's own section lists, as text.
const std::map<packet_type, std::string_view> codes_of{
    {packet_type::connack, "00 80 81 82 83 84 85 86 87 88 89 8A 8C 90 95 97 99 9A 9B 9C 9D 9F"},
    {packet_type::puback, "00 10 80 83 87 90 91 97 99"},
    {packet_type::pubrec, "00 10 80 83 87 90 91 97 99"},
    {packet_type::pubrel, "00 92"},
    {packet_type::pubcomp, "00 92"},
    {packet_type::suback, "00 01 02 80 83 87 8F 91 97 9E A1 A2"},
    {packet_type::unsuback, "00 11 80 83 87 8F 91"},
    {packet_type::disconnect,
     "00 04 80 81 82 83 87 89 8B 8C 8D 8E 8F 90 93 94 95 96 97 98 99 9A 9B 9C 9D 9E 9F A0 A1 A2"},
    {packet_type::auth, "00 18 19"},
};

}  // namespace

TEST_CASE("each reason code is allowed in exactly the packets that list it (§2.4)") {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (int type = 1; type <= 15; ++type) {
    const auto in = static_cast<packet_type>(type);
    const auto listed = codes_of.find(in);
    for (std::size_t code = 0; code < 256; ++code) {
      const std::string text{digits[code / 16], digits[code % 16]};
      const bool expected =
          listed != codes_of.end() && listed->second.find(text) != std::string_view::npos;
      CAPTURE(text);
      CAPTURE(type);
      CHECK(is_reason_allowed(static_cast<std::uint8_t>(code), in) == expected);
      if (expected) CHECK_FALSE(reason_name(static_cast<std::uint8_t>(code), in).empty());
    }
  }
}

TEST_CASE("reasons have the names of the specification") {
  CHECK(reason_name(0x00) == "Success");
  CHECK(reason_name(0x00, packet_type::disconnect) == "Normal disconnection");
  CHECK(reason_name(0x00, packet_type::suback) == "Granted QoS 0");
  CHECK(reason_name(0x00, packet_type::unsuback) == "Success");
  CHECK(reason_name(0x02, packet_type::suback) == "Granted QoS 2");
  CHECK(reason_name(0x87) == "Not authorized");
  CHECK(reason_name(0x8E, packet_type::disconnect) == "Session taken over");
  CHECK(reason_name(0xA2, packet_type::suback) == "Wildcard Subscriptions not supported");
  CHECK(reason_name(0x03).empty());
  CHECK(reason_name(0xFF).empty());
}

TEST_CASE("failure starts at 0x80 (§2.4)") {
  CHECK_FALSE(is_failure(0x00));
  CHECK_FALSE(is_failure(0x7F));
  CHECK(is_failure(0x80));
  CHECK(is_failure(0xFF));
}

TEST_CASE("return codes of MQTT 3 are told in the terms of MQTT 5, whoever sends them") {
  constexpr std::array<std::uint8_t, 6> meaning{0x00, 0x84, 0x85, 0x88, 0x86, 0x87};
  for (const auto version :
       {protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5}) {
    for (std::uint8_t code = 0; code < meaning.size(); ++code) {
      CHECK(connack_reason(code, version) == meaning[code]);
    }
    CHECK(connack_reason(6, version) == 6);
    CHECK(connack_reason(0x87, version) == 0x87);
  }
}

TEST_CASE("packet types are named as the specification writes them") {
  CHECK(to_string(packet_type::connect) == "CONNECT");
  CHECK(to_string(packet_type::unsuback) == "UNSUBACK");
  CHECK(to_string(packet_type::auth) == "AUTH");
  CHECK(to_string(static_cast<packet_type>(0)).empty());
  CHECK(to_string(static_cast<packet_type>(16)).empty());
}
