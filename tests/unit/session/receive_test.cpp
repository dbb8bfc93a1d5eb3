#include <string>
#include <string_view>
#include <vector>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

session_options settled_by_hand(session_options options) {
  options.acknowledge = ack_policy::manual;
  return options;
}

// The payload of the next event, which must be a message.
std::string next_payload(peer& p) {
  return std::string(as_text(p.take<message_received>().message.payload));
}

}  // namespace

TEST_CASE("a message is shown as the broker sent it") {
  for (const protocol_version version : {v3_1, v3_1_1}) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    p.receives("3B 07 0001 74 0009 6869");
    const message_received got = p.take<message_received>();
    CHECK(got.message.topic == "t");
    CHECK(as_text(got.message.payload) == "hi");
    CHECK(got.message.qos == qos_1);
    CHECK(got.message.retain);
    CHECK(got.message.dup);
    CHECK(got.message.packet_id == 9);
  }
  peer p(plain(v5));
  p.connects();
  p.receives("30 0A 0001 74 04 03 0001 63 6869");
  CHECK(p.take<message_received>().message.properties.text(property_id::content_type) == "c");
}

TEST_CASE("messages are numbered over all connections") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("30 03 0001 74  32 05 0001 74 0001");
  CHECK(p.take<message_received>().sequence == 1);
  CHECK(p.take<message_received>().sequence == 2);
  p.connects_again(false);
  p.receives("30 03 0001 74");
  CHECK(p.take<message_received>().sequence == 3);
}

// when they are acknowledged

TEST_CASE("a message is acknowledged by asking for the next event") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    const bool is_5 = version == v5;
    p.receives(is_5 ? "32 06 0001 74 0009 00" : "32 05 0001 74 0009");
    p.take<message_received>();
    CHECK(p.sent().empty());
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes("40 02 0009"));

    p.receives(is_5 ? "34 06 0001 74 000A 00" : "34 05 0001 74 000A");
    p.take<message_received>();
    CHECK(p.sent().empty());
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes("50 02 000A"));
    p.receives("62 02 000A");
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes("70 02 000A"));
  }
}

TEST_CASE("QoS 0 is not acknowledged") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("30 03 0001 74");
  p.take<message_received>();
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
}

TEST_CASE("acknowledgements keep the order of the messages [MQTT-4.6.0-2]") {
  peer p(settled_by_hand(plain(v3_1_1)));
  p.connects();
  p.receives("32 05 0001 74 0009  34 05 0001 74 0003  32 05 0001 74 0001");
  for (int i = 0; i < 3; ++i) p.take<message_received>();
  p.client.settle();
  CHECK(p.sent() == bytes("40 02 0009  50 02 0003  40 02 0001"));
}

TEST_CASE("settled by hand, nothing is acknowledged before settle()") {
  peer p(settled_by_hand(plain(v3_1_1)));
  p.connects();
  p.receives("32 05 0001 74 0001  32 05 0001 74 0002");
  p.take<message_received>();
  p.take<message_received>();
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
  p.client.settle();
  CHECK(p.sent() == bytes("40 02 0001  40 02 0002"));
  p.client.settle();
  CHECK(p.sent().empty());
}

TEST_CASE("settle_previous() leaves out the message pulled last") {
  peer p(settled_by_hand(plain(v3_1_1)));
  p.connects();
  p.receives("32 05 0001 74 0001  34 05 0001 74 0002  30 03 0001 74");
  p.take<message_received>();
  p.take<message_received>();
  p.client.settle_previous();
  CHECK(p.sent() == bytes("40 02 0001"));
  p.take<message_received>();
  p.client.settle_previous();  // the last one is QoS 0: all the others are settled
  CHECK(p.sent() == bytes("50 02 0002"));
}

TEST_CASE("settle_previous() leaves out the message pulled last, also when its link is gone") {
  peer p(settled_by_hand(lasting(v3_1_1)));
  p.connects();
  p.receives("34 05 0001 74 0001");
  p.take<message_received>();
  p.client.transport_down();
  p.client.settle_previous();
  p.comes_up();
  p.is_accepted({}, true);
  p.receives("3C 05 0001 74 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
  p.client.settle();
  CHECK(p.sent() == bytes("50 02 0001"));
}

TEST_CASE("after withhold() asking for the next event acknowledges nothing") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("32 05 0001 74 0001  32 05 0001 74 0002");
  p.take<message_received>();
  p.client.withhold();
  p.take<message_received>();
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
}

TEST_CASE("a session that ignores messages shows and acknowledges none") {
  session_options options = plain(v3_1_1);
  options.acknowledge = ack_policy::ignore;
  peer p(options);
  p.connects();
  p.publishes(message("t", "", qos_1), 7);
  p.sent();
  p.receives("30 03 0001 74  32 05 0001 74 0001  34 05 0001 74 0002  62 02 0002  40 02 0001");
  CHECK(p.take<delivered>().token == 7);
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
}

