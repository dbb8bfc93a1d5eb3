#include <string>
#include <string_view>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

// The final event of a publish.
delivered finished(peer& p, std::uint64_t token) {
  const delivered end = p.take<delivered>();
  CHECK(end.token == token);
  CHECK(!end.error);
  return end;
}

}  // namespace

// the three exchanges

TEST_CASE("QoS 0 is sent and forgotten") {
  for (const protocol_version version : {v3_1, v3_1_1}) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    CHECK(p.publishes(message("t", "hi", qos_0)) == admission::accepted);
    CHECK(p.sent() == bytes("30 05 0001 74 6869"));
    CHECK(p.client.inflight() == 0);
    CHECK(p.has_nothing_more());
  }
  peer p(plain(v5));
  p.connects();
  CHECK(p.publishes(message("t", "hi", qos_0)) == admission::accepted);
  CHECK(p.sent() == bytes("30 06 0001 74 00 6869"));
}

TEST_CASE("QoS 1 ends with PUBACK") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    CHECK(p.publishes(message("t", "hi", qos_1, true), 7) == admission::accepted);
    CHECK(p.sent() == bytes(version == v5 ? "33 08 0001 74 0001 00 6869"  //
                                          : "33 07 0001 74 0001 6869"));
    CHECK(p.client.inflight() == 1);
    CHECK(p.has_nothing_more());
    p.receives("40 02 0001");
    CHECK(finished(p, 7).reason == 0);
    CHECK(p.client.inflight() == 0);
    CHECK(p.sent().empty());
  }
}

TEST_CASE("QoS 2 ends with PUBCOMP, after PUBREC and PUBREL") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    CHECK(p.publishes(message("t", "hi", qos_2), 7) == admission::accepted);
    CHECK(p.sent() == bytes(version == v5 ? "34 08 0001 74 0001 00 6869"  //
                                          : "34 07 0001 74 0001 6869"));
    p.receives("50 02 0001");
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes("62 02 0001"));
    CHECK(p.client.inflight() == 1);
    p.receives("70 02 0001");
    CHECK(finished(p, 7).reason == 0);
    CHECK(p.client.inflight() == 0);
    CHECK(p.sent().empty());
  }
}

TEST_CASE("properties of the message go out with it") {
  properties with;
  CHECK(!with.add(property_id::content_type, "c"));
  publish_packet packet = message("t", "x", qos_0);
  packet.properties = with;
  peer p(plain(v5));
  p.connects();
  CHECK(p.publishes(packet) == admission::accepted);
  CHECK(p.sent() == bytes("30 09 0001 74 04 03 0001 63 78"));
}

TEST_CASE("DUP and packet identifier of the caller do not count") {
  publish_packet packet = message("t", "", qos_1);
  packet.dup = true;
  packet.packet_id = 9;
  peer p(plain(v3_1_1));
  p.connects();
  CHECK(p.publishes(packet) == admission::accepted);
  CHECK(p.sent() == bytes("32 05 0001 74 0001"));
}

TEST_CASE("messages go out in the order they were published [MQTT-4.6.0-1]") {
  peer p(plain(v3_1_1));
  p.connects();
  CHECK(p.publishes(message("a", "", qos_1), 1) == admission::accepted);
  CHECK(p.publishes(message("b", "", qos_0), 2) == admission::accepted);
  CHECK(p.publishes(message("c", "", qos_2), 3) == admission::accepted);
  CHECK(p.sent() == bytes("32 05 0001 61 0001  30 03 0001 62  34 05 0001 63 0002"));
}

TEST_CASE("events come in the order of the acknowledgements") {
  peer p(plain(v3_1_1));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  p.publishes(message("b", "", qos_1), 2);
  p.receives("40 02 0002  40 02 0001");
  finished(p, 2);
  finished(p, 1);
}

