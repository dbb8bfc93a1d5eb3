#include <string>
#include <string_view>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

session_options aliasing(session_options options) {
  options.use_topic_aliases = true;
  return options;
}

}  // namespace

// aliases of the broker

TEST_CASE("an alias the broker set stands for its topic") {
  peer p(with_property(plain(v5), property_id::topic_alias_maximum, 2));
  p.connects();
  p.receives("30 08 0002 612F 03 23 0001");  // "a/" is 1
  CHECK(p.take<message_received>().message.topic == "a/");
  p.receives("30 07 0001 62 03 23 0002  30 06 0000 03 23 0001  30 06 0000 03 23 0002");
  CHECK(p.take<message_received>().message.topic == "b");
  CHECK(p.take<message_received>().message.topic == "a/");
  CHECK(p.take<message_received>().message.topic == "b");
}

TEST_CASE("an alias can be given to another topic") {
  peer p(with_property(plain(v5), property_id::topic_alias_maximum, 2));
  p.connects();
  p.receives("30 07 0001 61 03 23 0001  30 07 0001 62 03 23 0001  30 06 0000 03 23 0001");
  p.take<message_received>();
  p.take<message_received>();
  CHECK(p.take<message_received>().message.topic == "b");
}

TEST_CASE("an alias that was never set is a protocol error") {
  peer p(with_property(plain(v5), property_id::topic_alias_maximum, 2));
  p.connects();
  p.receives("30 06 0000 03 23 0002");
  CHECK(p.end() == errc::protocol_error);
  CHECK(p.sent() == bytes("E0 01 82"));
}

TEST_CASE("an alias above our maximum ends the connection with 0x94") {
  peer p(with_property(plain(v5), property_id::topic_alias_maximum, 2));
  p.connects();
  p.receives("30 07 0001 61 03 23 0003");
  const closed end = p.take<closed>();
  CHECK(end.error == errc::topic_alias_invalid);
  CHECK(end.reason == 0x94);
  CHECK(p.sent() == bytes("E0 01 94"));
}

TEST_CASE("without our topic alias maximum no alias is allowed [MQTT-3.1.2-26]") {
  peer p(plain(v5));
  p.connects();
  p.receives("30 07 0001 61 03 23 0001");
  CHECK(p.end() == errc::topic_alias_invalid);
}

TEST_CASE("aliases of the broker end with their connection [MQTT-3.3.2-7]") {
  peer p(with_property(lasting(v5), property_id::topic_alias_maximum, 2));
  p.connects();
  p.receives("30 07 0001 61 03 23 0001");
  p.take<message_received>();
  p.connects_again(true);
  p.receives("30 06 0000 03 23 0001");
  CHECK(p.end() == errc::protocol_error);
}

TEST_CASE("a program that only publishes holds the broker to its aliases as well") {
  session_options options = plain(v5);
  options.acknowledge = ack_policy::ignore;
  peer p(options);
  p.connects();
  p.receives("30 07 0001 61 03 23 0001");
  CHECK(p.end() == errc::topic_alias_invalid);
}

// aliases of ours

TEST_CASE("the first message sets an alias, the next use it") {
  peer p(aliasing(plain(v5)));
  p.connects("22 0002");
  p.publishes(message("a", "x", qos_0));
  CHECK(p.sent() == bytes("30 08 0001 61 03 23 0001 78"));
  p.publishes(message("a", "y", qos_0));
  p.publishes(message("b", "z", qos_1), 1);
  p.publishes(message("b", "z", qos_1), 2);
  CHECK(p.sent() == bytes("30 07 0000 03 23 0001 79  32 0A 0001 62 0001 03 23 0002 7A"
                          "32 09 0000 0002 03 23 0002 7A"));
}

TEST_CASE("the alias used longest ago is given to the next topic") {
  peer p(aliasing(plain(v5)));
  p.connects("22 0002");
  p.publishes(message("a", "", qos_0));
  p.publishes(message("b", "", qos_0));
  p.publishes(message("a", "", qos_0));
  p.sent();
  p.publishes(message("c", "", qos_0));
  CHECK(p.sent() == bytes("30 07 0001 63 03 23 0002"));
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 06 0000 03 23 0001"));
  p.publishes(message("b", "", qos_0));
  CHECK(p.sent() == bytes("30 07 0001 62 03 23 0002"));
}

TEST_CASE("without the broker's topic alias maximum no alias is used [MQTT-3.2.2-18]") {
  peer p(aliasing(plain(v5)));
  p.connects();
  p.publishes(message("a", "", qos_0));
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 04 0001 61 00  30 04 0001 61 00"));
}

