#include <string>
#include <string_view>
#include <vector>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

session_options authenticating() {
  session_options options = plain(v5);
  CHECK(!options.connect_properties.add(property_id::authentication_method, "m"));
  return options;
}

// Every packet traced: ">" out, "<" in, its name and size.
struct traced {
  explicit traced(session& of) {
    of.set_trace([this](bool outgoing, const frame& each) {
      lines.push_back((outgoing ? "> " : "< ") + std::string(to_string(each.type)) + ' ' +
                      std::to_string(each.size));
    });
  }
  traced(const traced&) = delete;
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
};

using lines = std::vector<std::string>;

}  // namespace

// DISCONNECT

TEST_CASE("DISCONNECT of ours is the last that is sent") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    CHECK(!p.client.disconnect());
    CHECK(!p.client.is_connected());
    CHECK(p.publishes(message("t", "", qos_0)) == admission::full);
    CHECK(!p.client.disconnect());
    CHECK(p.sent() == "E0 00");
    p.receives(version == v5 ? "30 04 0001 74 00" : "30 03 0001 74");
    CHECK(p.has_nothing_more());
  }
}

TEST_CASE("DISCONNECT carries a reason and properties in MQTT 5") {
  properties with;
  CHECK(!with.add(property_id::session_expiry_interval, 5));
  peer p(plain(v5));
  p.connects();
  CHECK(!p.client.disconnect(0x04, with));
  CHECK(p.sent() == bytes("E0 07 04 05 11 00000005"));

  peer q(plain(v3_1_1));
  q.connects();
  CHECK(q.client.disconnect(0, with) == errc::property_not_allowed);
  CHECK(q.client.is_connected());
  CHECK(q.sent().empty());
}

TEST_CASE("what follows our DISCONNECT waits for the next connection or is an error") {
  peer p(authenticating());
  p.connects();
  CHECK(!p.client.disconnect());
  p.sent();
  CHECK(p.client.authenticate(reason_code::re_authenticate, {}) == errc::not_connected);
  CHECK(!p.subscribes("a", 1));
  CHECK(p.sent().empty());
  CHECK(p.connects_again(false) == bytes("82 07 0001 00 0001 61 00"));
}

TEST_CASE("a DISCONNECT from the broker tells why and where to go") {
  peer p(plain(v5));
  p.connects();
  p.receives("E0 0A 9D 08 1F 0001 6E 1C 0001 73");  // Server moved, "n", "s"
  const closed end = p.take<closed>();
  CHECK(end.error == errc::disconnected_by_broker);
  CHECK(end.reason == 0x9D);
  CHECK(end.properties.text(property_id::reason_string) == "n");
  CHECK(end.properties.text(property_id::server_reference) == "s");
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
}

TEST_CASE("before MQTT 5 a broker does not send DISCONNECT") {
  for (const protocol_version version : {v3_1, v3_1_1}) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    p.receives("E0 00");
    CHECK(p.end() == errc::unexpected_packet);
    CHECK(p.sent().empty());
  }
}

// packets that break the rules

TEST_CASE("malformed packets end the connection, in MQTT 5 with DISCONNECT 0x81") {
  for (const std::string_view packet : {
           "00 00",                    // type 0
           "36 07 0001 74 0001 6869",  // QoS 3
           "60 02 0001",               // PUBREL without its flags
           "30 80 80 80 80 01",        // a length of five bytes
           "40 01 00",                 // PUBACK that ends early
           "32 03 0001 74",            // PUBLISH without its identifier
       }) {
    for (const protocol_version version : all_versions) {
      CAPTURE(packet);
      CAPTURE(to_string(version));
      peer p(plain(version));
      p.connects();
      p.receives(packet);
      const closed end = p.take<closed>();
      CHECK(end.error == errc::malformed_packet);
      CHECK(end.reason == 0x81);
      CHECK(!p.client.is_connected());
      CHECK(p.sent() == (version == v5 ? "E0 01 81" : ""));
    }
  }
}

