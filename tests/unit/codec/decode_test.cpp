#include "mqttkit/codec/decode.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/recode.hpp"
#include "mqttkit/base/error.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using mqttkit::test::hex;
using mqttkit::test::list_of;
using mqttkit::test::to_hex;

namespace {

constexpr protocol_version v3_1 = protocol_version::v3_1;
constexpr protocol_version v3_1_1 = protocol_version::v3_1_1;
constexpr protocol_version v5 = protocol_version::v5;

// A packet of one type with the bytes it points into.
template <class Packet>
struct decoded {
  std::vector<std::byte> bytes;
  Packet packet{};
  std::error_code error{};
};

template <class Packet>
decoded<Packet> read(protocol_version version, std::string_view text) {
  decoded<Packet> outcome{hex(text)};
  frame made;
  REQUIRE(next_frame(outcome.bytes, 0, made) == framing::complete);
  REQUIRE(made.size == outcome.bytes.size());
  if constexpr (std::is_same_v<Packet, connect_packet>) {
    (void)version;
    outcome.error = decode(made, outcome.packet);
  } else {
    outcome.error = decode(made, version, outcome.packet);
  }
  return outcome;
}

std::error_code connect_error(std::string_view text) {
  return read<connect_packet>(v5, text).error;
}

}  // namespace

// CONNECT

TEST_CASE("CONNECT of MQTT 3.1.1 with everything in it is read (3.1.1 §3.1)") {
  const auto got = read<connect_packet>(
      v3_1_1, "10 19 0004 4D515454 04 EE 000A 0001 61 0001 77 0001 78 0001 75 0001 70");
  REQUIRE_FALSE(got.error);
  CHECK(got.packet.version == v3_1_1);
  CHECK(got.packet.clean_start);
  CHECK(got.packet.keep_alive == 10);
  CHECK(got.packet.client_id == "a");
  REQUIRE(got.packet.will);
  CHECK(got.packet.will->topic == "w");
  CHECK(as_text(got.packet.will->payload) == "x");
  CHECK(got.packet.will->qos == qos_t::at_least_once);
  CHECK(got.packet.will->retain);
  CHECK(got.packet.user_name == "u");
  REQUIRE(got.packet.password);
  CHECK(as_text(*got.packet.password) == "p");
  CHECK(got.packet.properties.empty());
}

TEST_CASE("CONNECT of MQTT 5 has properties of its own and of the will (§3.1.2.11, §3.1.3.2)") {
  const auto got = read<connect_packet>(
      v5,
      "10 36 0004 4D515454 05 EE 000A 0F 11 0000000A 21 0014 26 0001 6B 0001 76 0001 61 "
      "0C 18 00000005 01 01 02 0000003C 0001 77 0001 78 0001 75 0001 70");
  REQUIRE_FALSE(got.error);
  CHECK(got.packet.version == v5);
  CHECK(got.packet.properties.number(property_id::session_expiry_interval) == 10u);
  CHECK(got.packet.properties.number(property_id::receive_maximum) == 20u);
  REQUIRE(got.packet.will);
  CHECK(got.packet.will->properties.number(property_id::will_delay_interval) == 5u);
  CHECK(got.packet.will->topic == "w");
}

TEST_CASE("an unknown name or level is a protocol error that says the level (§3.1.2.2)") {
  struct row {
    std::string_view bytes;
    int level;
  };
  for (const row& each : {row{"10 0D 0004 4D515454 06 02 003C 0001 61", 6},
                          row{"10 0D 0004 4D515454 03 02 003C 0001 61", 3},
                          row{"10 0F 0006 4D5149736470 04 02 003C 0001 61", 4},
                          row{"10 0D 0004 4D515454 84 02 003C 0001 61", 0x84},  // a bridge
                          row{"10 0D 0004 6D717474 04 02 003C 0001 61", 4},     // "mqtt"
                          row{"10 0D 0004 4D515454 00 02 003C 0001 61", 0}}) {
    CAPTURE(each.bytes);
    const auto got = read<connect_packet>(v5, each.bytes);
    CHECK(got.error == errc::protocol_error);
    CHECK(static_cast<int>(got.packet.version) == each.level);
  }
}

