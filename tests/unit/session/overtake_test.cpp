#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

template <class Event>
Event overtaken(peer& p) {
  const event& next = p.client.overtake();
  REQUIRE(next.index() == event(Event{}).index());
  return std::get<Event>(next);
}

bool nothing_left_to_overtake(peer& p) {
  return std::holds_alternative<need_more>(p.client.overtake());
}

std::string shown(peer& p) {
  return std::string(as_text(p.take<message_received>().message.payload));
}

}  // namespace

TEST_CASE("answers are found behind messages, which come later in their order") {
  for (const protocol_version version : {v3_1_1, v5}) {
    CAPTURE(static_cast<int>(version));
    const std::string none = version == v5 ? " 00" : "";
    const auto length = [&](int without) {
      return "0" + std::to_string(without + (version == v5));
    };
    peer p(plain(version));
    p.connects();
    CHECK(!p.subscribes("a", 7));
    p.sent();
    p.receives("30 " + length(4) + " 0001 61" + none + " 31  32 " + length(6) + " 0001 61 0005" +
               none + " 32  90 " + length(3) + " 0001" + none + " 00  30 " + length(4) +
               " 0001 61" + none + " 33");
    CHECK(overtaken<subscribed>(p).token == 7);
    CHECK(nothing_left_to_overtake(p));
    CHECK(p.client.waiting_messages() == 3);
    CHECK(p.sent() == "");  // nobody saw the message at QoS 1
    CHECK(shown(p) == "1");
    CHECK(shown(p) == "2");
    CHECK(p.sent() == "");
    CHECK(shown(p) == "3");
    CHECK(p.sent() == bytes("40 02 0005"));
    CHECK(p.client.waiting_messages() == 0);
    CHECK(p.client.waiting_bytes() == 0);
    CHECK(p.has_nothing_more());
  }
}

TEST_CASE("a message that is overtaken while it is shown stays as it is") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("30 06 0001 61 787979");
  const message_received first = p.take<message_received>();
  CHECK(nothing_left_to_overtake(p));
  for (int i = 0; i < 5000; ++i) {
    p.receives("30 06 0001 62 7A7A7A  32 08 0001 62 0001 7A7A7A");
    REQUIRE(nothing_left_to_overtake(p));
  }
  CHECK(as_text(first.message.payload) == "xyy");
  CHECK(first.message.topic == "a");
  CHECK(p.client.waiting_messages() == 10'000);
  const message_received second = p.take<message_received>();
  p.receives("30 06 0001 63 616161");
  CHECK(nothing_left_to_overtake(p));
  CHECK(as_text(second.message.payload) == "zzz");
}

TEST_CASE("an alias means what it meant when its message came in") {
  peer p(with_property(plain(v5), property_id::topic_alias_maximum, 2));
  p.connects();
  p.receives("30 08 0001 61 03 230001 31  30 07 0000 03 230001 32  30 08 0001 62 03 230001 33");
  CHECK(nothing_left_to_overtake(p));
  for (const std::string_view topic : {"a", "a", "b"}) {
    CHECK(p.take<message_received>().message.topic == topic);
  }
}

TEST_CASE("a QoS 2 message repeated while it waits is shown once, and answered once") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("34 06 0001 61 0009 31  3C 06 0001 61 0009 31");
  CHECK(nothing_left_to_overtake(p));
  CHECK(p.client.waiting_messages() == 1);
  CHECK(shown(p) == "1");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("50 02 0009"));
  p.receives("62 02 0009");
  CHECK(nothing_left_to_overtake(p));
  CHECK(p.sent() == bytes("70 02 0009"));
}

TEST_CASE("what waited outlives the connection, unless the broker repeats it") {
  for (const bool resumes : {true, false}) {
    CAPTURE(resumes);
    peer p(lasting(v3_1_1));
    p.connects();
    p.receives("30 04 0001 61 30  32 06 0001 61 0001 31  34 06 0001 61 0002 32");
    CHECK(nothing_left_to_overtake(p));
    p.client.transport_down();
    p.comes_up();
    p.receives(resumes ? "20 02 01 00" : "20 02 00 00");
    CHECK(overtaken<connected>(p).session_present == resumes);
    p.sent();
    if (resumes) p.receives("3A 06 0001 61 0001 31  3C 06 0001 61 0002 32");
    CHECK(shown(p) == "0");
    CHECK(shown(p) == "1");
    CHECK(shown(p) == "2");
    CHECK(p.has_nothing_more());
    // Identifiers of a session that is gone mean nothing to the broker.
    CHECK(p.sent() == (resumes ? bytes("40 02 0001 50 02 0002") : ""));
  }
}

TEST_CASE("taken between two connections, a QoS 2 message is not shown again") {
  peer p(lasting(v3_1_1));
  p.connects();
  p.receives("34 06 0001 61 0002 32");
  CHECK(nothing_left_to_overtake(p));
  p.client.transport_down();
  CHECK(shown(p) == "2");
  CHECK(p.has_nothing_more());
  p.comes_up();
  p.is_accepted({}, true);
  p.sent();
  p.receives("3C 06 0001 61 0002 32");
  CHECK(p.has_nothing_more());
  CHECK(p.sent() == bytes("50 02 0002"));
}

TEST_CASE("what the broker makes us say is counted, until it is taken to be written") {
  peer p(plain(v3_1_1));
  p.connects();
  p.receives("62 02 0001  62 02 0001  50 02 0001");
  CHECK(p.has_nothing_more());
  CHECK(p.client.answer_bytes() == 12);
  CHECK(p.publishes(message("a", "1", qos_0)) == admission::accepted);
  CHECK(p.client.answer_bytes() == 12);
  p.sent();
  CHECK(p.client.answer_bytes() == 0);
}