TEST_CASE("acknowledgements that were not settled end with their connection") {
  peer p(settled_by_hand(lasting(v3_1_1)));
  p.connects();
  p.receives("32 05 0001 74 0001");
  p.take<message_received>();
  CHECK(p.connects_again(true).empty());
  p.client.settle();
  CHECK(p.sent().empty());
  p.receives("3A 05 0001 74 0001");
  p.take<message_received>();
  p.client.settle();
  CHECK(p.sent() == bytes("40 02 0001"));
}

TEST_CASE("nothing is acknowledged after DISCONNECT") {
  peer p(settled_by_hand(plain(v3_1_1)));
  p.connects();
  p.receives("32 05 0001 74 0001");
  p.take<message_received>();
  CHECK(!p.client.disconnect());
  p.client.settle();
  CHECK(p.sent() == bytes("E0 00"));
}

// QoS 2 appears once

TEST_CASE("a repeated QoS 2 message is acknowledged again and not shown [MQTT-4.3.3-10]") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("34 06 0001 74 0001 78  3C 06 0001 74 0001 78");
  p.take<message_received>();
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("50 02 0001  50 02 0001"));
}

TEST_CASE("after PUBREL the identifier stands for a new message [MQTT-4.3.3-12]") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("34 06 0001 74 0001 78  62 02 0001  34 06 0001 74 0001 79");
  CHECK(next_payload(p) == "x");
  CHECK(next_payload(p) == "y");
}

TEST_CASE("a QoS 2 message repeated on the next connection is not shown again") {
  for (const protocol_version version : {v3_1_1, v5}) {
    CAPTURE(to_string(version));
    const bool is_5 = version == v5;
    peer p(lasting(version));
    p.connects();
    p.receives(is_5 ? "34 06 0001 74 0001 00" : "34 05 0001 74 0001");
    p.take<message_received>();
    CHECK(p.connects_again(true).empty());
    p.receives(is_5 ? "3C 06 0001 74 0001 00" : "3C 05 0001 74 0001");
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes("50 02 0001"));
    p.receives("62 02 0001");
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes("70 02 0001"));
  }
}