TEST_CASE("flags of CONNECT that contradict each other are refused") {
  // [MQTT-3.1.2-3] reserved bit; 3.1 does not use it
  CHECK(connect_error("10 0D 0004 4D515454 04 03 003C 0001 61") == errc::malformed_packet);
  CHECK(connect_error("10 0E 0004 4D515454 05 03 003C 00 0001 61") == errc::malformed_packet);
  CHECK_FALSE(connect_error("10 0F 0006 4D5149736470 03 03 003C 0001 61"));
  // [MQTT-3.1.2-11], [MQTT-3.1.2-13] will QoS or retain without a will
  CHECK(connect_error("10 0D 0004 4D515454 04 0A 003C 0001 61") == errc::malformed_packet);
  CHECK(connect_error("10 0D 0004 4D515454 04 22 003C 0001 61") == errc::malformed_packet);
  CHECK_FALSE(connect_error("10 0F 0006 4D5149736470 03 2A 003C 0001 61"));
  // [MQTT-3.1.2-12] will QoS 3
  CHECK(connect_error("10 13 0004 4D515454 04 1E 003C 0001 61 0001 77 0001 78") ==
        errc::malformed_packet);
  // 3.1.1 [MQTT-3.1.2-22] password without user name
  CHECK(connect_error("10 10 0004 4D515454 04 42 003C 0001 61 0001 70") == errc::protocol_error);
  CHECK(connect_error("10 12 0006 4D5149736470 03 42 003C 0001 61 0001 70") ==
        errc::protocol_error);
  CHECK_FALSE(connect_error("10 11 0004 4D515454 05 42 003C 00 0001 61 0001 70"));
}

TEST_CASE("the topic of a will is a topic name, its text and the identifiers are UTF-8") {
  CHECK(connect_error("10 13 0004 4D515454 04 06 003C 0001 61 0001 2B 0001 78") ==
        errc::malformed_packet);
  CHECK(connect_error("10 12 0004 4D515454 04 06 003C 0001 61 0000 0001 78") ==
        errc::malformed_packet);
  CHECK(connect_error("10 13 0004 4D515454 04 06 003C 0001 61 0001 FF 0001 78") ==
        errc::malformed_utf8);
  CHECK(connect_error("10 0D 0004 4D515454 04 02 003C 0001 FF") == errc::malformed_utf8);
  CHECK(connect_error("10 10 0004 4D515454 04 82 003C 0001 61 0001 00") == errc::malformed_utf8);
  // will payload and password are binary
  CHECK_FALSE(
      connect_error("10 19 0004 4D515454 04 EE 000A 0001 61 0001 77 0001 FF 0001 75 0001 FF"));
}

TEST_CASE("a server reads an empty identifier, whatever it then answers") {
  const auto got = read<connect_packet>(v3_1_1, "10 0C 0004 4D515454 04 00 003C 0000");
  CHECK_FALSE(got.error);
  CHECK(got.packet.client_id.empty());
  CHECK_FALSE(got.packet.clean_start);
}

TEST_CASE("in MQTT 3.1 the remaining length wins over the user name flag (3.1 §3.1)") {
  const auto neither = read<connect_packet>(v3_1, "10 0F 0006 4D5149736470 03 C2 003C 0001 61");
  REQUIRE_FALSE(neither.error);
  CHECK_FALSE(neither.packet.user_name);
  CHECK_FALSE(neither.packet.password);
  const auto name =
      read<connect_packet>(v3_1, "10 12 0006 4D5149736470 03 C2 003C 0001 61 0001 75");
  REQUIRE_FALSE(name.error);
  CHECK(name.packet.user_name == "u");
  CHECK_FALSE(name.packet.password);
  CHECK(connect_error("10 0D 0004 4D515454 04 82 003C 0001 61") == errc::malformed_packet);
}

TEST_CASE("authentication data needs a method (§3.1.2.11.10)") {
  CHECK(connect_error("10 12 0004 4D515454 05 02 003C 04 16 0001 FE 0001 61") ==
        errc::protocol_error);
  CHECK_FALSE(connect_error("10 16 0004 4D515454 05 02 003C 08 16 0001 FE 15 0001 6D 0001 61"));
}

// CONNACK

TEST_CASE("CONNACK says whether there is a session and why not (§3.2)") {
  const auto got = read<connack_packet>(v5, "20 06 01 87 03 21 0014");
  REQUIRE_FALSE(got.error);
  CHECK(got.packet.session_present);
  CHECK(got.packet.reason == 0x87);
  CHECK(got.packet.properties.number(property_id::receive_maximum) == 20u);
}