TEST_CASE("PUBREL is sent in the order of PUBREC [MQTT-4.6.0-4]") {
  peer p(plain(v3_1_1));
  p.connects();
  p.publishes(message("a", "", qos_2), 1);
  p.publishes(message("b", "", qos_2), 2);
  p.sent();
  p.receives("50 02 0002  50 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("62 02 0002  62 02 0001"));
}

TEST_CASE("a packet identifier is used again only after all the others") {
  session_options options = plain(v3_1_1);
  options.maximum_inflight = 2;
  peer p(options);
  p.connects();
  p.publishes(message("t", "", qos_1), 1);
  p.receives("40 02 0001");
  finished(p, 1);
  p.sent();
  p.publishes(message("t", "", qos_1), 2);
  CHECK(p.sent() == bytes("32 05 0001 74 0002"));
}

// refusals and odd answers

TEST_CASE("a PUBACK may refuse the message, and says why") {
  peer p(plain(v5));
  p.connects();
  p.publishes(message("t", "", qos_1), 7);
  p.receives("40 09 0001 97 05 1F 0002 6E6F");
  const delivered end = finished(p, 7);
  CHECK(end.reason == 0x97);
  CHECK(end.properties.text(property_id::reason_string) == "no");
  CHECK(p.client.inflight() == 0);
}

TEST_CASE("a PUBREC with a failure ends the exchange and sends no PUBREL [MQTT-4.3.3-4]") {
  peer p(plain(v5));
  p.connects();
  p.publishes(message("t", "", qos_2), 7);
  p.sent();
  p.receives("50 03 0001 87");
  CHECK(finished(p, 7).reason == 0x87);
  CHECK(p.client.inflight() == 0);
  CHECK(p.sent().empty());
}

TEST_CASE("a PUBREC that finds no subscriber is a success") {
  peer p(plain(v5));
  p.connects();
  p.publishes(message("t", "", qos_2), 7);
  p.sent();
  p.receives("50 03 0001 10");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("62 02 0001"));
}

TEST_CASE("a PUBACK for a QoS 2 message is final, as RabbitMQ means it") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    p.publishes(message("t", "", qos_2), 7);
    p.sent();
    p.receives("40 02 0001");
    CHECK(finished(p, 7).reason == 0);
    CHECK(p.client.inflight() == 0);
    CHECK(p.sent().empty());
  }
}

TEST_CASE("a PUBACK after PUBREC ends nothing") {
  peer p(plain(v3_1_1));
  p.connects();
  p.publishes(message("t", "", qos_2), 7);
  p.receives("50 02 0001  40 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.client.inflight() == 1);
}

TEST_CASE("PUBCOMP that knows no such exchange ends it as done") {
  peer p(plain(v5));
  p.connects();
  p.publishes(message("t", "", qos_2), 7);
  p.receives("50 02 0001  70 03 0001 92");
  CHECK(finished(p, 7).reason == 0);
}

TEST_CASE("PUBCOMP before PUBREC ends nothing") {
  peer p(plain(v3_1_1));
  p.connects();
  p.publishes(message("t", "", qos_2), 7);
  p.receives("70 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.client.inflight() == 1);
}

TEST_CASE("a repeated PUBREC is answered again") {
  peer p(plain(v5));
  p.connects();
  p.publishes(message("t", "", qos_2), 7);
  p.sent();
  p.receives("50 02 0001  50 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("62 02 0001  62 02 0001"));
}

TEST_CASE("a PUBREC for nothing in flight is answered with PUBREL, in MQTT 5 with 0x92") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    p.receives("50 02 0009  70 02 0009");
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes(version == v5 ? "62 03 0009 92" : "62 02 0009"));
  }
}

TEST_CASE("acknowledgements for nothing in flight are passed over") {
  peer p(plain(v5));
  p.connects();
  p.receives("40 02 0009  70 02 FFFF  50 03 0009 97  90 04 0009 00 00  B0 04 0009 00 00");
  CHECK(p.has_nothing_more());
  CHECK(p.client.is_connected());
  CHECK(p.sent().empty());
}

// full

TEST_CASE("nothing is accepted unless connected") {
  peer p(plain(v5));
  CHECK(p.publishes(message("t", "", qos_0)) == admission::full);
  p.comes_up();
  CHECK(p.publishes(message("t", "", qos_0)) == admission::full);
  CHECK(p.client.window_full());
  p.is_accepted();
  CHECK(p.publishes(message("t", "", qos_0)) == admission::accepted);
  p.client.transport_down();
  CHECK(p.publishes(message("t", "", qos_0)) == admission::full);
  CHECK(p.client.output_size() == 0);
}

TEST_CASE("the window is as large as was asked for, and QoS 0 passes by") {
  session_options options = plain(v5);
  options.maximum_inflight = 2;
  peer p(options);
  p.connects();
  CHECK(p.publishes(message("t", "", qos_1), 1) == admission::accepted);
  CHECK(!p.client.window_full());
  CHECK(p.publishes(message("t", "", qos_2), 2) == admission::accepted);
  CHECK(p.client.window_full());
  p.sent();
  CHECK(p.publishes(message("t", "", qos_1), 3) == admission::full);
  CHECK(p.sent().empty());
  CHECK(p.publishes(message("t", "", qos_0)) == admission::accepted);
  p.receives("40 02 0001");
  finished(p, 1);
  CHECK(p.publishes(message("t", "", qos_1), 3) == admission::accepted);
}