TEST_CASE("aliases are used only when asked for") {
  peer p(plain(v5));
  p.connects("22 0002");
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 04 0001 61 00"));
}

TEST_CASE("MQTT 3.1.1 knows no aliases") {
  peer p(aliasing(plain(v3_1_1)));
  p.connects();
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 03 0001 61"));
}

TEST_CASE("a new connection sets its aliases anew") {
  peer p(aliasing(lasting(v5)));
  p.connects("22 0002");
  p.publishes(message("a", "", qos_0));
  p.connects_again(true, "22 0001");
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 07 0001 61 03 23 0001"));
}

TEST_CASE("a message that is sent again stands alone") {
  peer p(aliasing(lasting(v5)));
  p.connects("22 0002");
  p.publishes(message("a", "x", qos_1), 1);
  p.publishes(message("a", "y", qos_2), 2);
  CHECK(p.connects_again(true, "22 0002") ==
        bytes("3A 07 0001 61 0001 00 78  3C 07 0001 61 0002 00 79"));
  // Nor did it set an alias on the new connection.
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 07 0001 61 03 23 0001"));
}

TEST_CASE("a refused message leaves no alias behind") {
  peer p(aliasing(plain(v5)));
  p.connects("22 0002");
  CHECK(p.publishes(message("+", "", qos_1)) == admission::refused);
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 07 0001 61 03 23 0001"));
}

TEST_CASE("while we make aliases no message may bring its own") {
  properties with;
  CHECK(!with.add(property_id::topic_alias, 1));
  publish_packet own = message("b", "", qos_0);
  own.properties = with;
  peer p(aliasing(plain(v5)));
  p.connects("22 0002");
  p.publishes(message("a", "", qos_0));
  CHECK(p.publishes(own) == admission::refused);
  CHECK(p.error == errc::property_repeated);
  p.publishes(message("a", "", qos_0));
  CHECK(p.sent() == bytes("30 07 0001 61 03 23 0001  30 06 0000 03 23 0001"));
}

TEST_CASE("an alias never makes a packet larger than the broker takes [MQTT-3.2.2-15]") {
  peer p(aliasing(plain(v5)));
  p.connects("22 0002 27 0000000A");
  CHECK(p.publishes(message("a", "1234", qos_0)) == admission::accepted);
  CHECK(p.sent() == bytes("30 08 0001 61 00 31323334"));  // 10 bytes, 13 with the alias
  CHECK(p.publishes(message("a", "1", qos_0)) == admission::accepted);
  CHECK(p.sent() == bytes("30 08 0001 61 03 23 0001 31"));
  CHECK(p.publishes(message("a", "1234", qos_0)) == admission::accepted);
  CHECK(p.sent() == bytes("30 08 0001 61 00 31323334"));
}

// aliases of the caller's own

TEST_CASE("an alias that came with the message is sent, within the broker's maximum") {
  properties with;
  CHECK(!with.add(property_id::topic_alias, 2));
  publish_packet own = message("a", "", qos_0);
  own.properties = with;
  peer p(plain(v5));
  p.connects("22 0002");
  CHECK(p.publishes(own) == admission::accepted);
  own.topic = {};
  CHECK(p.publishes(own) == admission::accepted);
  CHECK(p.sent() == bytes("30 07 0001 61 03 23 0002  30 06 0000 03 23 0002"));

  peer q(plain(v5));
  q.connects("22 0001");
  CHECK(q.publishes(own) == admission::refused);
  CHECK(q.error == errc::topic_alias_invalid);
  CHECK(q.sent().empty());
}

TEST_CASE("a message with an alias of its own stands alone when it is sent again") {
  properties with;
  CHECK(!with.add(property_id::topic_alias, 2));
  CHECK(!with.add(property_id::content_type, "c"));
  publish_packet own = message("a", "", qos_1);
  own.properties = with;
  peer p(lasting(v5));
  p.connects("22 0002");
  CHECK(p.publishes(own, 1) == admission::accepted);
  CHECK(p.sent() == bytes("32 0D 0001 61 0001 07 23 0002 03 0001 63"));
  CHECK(p.connects_again(true) == bytes("3A 0A 0001 61 0001 04 03 0001 63"));
}

TEST_CASE("a message that an alias alone names cannot be sent again, and is refused above QoS 0") {
  properties with;
  CHECK(!with.add(property_id::topic_alias, 2));
  publish_packet own = message("", "", qos_1);
  own.properties = with;
  peer p(plain(v5));
  p.connects("22 0002");
  CHECK(p.publishes(own, 1) == admission::refused);
  CHECK(p.error == errc::invalid_topic_name);
  CHECK(p.sent().empty());
  CHECK(p.client.inflight() == 0);
}