TEST_CASE("only bit 0 of CONNACK's flags may be set [MQTT-3.2.2-1]; 3.1 reserves the byte") {
  CHECK(read<connack_packet>(v3_1_1, "20 02 02 00").error == errc::malformed_packet);
  CHECK(read<connack_packet>(v5, "20 03 80 00 00").error == errc::malformed_packet);
  const auto reserved = read<connack_packet>(v3_1, "20 02 FF 00");
  CHECK_FALSE(reserved.error);
  CHECK_FALSE(reserved.packet.session_present);
}

TEST_CASE("an answer in the form of MQTT 3.1.1 to an MQTT 5 client is read") {
  const auto got = read<connack_packet>(v5, "20 02 00 01");
  REQUIRE_FALSE(got.error);
  CHECK(got.packet.reason == 1);
  CHECK(got.packet.properties.empty());
  CHECK(connack_reason(got.packet.reason, v5) == 0x84);
}

TEST_CASE("CONNACK of another length is malformed") {
  CHECK(read<connack_packet>(v3_1_1, "20 01 00").error == errc::malformed_packet);
  CHECK(read<connack_packet>(v3_1_1, "20 03 00 00 00").error == errc::malformed_packet);
  CHECK(read<connack_packet>(v5, "20 04 00 00 00 00").error == errc::malformed_packet);
  CHECK(read<connack_packet>(v5, "20 03 00 00 01").error == errc::malformed_packet);
  CHECK(read<connack_packet>(v5, "20 04 00 00 80 00").error == errc::malformed_packet);
}

TEST_CASE("a reason code the specification does not list is passed on as it is") {
  const auto got = read<connack_packet>(v5, "20 03 00 F0 00");
  CHECK_FALSE(got.error);
  CHECK(got.packet.reason == 0xF0);
}

// PUBLISH

TEST_CASE("PUBLISH is read in every QoS (§3.3)") {
  const auto zero = read<publish_packet>(v3_1_1, "31 07 0003 612F62 6869");
  REQUIRE_FALSE(zero.error);
  CHECK(zero.packet.topic == "a/b");
  CHECK(as_text(zero.packet.payload) == "hi");
  CHECK(zero.packet.qos == qos_t::at_most_once);
  CHECK(zero.packet.retain);
  CHECK_FALSE(zero.packet.dup);
  CHECK(zero.packet.packet_id == 0);

  const auto two = read<publish_packet>(v5, "3C 0C 0001 74 FFFF 05 02 0000003C 00");
  REQUIRE_FALSE(two.error);
  CHECK(two.packet.qos == qos_t::exactly_once);
  CHECK(two.packet.dup);
  CHECK_FALSE(two.packet.retain);
  CHECK(two.packet.packet_id == 65535);
  CHECK(two.packet.properties.number(property_id::message_expiry_interval) == 60u);
  CHECK(to_hex(two.packet.payload) == "00");
}

TEST_CASE("the bytes behind a topic are payload, also where MQTT 5 would have properties") {
  const auto got = read<publish_packet>(v3_1_1, "30 06 0001 74 00 6869");
  REQUIRE_FALSE(got.error);
  CHECK(to_hex(got.packet.payload) == "00 68 69");
}

TEST_CASE("DUP means nothing at QoS 0 [MQTT-3.3.1-2]") {
  const auto got = read<publish_packet>(v3_1_1, "38 03 0001 74");
  CHECK_FALSE(got.error);
  CHECK_FALSE(got.packet.dup);
}

TEST_CASE("packet identifier 0 is refused [MQTT-2.2.1-2]") {
  CHECK(read<publish_packet>(v5, "32 06 0001 74 0000 00").error == errc::malformed_packet);
  CHECK(read<ack_packet>(v5, "40 02 0000").error == errc::malformed_packet);
  CHECK(read<subscribe_packet>(v5, "82 07 0000 00 0001 61 00").error == errc::malformed_packet);
  CHECK(read<suback_packet>(v5, "90 04 0000 00 00").error == errc::malformed_packet);
}