TEST_CASE("DISCONNECT names the rule that was broken") {
  const struct {
    std::string_view packet;
    errc error;
    std::string_view disconnect;
  } cases[] = {
      {"30 05 0002 C328 00", errc::malformed_utf8, "E0 01 81"},
      {"30 0A 0001 74 06 03 0000 03 0000", errc::property_repeated, "E0 01 82"},
      {"30 07 0001 74 03 21 0001", errc::property_not_allowed, "E0 01 82"},
      {"30 06 0001 74 02 01 02", errc::property_value, "E0 01 82"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.packet);
    peer p(plain(v5));
    p.connects();
    p.receives(each.packet);
    CHECK(p.end() == each.error);
    CHECK(p.sent() == each.disconnect);
  }
}

TEST_CASE("a success code that an acknowledgement does not have acknowledges nothing") {
  for (const std::string_view packet : {
           "40 03 0001 01",  // PUBACK: Granted QoS 1
           "40 03 0001 7F",
           "50 03 0002 11",  // PUBREC: No subscription existed
           "62 03 0001 10",  // PUBREL: No matching subscribers
           "70 03 0002 10",  // PUBCOMP
       }) {
    CAPTURE(packet);
    peer p(lasting(v5));
    p.connects();
    CHECK(p.publishes(message("t", "", qos_1), 1) == admission::accepted);
    CHECK(p.publishes(message("t", "", qos_2), 2) == admission::accepted);
    p.sent();
    p.receives(packet);
    const closed end = p.take<closed>();
    CHECK(end.error == errc::protocol_error);
    CHECK(end.reason == 0x82);
    CHECK(p.sent() == "E0 01 82");
    CHECK(p.client.inflight() == 2);
  }
}

TEST_CASE("a failure that the table does not give the packet is told as it came") {
  peer p(plain(v5));
  p.connects();
  CHECK(p.publishes(message("t", "", qos_1), 1) == admission::accepted);
  p.receives("40 03 0001 95");  // mosquitto 2 about a message above its limit
  CHECK(p.take<delivered>().reason == 0x95);
  CHECK(p.client.is_connected());
}

TEST_CASE("events before a malformed packet are not lost, and none comes after it") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("30 03 0001 74  00 00  30 03 0001 74");
  p.take<message_received>();
  CHECK(p.end() == errc::malformed_packet);
  CHECK(p.has_nothing_more());
  p.receives("30 03 0001 74");
  CHECK(p.has_nothing_more());
  CHECK(p.publishes(message("t", "", qos_0)) == admission::full);
}

TEST_CASE("what is left of a broken connection does not reach the next") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("30 03 0001");
  CHECK(p.has_nothing_more());
  p.connects_again(false);
  p.receives("30 03 0001 74");
  p.take<message_received>();
}

// AUTH

TEST_CASE("AUTH goes back and forth before CONNACK") {
  properties with;
  CHECK(!with.add(property_id::authentication_method, "m"));
  CHECK(!with.add(property_id::authentication_data, "d"));
  peer p(authenticating());
  CHECK(p.comes_up() == bytes("10 12 0004 4D515454 05 02 003C 04 15 0001 6D 0001 61"));
  p.receives("F0 0A 18 08 15 0001 6D 16 0001 63");
  const authentication asked = p.take<authentication>();
  CHECK(asked.reason == 0x18);
  CHECK(asked.properties.text(property_id::authentication_data) == "c");
  CHECK(!p.client.authenticate(reason_code::continue_authentication, with));
  CHECK(p.sent() == bytes("F0 0A 18 08 15 0001 6D 16 0001 64"));
  p.is_accepted("15 0001 6D");
  CHECK(p.client.is_connected());
}

TEST_CASE("AUTH starts again on a connection that stands") {
  properties with;
  CHECK(!with.add(property_id::authentication_method, "m"));
  peer p(authenticating());
  p.connects();
  CHECK(!p.client.authenticate(reason_code::re_authenticate, with));
  CHECK(p.sent() == bytes("F0 06 19 04 15 0001 6D"));
  p.receives("F0 06 00 04 15 0001 6D");
  CHECK(p.take<authentication>().reason == 0);
  CHECK(p.client.is_connected());
}