TEST_CASE("the broker's receive maximum is respected [MQTT-3.3.4-9]") {
  peer p(plain(v5));
  p.connects("21 0002");
  CHECK(p.publishes(message("t", "", qos_1), 1) == admission::accepted);
  CHECK(p.publishes(message("t", "", qos_2), 2) == admission::accepted);
  CHECK(p.publishes(message("t", "", qos_1), 3) == admission::full);
  SUBCASE("PUBACK makes room") { p.receives("40 02 0001"); }
  SUBCASE("a PUBREC that refuses makes room") { p.receives("50 03 0002 87"); }
  SUBCASE("PUBCOMP makes room, PUBREC does not") {
    p.receives("50 02 0002");
    CHECK(p.has_nothing_more());
    CHECK(p.publishes(message("t", "", qos_1), 3) == admission::full);
    p.receives("70 02 0002");
  }
  p.take<delivered>();
  CHECK(p.publishes(message("t", "", qos_1), 3) == admission::accepted);
  CHECK(p.publishes(message("t", "", qos_1), 4) == admission::full);
}

TEST_CASE("bytes in flight are bounded, but one message always goes") {
  session_options options = plain(v5);
  options.maximum_inflight_bytes = 50;
  peer p(options);
  p.connects();
  const std::string large(100, 'x');
  CHECK(p.publishes(message("t", large, qos_1), 1) == admission::accepted);
  CHECK(p.publishes(message("t", "", qos_1), 2) == admission::full);
  p.receives("40 02 0001");
  finished(p, 1);
  CHECK(p.publishes(message("t", "", qos_1), 2) == admission::accepted);
  CHECK(p.publishes(message("t", "", qos_1), 3) == admission::accepted);
}

TEST_CASE("before MQTT 5 only 20 messages are in flight at QoS 2, which every broker takes") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    for (std::uint64_t token = 1; token <= 20; ++token) {
      REQUIRE(p.publishes(message("t", "", qos_2), token) == admission::accepted);
    }
    const bool goes_on = p.publishes(message("t", "", qos_2), 21) == admission::accepted;
    CHECK(goes_on == (version == v5));
  }
}

TEST_CASE("a window that was asked for holds at QoS 2 in every version") {
  session_options options = plain(v3_1_1);
  options.maximum_inflight = 30;
  peer p(options);
  p.connects();
  for (std::uint64_t token = 1; token <= 30; ++token) {
    REQUIRE(p.publishes(message("t", "", qos_2), token) == admission::accepted);
  }
  CHECK(p.publishes(message("t", "", qos_2), 31) == admission::full);
}

TEST_CASE("the largest window there is can be filled and emptied") {
  session_options options = plain(v3_1_1);
  options.maximum_inflight = 65'535;
  peer p(options);
  p.connects();
  for (std::uint64_t token = 1; token <= 65'535; ++token) {
    REQUIRE(p.publishes(message("t", "", qos_1), token) == admission::accepted);
  }
  CHECK(p.publishes(message("t", "", qos_1), 0) == admission::full);
  CHECK(p.subscribes("a") == errc::no_packet_id);
  p.receives("40 02 FFFF  40 02 0001");
  finished(p, 65'535);
  finished(p, 1);
  CHECK(p.subscribes("a") == std::error_code());
  CHECK(p.client.inflight() == 65'533);
}

// refused

TEST_CASE("what the broker does not take is refused with the reason") {
  peer p(plain(v5));
  p.connects("24 01 25 00 27 0000000A");
  CHECK(p.publishes(message("t", "", qos_2)) == admission::refused);
  CHECK(p.error == errc::qos_not_supported);
  CHECK(p.publishes(message("t", "", qos_0, true)) == admission::refused);
  CHECK(p.error == errc::retain_not_supported);
  CHECK(p.publishes(message("t", "123", qos_1)) == admission::refused);  // 11 bytes
  CHECK(p.error == errc::packet_too_large);
  CHECK(p.sent().empty());
  CHECK(p.client.inflight() == 0);
  CHECK(p.publishes(message("t", "12", qos_1)) == admission::accepted);  // 10 bytes
  CHECK(!p.error);
}

TEST_CASE("what MQTT cannot say is refused with the reason") {
  peer p(plain(v3_1_1));
  p.connects();
  CHECK(p.publishes(message("a/+", "", qos_1)) == admission::refused);
  CHECK(p.error == errc::invalid_topic_name);
  CHECK(p.publishes(message("", "", qos_1)) == admission::refused);
  CHECK(p.error == errc::invalid_topic_name);
  properties with;
  CHECK(!with.add(property_id::content_type, "c"));
  publish_packet packet = message("t", "", qos_1);
  packet.properties = with;
  CHECK(p.publishes(packet) == admission::refused);
  CHECK(p.error == errc::property_not_allowed);
  CHECK(p.sent().empty());
  CHECK(p.client.inflight() == 0);
}