TEST_CASE("a PUBLISH that breaks off is malformed") {
  for (const std::string_view text :
       {"30 00", "30 01 00", "30 02 0001", "32 03 0001 74", "32 04 0001 74 00"}) {
    CAPTURE(text);
    CHECK(read<publish_packet>(v3_1_1, text).error == errc::malformed_packet);
  }
  for (const std::string_view text :
       {"30 03 0001 74", "32 05 0001 74 0001", "30 04 0001 74 01", "30 05 0001 74 02 01",
        "30 05 0001 74 80 00", "30 07 0001 74 80808080"}) {
    CAPTURE(text);
    CHECK(read<publish_packet>(v5, text).error == errc::malformed_packet);
  }
}

TEST_CASE("a topic is UTF-8 without wildcards [MQTT-3.3.2-1] [MQTT-3.3.2-2]") {
  for (const auto version : {v3_1, v3_1_1}) {
    CHECK_FALSE(read<publish_packet>(version, "30 0B 0009 C3BE C3BF E4BBBF 2F61").error);
    CHECK(read<publish_packet>(version, "30 04 0002 C328").error == errc::malformed_utf8);
    CHECK(read<publish_packet>(version, "30 05 0003 E080AF").error == errc::malformed_utf8);
    CHECK(read<publish_packet>(version, "30 05 0003 610062").error == errc::malformed_utf8);
    CHECK(read<publish_packet>(version, "30 05 0003 612F23").error == errc::malformed_packet);
    CHECK(read<publish_packet>(version, "30 02 0000").error == errc::malformed_packet);
  }
}

TEST_CASE("an empty topic needs a topic alias (§3.3.2.1)") {
  CHECK(read<publish_packet>(v5, "30 03 0000 00").error == errc::protocol_error);
  const auto got = read<publish_packet>(v5, "30 07 0000 03 23 0001 78");
  REQUIRE_FALSE(got.error);
  CHECK(got.packet.topic.empty());
  CHECK(got.packet.properties.number(property_id::topic_alias) == 1u);
  CHECK(as_text(got.packet.payload) == "x");
}

// PUBACK and its kin

TEST_CASE("acknowledgements have three lengths in MQTT 5 and one before (§3.4.2.1)") {
  for (const std::string_view first : {"40", "50", "62", "70"}) {
    CAPTURE(first);
    const auto shortest = read<ack_packet>(v5, std::string(first) + " 02 0007");
    CHECK_FALSE(shortest.error);
    CHECK(shortest.packet.packet_id == 7);
    CHECK(shortest.packet.reason == 0);
    const auto with_reason = read<ack_packet>(v5, std::string(first) + " 03 0007 92");
    CHECK_FALSE(with_reason.error);
    CHECK(with_reason.packet.reason == 0x92);
    const auto with_list = read<ack_packet>(v5, std::string(first) + " 09 0007 92 05 1F 0002 6E6F");
    CHECK_FALSE(with_list.error);
    CHECK(with_list.packet.properties.text(property_id::reason_string) == "no");
    CHECK(static_cast<int>(with_list.packet.type) == first[0] - '0');

    for (const auto version : {v3_1, v3_1_1}) {
      CHECK_FALSE(read<ack_packet>(version, std::string(first) + " 02 0007").error);
      CHECK(read<ack_packet>(version, std::string(first) + " 03 0007 00").error ==
            errc::malformed_packet);
    }
    CHECK(read<ack_packet>(v5, std::string(first) + " 01 00").error == errc::malformed_packet);
    CHECK(read<ack_packet>(v5, std::string(first) + " 05 0007 00 00 00").error ==
          errc::malformed_packet);
    CHECK(read<ack_packet>(v5, std::string(first) + " 04 0007 00 01").error ==
          errc::malformed_packet);
  }
}

TEST_CASE("a success that is not the packet's own is refused, a failure is read (Table 2-6)") {
  const struct {
    std::string_view first;
    std::vector<int> successes;
  } packets[] = {{"40", {0x00, 0x10}}, {"50", {0x00, 0x10}}, {"62", {0x00}}, {"70", {0x00}}};
  for (const auto& packet : packets) {
    for (int code = 0; code <= 0xFF; ++code) {
      CAPTURE(packet.first);
      CAPTURE(code);
      const auto byte = static_cast<std::byte>(code);
      const auto got = read<ack_packet>(
          v5, std::string(packet.first) + " 03 0007 " + to_hex(bytes_view(&byte, 1)));
      const bool is_own =
          code >= 0x80 || std::count(packet.successes.begin(), packet.successes.end(), code) != 0;
      CHECK(got.error == (is_own ? std::error_code() : make_error_code(errc::protocol_error)));
      if (is_own) CHECK(got.packet.reason == code);
    }
  }
}

