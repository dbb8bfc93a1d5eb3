#include <string>
#include <string_view>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

TEST_CASE("what was in flight is sent again with DUP, in its first order [MQTT-4.6.0-1]") {
  for (const protocol_version version : {v3_1_1, v5}) {
    CAPTURE(to_string(version));
    peer p(lasting(version));
    p.connects();
    p.publishes(message("a", "", qos_1), 1);
    p.publishes(message("b", "", qos_2), 2);
    p.publishes(message("c", "", qos_0), 3);
    p.publishes(message("d", "", qos_1), 4);
    p.receives("40 02 0001");
    p.take<delivered>();
    p.publishes(message("e", "", qos_1), 5);
    CHECK(p.connects_again(true) ==
          bytes(version == v5
                    ? "3C 06 0001 62 0002 00  3A 06 0001 64 0003 00  3A 06 0001 65 0004 00"
                    : "3C 05 0001 62 0002  3A 05 0001 64 0003  3A 05 0001 65 0004"));
    CHECK(p.client.inflight() == 3);
    p.receives("40 02 0003");
    CHECK(p.take<delivered>().token == 4);
  }
}

TEST_CASE("order is kept when identifiers have come round") {
  session_options options = lasting(v3_1_1);
  options.maximum_inflight = 2;
  peer p(options);
  p.connects();
  const auto id_of_next = [&p](std::string_view topic, std::uint64_t token) {
    CHECK(p.publishes(message(topic, "", qos_1), token) == admission::accepted);
    return p.sent().substr(15);  // behind "32 05 00 01 74 "
  };
  std::string first = id_of_next("t", 0);
  std::string second = id_of_next("t", 0);
  for (int i = 0; i < 200 && first < second; ++i) {  // one after the other, until they start anew
    p.receives("40 02 " + first);
    p.take<delivered>();
    first = std::exchange(second, id_of_next("t", 0));
  }
  REQUIRE(second < first);
  CHECK(p.connects_again(true) == bytes("3A 05 0001 74 " + first + " 3A 05 0001 74 " + second));
}

TEST_CASE("after PUBREC only PUBREL is sent again [MQTT-4.4.0-1]") {
  peer p(lasting(v3_1_1));
  p.connects();
  p.publishes(message("a", "", qos_2), 1);
  p.publishes(message("b", "", qos_2), 2);
  p.receives("50 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.connects_again(true) == bytes("62 02 0001  3C 05 0001 62 0002"));
  p.receives("70 02 0001");
  CHECK(p.take<delivered>().token == 1);
}

TEST_CASE("a broker that lost the session gets everything as new, and the event counts it") {
  peer p(lasting(v5));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  p.publishes(message("b", "", qos_2), 2);
  p.publishes(message("c", "", qos_2), 3);
  p.receives("50 02 0002");
  CHECK(p.has_nothing_more());
  p.client.transport_down();
  p.comes_up();
  CHECK(p.is_accepted().sent_again == 3);
  CHECK(p.sent() == bytes("32 06 0001 61 0001 00  34 06 0001 62 0002 00  34 06 0001 63 0003 00"));
  p.receives("50 02 0002");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("62 02 0002"));
}

TEST_CASE("nothing counts as sent again when the session was kept or nothing was in flight") {
  peer p(lasting(v5));
  p.comes_up();
  CHECK(p.is_accepted().sent_again == 0);
  p.publishes(message("a", "", qos_1), 1);
  p.client.transport_down();
  p.comes_up();
  const connected again = p.is_accepted({}, true);
  CHECK(again.session_present);
  CHECK(again.sent_again == 0);
}

TEST_CASE("DUP is taken back for a broker that has forgotten") {
  peer p(lasting(v3_1_1));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  CHECK(p.connects_again(true) == bytes("3A 05 0001 61 0001"));
  CHECK(p.connects_again(false) == bytes("32 05 0001 61 0001"));
}

TEST_CASE("in MQTT 3.1 a session that was not clean is resumed, as its CONNACK cannot say") {
  peer p(lasting(v3_1));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  p.publishes(message("b", "", qos_2), 2);
  p.receives("50 02 0002");
  CHECK(p.has_nothing_more());
  p.client.transport_down();
  p.comes_up();
  CHECK(p.is_accepted().sent_again == 0);
  CHECK(p.sent() == bytes("3A 05 0001 61 0001  62 02 0002"));
}

TEST_CASE("in MQTT 3.1 a clean session is a new one") {
  peer p(plain(v3_1));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  p.client.transport_down();
  p.comes_up();
  CHECK(p.is_accepted().sent_again == 1);
  CHECK(p.sent() == bytes("32 05 0001 61 0001"));
}

TEST_CASE("a message whose link broke before it was written is in flight as well") {
  peer p(lasting(v3_1_1));
  p.connects();
  CHECK(p.publishes(message("a", "", qos_1), 1) == admission::accepted);
  CHECK(p.client.output_size() != 0);
  p.client.transport_down();
  CHECK(p.client.output_size() == 0);
  p.comes_up();
  p.is_accepted({}, true);
  CHECK(p.sent() == bytes("3A 05 0001 61 0001"));
}

TEST_CASE("a link that broke before CONNACK changes nothing") {
  peer p(lasting(v3_1_1));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  p.client.transport_down();
  p.comes_up();
  CHECK(p.connects_again(true) == bytes("3A 05 0001 61 0001"));
}