TEST_CASE("an AUTH that nobody asked for is a protocol error [MQTT-4.12.0-6]") {
  peer p(plain(v5));
  p.comes_up();
  SUBCASE("before CONNACK") {}
  SUBCASE("after it") {
    p.is_accepted();
    p.sent();
  }
  p.receives("F0 06 18 04 15 0001 6D");
  CHECK(p.end() == errc::protocol_error);
  CHECK(p.sent() == "E0 01 82");
}

TEST_CASE("AUTH is a packet of MQTT 5 only") {
  peer p(plain(v3_1_1));
  p.connects();
  CHECK(p.client.authenticate(reason_code::re_authenticate, {}) == errc::malformed_packet);
  CHECK(p.sent().empty());
  p.receives("F0 00");
  CHECK(p.end() == errc::unexpected_packet);
}

TEST_CASE("AUTH needs a connection") {
  peer p(authenticating());
  CHECK(p.client.authenticate(reason_code::continue_authentication, {}) == errc::not_connected);
  CHECK(p.client.output_size() == 0);
}

// trace

TEST_CASE("the trace sees every packet, in and out, once") {
  peer p(lasting(v5));
  traced trace(p.client);
  p.comes_up();
  CHECK(trace.take() == lines{"> CONNECT 21"});
  p.is_accepted();
  CHECK(trace.take() == lines{"< CONNACK 5"});
  p.publishes(message("t", "", qos_0));
  p.publishes(message("t", "", qos_1), 1);
  p.publishes(message("t", "", qos_2), 2);
  CHECK(!p.subscribes("a"));
  CHECK(!p.unsubscribes("a"));
  CHECK(trace.take() ==
        lines{"> PUBLISH 6", "> PUBLISH 8", "> PUBLISH 8", "> SUBSCRIBE 9", "> UNSUBSCRIBE 8"});
  p.receives("40 02 0001  50 02 0002  50 02 0009");
  p.take<delivered>();
  CHECK(p.has_nothing_more());
  CHECK(trace.take() ==
        lines{"< PUBACK 4", "< PUBREC 4", "> PUBREL 4", "< PUBREC 4", "> PUBREL 5"});
  p.receives("32 06 0001 74 0001 00");
  p.take<message_received>();
  CHECK(trace.take() == lines{"< PUBLISH 8"});
  CHECK(p.has_nothing_more());
  CHECK(trace.take() == lines{"> PUBACK 4"});
  p.receives("34 06 0001 74 0002 00");
  p.take<message_received>();
  p.receives("3C 06 0001 74 0002 00  62 02 0002  62 02 0002");
  CHECK(p.has_nothing_more());
  CHECK(trace.take() == lines{"< PUBLISH 8", "> PUBREC 4", "< PUBLISH 8", "> PUBREC 4",
                              "< PUBREL 4", "> PUBCOMP 4", "< PUBREL 4", "> PUBCOMP 5"});
  p.connects_again(true);
  CHECK(trace.take() ==
        lines{"> CONNECT 21", "< CONNACK 5", "> PUBREL 4", "> SUBSCRIBE 9", "> UNSUBSCRIBE 8"});
  CHECK(!p.client.disconnect());
  CHECK(trace.take() == lines{"> DISCONNECT 2"});
}

TEST_CASE("the trace sees PINGREQ and PINGRESP") {
  peer p(plain(v3_1_1));
  p.connects();
  traced trace(p.client);
  p.now = p.client.deadline();
  CHECK(!p.client.expire(p.now));
  p.receives("D0 00");
  CHECK(p.has_nothing_more());
  CHECK(trace.take() == lines{"> PINGREQ 2", "< PINGRESP 2"});
}

TEST_CASE("the trace sees a packet before it is judged, and our last word") {
  peer p(plain(v5));
  p.connects();
  traced trace(p.client);
  p.receives("20 03 00 00 00");
  CHECK(p.end() == errc::unexpected_packet);
  CHECK(trace.take() == lines{"< CONNACK 5", "> DISCONNECT 3"});
}