// SUBSCRIBE and UNSUBSCRIBE

TEST_CASE("SUBSCRIBE lists filters with their options (§3.8.3.1)") {
  const auto got = read<subscribe_packet>(v5, "82 0F 0009 02 0B 05 0003 612F23 2E 0001 2B 11");
  REQUIRE_FALSE(got.error);
  CHECK(got.packet.packet_id == 9);
  CHECK(got.packet.properties.number(property_id::subscription_identifier) == 5u);
  const auto filters = list_of(got.packet.filters);
  REQUIRE(filters.size() == 2);
  CHECK(filters[0].filter == "a/#");
  CHECK(filters[0].qos == qos_t::exactly_once);
  CHECK(filters[0].no_local);
  CHECK(filters[0].retain_as_published);
  CHECK(filters[0].retained == retain_handling::do_not_send);
  CHECK(filters[1].filter == "+");
  CHECK(filters[1].qos == qos_t::at_least_once);
  CHECK_FALSE(filters[1].no_local);
  CHECK_FALSE(filters[1].retain_as_published);
  CHECK(filters[1].retained == retain_handling::send_if_new);
}

TEST_CASE("UNSUBSCRIBE lists filters alone") {
  const auto got = read<subscribe_packet>(v3_1_1, "A2 0A 0001 0003 612F23 0001 2B");
  REQUIRE_FALSE(got.error);
  const auto filters = list_of(got.packet.filters);
  REQUIRE(filters.size() == 2);
  CHECK(filters[0].filter == "a/#");
  CHECK(filters[1].filter == "+");
}

TEST_CASE("subscription options that are reserved or contradict are refused") {
  for (const std::string_view options : {"04", "08", "10", "40", "80", "03"}) {  // [MQTT-3-8.3-4]
    CHECK(read<subscribe_packet>(v3_1_1, "82 06 0001 0001 61 " + std::string(options)).error ==
          errc::malformed_packet);
  }
  for (const std::string_view options : {"40", "80", "03"}) {  // [MQTT-3.8.3-5]
    CHECK(read<subscribe_packet>(v5, "82 07 0001 00 0001 61 " + std::string(options)).error ==
          errc::malformed_packet);
  }
  CHECK(read<subscribe_packet>(v5, "82 07 0001 00 0001 61 30").error == errc::protocol_error);
  // [MQTT-3.8.3-4]: no local on "$share/g/a"
  CHECK(read<subscribe_packet>(v5, "82 10 0009 00 000A 2473686172652F672F61 04").error ==
        errc::protocol_error);
}

TEST_CASE("at least one filter is required [MQTT-3.8.3-2] [MQTT-3.10.3-2]") {
  CHECK(read<subscribe_packet>(v3_1_1, "82 02 0001").error == errc::protocol_error);
  CHECK(read<subscribe_packet>(v3_1_1, "A2 02 0001").error == errc::protocol_error);
  CHECK(read<subscribe_packet>(v5, "82 03 0001 00").error == errc::protocol_error);
  CHECK(read<subscribe_packet>(v5, "A2 03 0001 00").error == errc::protocol_error);
}

TEST_CASE("filters are checked, every one of them") {
  CHECK(read<subscribe_packet>(v3_1_1, "82 0B 0001 0001 61 00 0002 6123 00").error ==
        errc::malformed_packet);
  CHECK(read<subscribe_packet>(v3_1_1, "82 05 0001 0000 00").error == errc::malformed_packet);
  CHECK(read<subscribe_packet>(v3_1_1, "82 06 0001 0001 FF 00").error == errc::malformed_utf8);
  CHECK(read<subscribe_packet>(v3_1_1, "82 05 0001 0001 61").error == errc::malformed_packet);
  CHECK(read<subscribe_packet>(v3_1_1, "82 08 0001 0001 61 00 0001").error ==
        errc::malformed_packet);
}

// SUBACK and UNSUBACK