TEST_CASE("in MQTT 3.1 a session that was not clean is taken for kept, as it has no flag for it") {
  peer p(lasting(v3_1));
  p.connects();
  p.receives("34 05 0001 74 0001");
  p.take<message_received>();
  p.connects_again(false);
  p.receives("3C 05 0001 74 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("50 02 0001"));
}

TEST_CASE("a QoS 2 message is shown again when the broker lost the session") {
  peer p(lasting(v5));
  p.connects();
  p.receives("34 06 0001 74 0001 00");
  p.take<message_received>();
  p.connects_again(false);
  p.receives("34 06 0001 74 0001 00");
  p.take<message_received>();
}

TEST_CASE("a repetition is not acknowledged while the message waits to be settled") {
  peer p(settled_by_hand(lasting(v3_1_1)));
  p.connects();
  p.receives("34 05 0001 74 0001");
  p.take<message_received>();
  p.connects_again(true);
  p.receives("3C 05 0001 74 0001");
  CHECK(p.has_nothing_more());
  SUBCASE("settled after the repetition") {
    CHECK(p.sent().empty());
    p.client.settle();
    CHECK(p.sent() == bytes("50 02 0001"));
  }
  SUBCASE("never settled") {
    CHECK(p.sent().empty());
    CHECK(p.connects_again(true).empty());
  }
}

TEST_CASE("a repetition of what was settled while the link was down is acknowledged at once") {
  peer p(settled_by_hand(lasting(v3_1_1)));
  p.connects();
  p.receives("34 05 0001 74 0001");
  p.take<message_received>();
  p.client.transport_down();
  p.client.settle();
  p.comes_up();
  p.is_accepted({}, true);
  p.receives("3C 05 0001 74 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("50 02 0001"));
}

TEST_CASE("a repetition of what was withheld is not acknowledged") {
  peer p(lasting(v3_1_1));
  p.connects();
  p.receives("34 05 0001 74 0001");
  p.client.withhold();
  p.take<message_received>();
  p.connects_again(true);
  p.receives("3C 05 0001 74 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.sent().empty());
}

TEST_CASE("a PUBREL for nothing received is answered with PUBCOMP, in MQTT 5 with 0x92") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.connects();
    p.receives("62 02 0009");
    CHECK(p.has_nothing_more());
    CHECK(p.sent() == bytes(version == v5 ? "70 03 0009 92" : "70 02 0009"));
  }
}

TEST_CASE("messages that are settled and not yet released are counted") {
  peer p(settled_by_hand(plain(v3_1_1)));
  p.connects();
  p.receives("34 05 0001 74 0001  34 05 0001 74 0002  32 05 0001 74 0003");
  for (int i = 0; i < 3; ++i) p.take<message_received>();
  CHECK(p.client.unreleased() == 0);
  p.client.settle();
  CHECK(p.client.unreleased() == 2);
  p.receives("62 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.client.unreleased() == 1);
}

// what the broker was promised

// Mosquitto 2.0.11 sends as many again as it repeats of an earlier connection.
TEST_CASE("more messages than our receive maximum are borne") {
  peer p(settled_by_hand(with_property(lasting(v5), property_id::receive_maximum, 2)));
  p.connects();
  for (int id = 1; id <= 9; ++id) {
    p.receives((id % 2 == 0 ? "34 06 0001 74 000" : "32 06 0001 74 000") + std::to_string(id) +
               " 00");
    p.take<message_received>();
  }
  p.client.settle();
  CHECK(p.sent().size() == bytes("40 02 0001").size() * 9 + 8);
}

TEST_CASE("more unacknowledged messages than there are identifiers end the connection with 0x93") {
  peer p(settled_by_hand(plain(v5)));
  p.connects();
  const std::vector<std::byte> made = hex("32 06 0001 74 0001 00");
  for (int i = 0; i < 65'535; ++i) {
    p.client.feed(made, p.now);
    p.take<message_received>();
  }
  SUBCASE("and one more") {
    p.client.feed(made, p.now);
    const closed end = p.take<closed>();
    CHECK(end.error == errc::receive_maximum_exceeded);
    CHECK(end.reason == 0x93);
    CHECK(p.sent() == bytes("E0 01 93"));
    CHECK(p.has_nothing_more());
  }
  SUBCASE("settling gives them back") {
    p.client.settle();
    p.client.feed(made, p.now);
    p.take<message_received>();
  }
  SUBCASE("a new connection has all of them") {
    p.connects_again(false);
    p.client.feed(made, p.now);
    p.take<message_received>();
  }
}

TEST_CASE("a QoS 2 identifier counts once, however often it comes before its PUBREL") {
  peer p(settled_by_hand(lasting(v5)));
  p.connects();
  const std::vector<std::byte> first = hex("34 06 0001 74 0001 00");
  p.client.feed(first, p.now);
  p.take<message_received>();
  p.client.settle();
  SUBCASE("on one connection") {}
  SUBCASE("on the next one") { p.connects_again(true); }
  for (int i = 0; i < 66'000; ++i) {
    p.client.feed(first, p.now);
    CHECK(p.has_nothing_more());
    if (i % 1000 == 0) p.sent();
  }
  p.receives("62 02 0001");
  CHECK(p.has_nothing_more());
  p.client.feed(first, p.now);
  p.take<message_received>();
}

TEST_CASE("before MQTT 5 a broker may repeat a message as often as it likes") {
  peer p(plain(v3_1));
  p.connects();
  p.receives("34 05 0001 74 0001");
  p.take<message_received>();
  const std::vector<std::byte> again = hex("3C 05 0001 74 0001");
  for (int i = 0; i < 70'000; ++i) p.client.feed(again, p.now);
  CHECK(p.has_nothing_more());
}

TEST_CASE("a packet above our maximum packet size ends the connection with 0x95") {
  peer p(with_property(plain(v5), property_id::maximum_packet_size, 8));
  p.connects();
  p.receives("30 06 0001 74 00 6869");
  p.take<message_received>();
  p.receives("30 07 0001 74 00 6869");  // the rest is not waited for
  const closed end = p.take<closed>();
  CHECK(end.error == errc::packet_too_large);
  CHECK(end.reason == 0x95);
  CHECK(p.sent() == bytes("E0 01 95"));
}

TEST_CASE("the smaller of the two size limits holds, in every version") {
  session_options options = plain(v3_1_1);
  options.maximum_receive_size = 6;
  peer p(options);
  p.connects();
  p.receives("30 05 0001 74 6869");
  CHECK(p.end() == errc::packet_too_large);
  CHECK(p.sent().empty());

  options = with_property(plain(v5), property_id::maximum_packet_size, 100);
  options.maximum_receive_size = 6;
  peer q(options);
  q.connects();
  q.receives("30 05 0001 74 00 68");
  CHECK(q.end() == errc::packet_too_large);
}

TEST_CASE("a packet that is too large is told with its size, and with what came of it") {
  session_options options = plain(v3_1_1);
  options.maximum_receive_size = 1000;
  peer p(options);
  p.connects();
  p.receives("30 80 08 0001 74 6869");
  const closed end = p.take<closed>();
  CHECK(end.error == errc::packet_too_large);
  CHECK(end.refused.type == packet_type::publish);
  CHECK(end.refused.size == 1027);
  CHECK(end.limit == 1000);
  CHECK(to_hex(end.refused.body) == bytes("0001 74 6869"));
}

TEST_CASE("before CONNACK nothing large is waited for, whatever the limit is") {
  for (const std::uint32_t limit : {0u, 100u << 20}) {
    session_options options = plain(v5);
    options.maximum_receive_size = limit;
    peer p(options);
    p.comes_up();
    p.receives("20 81 80 40 00");  // 1 MiB and five bytes
    const closed end = p.take<closed>();
    CHECK(end.error == errc::packet_too_large);
    CHECK(end.limit == 1u << 20);
  }
}