// a smaller connection

TEST_CASE("sending again stops at the new receive maximum and goes on as acknowledgements come") {
  peer p(lasting(v5));
  p.connects();
  for (std::uint64_t token = 1; token <= 4; ++token) p.publishes(message("t", "", qos_1), token);
  CHECK(p.connects_again(true, "21 0002") == bytes("3A 06 0001 74 0001 00  3A 06 0001 74 0002 00"));
  CHECK(p.publishes(message("t", "", qos_1), 5) == admission::full);
  p.receives("40 02 0001");
  CHECK(p.take<delivered>().token == 1);
  CHECK(p.sent() == bytes("3A 06 0001 74 0003 00"));
  p.receives("40 02 0002  40 02 0003");
  CHECK(p.take<delivered>().token == 2);
  CHECK(p.take<delivered>().token == 3);
  CHECK(p.sent() == bytes("3A 06 0001 74 0004 00"));
  CHECK(p.publishes(message("t", "", qos_1), 5) == admission::accepted);
}

TEST_CASE("a PUBREL does not count against the receive maximum") {
  peer p(lasting(v5));
  p.connects();
  p.publishes(message("a", "", qos_2), 1);
  p.publishes(message("b", "", qos_1), 2);
  p.receives("50 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.connects_again(true, "21 0001") == bytes("62 02 0001  3A 06 0001 62 0002 00"));
  p.receives("70 02 0001");
  CHECK(p.take<delivered>().token == 1);
  CHECK(p.publishes(message("c", "", qos_1), 3) == admission::full);
  p.receives("40 02 0002");
  CHECK(p.take<delivered>().token == 2);
  CHECK(p.publishes(message("c", "", qos_1), 3) == admission::accepted);
}

TEST_CASE("a late acknowledgement of what waits to be sent again is passed over") {
  peer p(lasting(v5));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  p.publishes(message("b", "", qos_2), 2);
  p.connects_again(true, "21 0001");
  p.receives("50 02 0002");  // some brokers repeat their PUBREC by themselves
  CHECK(p.has_nothing_more());
  CHECK(p.client.inflight() == 2);
  CHECK(p.sent().empty());
  p.receives("40 02 0001");
  CHECK(p.take<delivered>().token == 1);
  CHECK(p.sent() == bytes("3C 06 0001 62 0002 00"));
}

TEST_CASE("before MQTT 5 sending again keeps to 20 messages at QoS 2") {
  peer p(lasting(v3_1_1));
  p.connects();
  for (std::uint64_t token = 1; token <= 20; ++token) {
    REQUIRE(p.publishes(message("t", "", qos_2), token) == admission::accepted);
  }
  p.connects_again(true);
  CHECK(p.publishes(message("t", "", qos_2), 21) == admission::full);
  p.receives("50 02 0001  70 02 0001");
  p.take<delivered>();
  CHECK(p.publishes(message("t", "", qos_2), 21) == admission::accepted);
}

TEST_CASE("a message the new connection cannot carry ends with the reason") {
  peer p(lasting(v5));
  p.connects();
  p.publishes(message("a", "", qos_2), 1);
  p.publishes(message("b", "", qos_1, true), 2);
  p.publishes(message("c", "12345678", qos_1), 3);
  p.publishes(message("d", "", qos_1), 4);
  const std::string sent = p.connects_again(true, "24 01 25 00 27 0000000A");
  CHECK(sent == bytes("3A 06 0001 64 0004 00"));
  const struct {
    std::uint64_t token;
    errc error;
  } expected[] = {
      {1, errc::qos_not_supported}, {2, errc::retain_not_supported}, {3, errc::packet_too_large}};
  for (const auto& each : expected) {
    const delivered end = p.take<delivered>();
    CHECK(end.token == each.token);
    CHECK(end.error == each.error);
  }
  CHECK(p.has_nothing_more());
  CHECK(p.client.inflight() == 1);
}

TEST_CASE("a PUBREL can always be sent, whatever the new connection carries") {
  peer p(lasting(v5));
  p.connects();
  p.publishes(message("a", "", qos_2, true), 1);
  p.receives("50 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.connects_again(true, "24 00 25 00") == bytes("62 02 0001"));
}

TEST_CASE("a failure behind the window is told when its turn comes") {
  peer p(lasting(v5));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  p.publishes(message("b", "", qos_1), 2);
  p.publishes(message("c", "12345678", qos_1), 3);
  p.connects_again(true, "21 0001 27 0000000A");
  CHECK(p.has_nothing_more());
  p.receives("40 02 0001");
  CHECK(p.take<delivered>().token == 1);
  const delivered end = p.take<delivered>();
  CHECK(end.token == 3);
  CHECK(end.error == errc::packet_too_large);
  CHECK(p.sent() == bytes("3A 06 0001 62 0002 00"));
  CHECK(p.client.inflight() == 1);
}

TEST_CASE("a failure is told once, also when the link breaks before it was pulled") {
  peer p(lasting(v5));
  p.connects();
  p.publishes(message("a", "", qos_2), 1);
  p.connects_again(true, "24 01");
  p.client.transport_down();
  p.comes_up();
  CHECK(p.take<delivered>().error == errc::qos_not_supported);
  p.is_accepted({}, true);
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
}