TEST_CASE("SUBACK has a code for each filter, whatever it says") {
  const auto got = read<suback_packet>(v3_1_1, "90 07 0102 00 01 02 80 8F");
  REQUIRE_FALSE(got.error);
  CHECK(got.packet.packet_id == 0x0102);
  CHECK(to_hex(got.packet.codes) == "00 01 02 80 8F");
  CHECK(read<suback_packet>(v3_1_1, "90 02 0001").error == errc::malformed_packet);
  CHECK(read<suback_packet>(v3_1_1, "90 03 0001 03").error == errc::malformed_packet);
  CHECK(read<suback_packet>(v5, "90 05 0001 00 02 7F").error == errc::malformed_packet);
  CHECK(read<suback_packet>(v5, "90 03 0001 00").error == errc::malformed_packet);
  CHECK(read<suback_packet>(v5, "90 02 0001").error == errc::malformed_packet);
}

TEST_CASE("UNSUBACK has codes in MQTT 5 only (§3.11.3)") {
  const auto before = read<suback_packet>(v3_1_1, "B0 02 0001");
  CHECK_FALSE(before.error);
  CHECK(before.packet.codes.empty());
  CHECK(read<suback_packet>(v3_1_1, "B0 03 0001 00").error == errc::malformed_packet);
  const auto got = read<suback_packet>(v5, "B0 05 0001 00 00 11");
  CHECK_FALSE(got.error);
  CHECK(to_hex(got.packet.codes) == "00 11");
  CHECK(read<suback_packet>(v5, "B0 03 0001 00").error == errc::malformed_packet);
  CHECK_FALSE(read<suback_packet>(v5, "B0 04 0001 00 87").error);
  CHECK(read<suback_packet>(v5, "B0 05 0001 00 00 01").error == errc::protocol_error);
}

// DISCONNECT and AUTH

TEST_CASE("DISCONNECT and AUTH may leave out what is at its default (§3.14.2.1, §3.15.2.1)") {
  for (const std::string_view first : {"E0", "F0"}) {
    CAPTURE(first);
    const auto empty = read<reason_packet>(v5, std::string(first) + " 00");
    CHECK_FALSE(empty.error);
    CHECK(empty.packet.reason == 0);
    const auto reason = read<reason_packet>(v5, std::string(first) + " 01 8E");
    CHECK_FALSE(reason.error);
    CHECK(reason.packet.reason == 0x8E);
    const auto full = read<reason_packet>(v5, std::string(first) + " 07 8E 05 1F 0002 6E6F");
    CHECK_FALSE(full.error);
    CHECK(full.packet.properties.text(property_id::reason_string) == "no");
    CHECK(read<reason_packet>(v5, std::string(first) + " 02 8E 01").error ==
          errc::malformed_packet);
    CHECK(read<reason_packet>(v5, std::string(first) + " 03 8E 00 00").error ==
          errc::malformed_packet);
  }
}

TEST_CASE("DISCONNECT and AUTH have successes of their own (Table 2-6)") {
  CHECK_FALSE(read<reason_packet>(v5, "E0 01 04").error);
  CHECK(read<reason_packet>(v5, "E0 01 18").error == errc::protocol_error);
  CHECK_FALSE(read<reason_packet>(v5, "F0 01 18").error);
  CHECK(read<reason_packet>(v5, "F0 01 04").error == errc::protocol_error);
}

TEST_CASE("before MQTT 5 DISCONNECT is empty and there is no AUTH") {
  for (const auto version : {v3_1, v3_1_1}) {
    CHECK_FALSE(read<reason_packet>(version, "E0 00").error);
    CHECK(read<reason_packet>(version, "E0 01 00").error == errc::malformed_packet);
    CHECK(read<reason_packet>(version, "F0 00").error == errc::malformed_packet);
  }
}

TEST_CASE("a frame of another type is refused") {
  const auto bytes = hex("D0 00");
  frame made;
  REQUIRE(next_frame(bytes, 0, made) == framing::complete);
  connect_packet connect;
  connack_packet connack;
  publish_packet publish;
  ack_packet ack;
  subscribe_packet subscribe;
  suback_packet suback;
  reason_packet reason;
  CHECK(decode(made, connect) == errc::malformed_packet);
  CHECK(decode(made, v5, connack) == errc::malformed_packet);
  CHECK(decode(made, v5, publish) == errc::malformed_packet);
  CHECK(decode(made, v5, ack) == errc::malformed_packet);
  CHECK(decode(made, v5, subscribe) == errc::malformed_packet);
  CHECK(decode(made, v5, suback) == errc::malformed_packet);
  CHECK(decode(made, v5, reason) == errc::malformed_packet);
}
