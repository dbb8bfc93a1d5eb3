#include "mqttkit/sn/session.hpp"

#include <doctest/doctest.h>

#include <string>

#include "mqttkit/base/error.hpp"
#include "mqttkit/sn/error.hpp"
#include "unit/sn/peer.hpp"

namespace mqttkit::sn {

using namespace test;

namespace {

session_options with_will() {
  session_options options = plain();
  options.will.emplace();
  options.will->topic = "a/b";
  options.will->payload = "hi";
  options.will->qos = qos_level::at_least_once;
  options.will->retain = true;
  return options;
}

// Connected, and "a/b" registered as 5 by a message of QoS 0.
void registers(peer& p) {
  p.connects();
  CHECK(p.publishes(to("a/b", "0")) == admission::accepted);
  CHECK(p.sent() == "09 0A 00 00 00 01 61 2F 62");
  p.receives("07 0B 00 05 00 01 00");
  p.take<delivered>();
  CHECK(p.sent() == "08 0C 00 00 05 00 00 30");
}

}  // namespace

TEST_CASE("CONNECT without a will is answered by CONNACK (§6.2)") {
  peer p(plain());
  REQUIRE_FALSE(p.client.start(p.now));
  CHECK(p.sent() == "09 04 04 01 00 3C 61 62 63");
  CHECK(p.client.state() == session_state::connecting);
  p.receives("03 05 00");
  CHECK_FALSE(p.take<connected>().will_taken);
  CHECK(p.client.state() == session_state::active);
  p.takes("03 05 00");  // doubled
}

TEST_CASE("the gateway asks for the will's topic, then for its message (§6.2)") {
  peer p(with_will());
  REQUIRE_FALSE(p.client.start(p.now));
  CHECK(p.sent() == "09 04 0C 01 00 3C 61 62 63");
  p.takes("02 06");
  CHECK(p.sent() == "06 07 30 61 2F 62");
  p.takes("02 08");
  CHECK(p.sent() == "04 09 68 69");
  p.takes("02 06");  // late: answered, and WILLMSG stays what is repeated
  CHECK(p.sent() == "06 07 30 61 2F 62");
  p.waits(10s);
  CHECK(p.sent() == "04 09 68 69");
  p.receives("03 05 00");
  CHECK(p.take<connected>().will_taken);
  p.takes("02 06");  // it took a doubled CONNECT for another
  CHECK(p.sent() == "06 07 30 61 2F 62");
  p.takes("02 08");
  CHECK(p.sent() == "04 09 68 69");
}

TEST_CASE("a gateway that does not ask for the will has not taken it") {
  peer p(with_will());
  REQUIRE_FALSE(p.client.start(p.now));
  p.receives("03 05 00");
  CHECK_FALSE(p.take<connected>().will_taken);
}

TEST_CASE("a refused CONNECT ends with the return code, congestion is waited out") {
  peer p(plain());
  REQUIRE_FALSE(p.client.start(p.now));
  p.sent();
  p.receives("03 05 03");
  const closed end = p.take<closed>();
  CHECK(end.error == errc::not_accepted);
  CHECK(end.code == return_code::not_supported);
  CHECK(p.client.deadline() == time_point::max());

  REQUIRE_FALSE(p.client.start(p.now));
  p.sent();
  p.receives("03 05 01");
  CHECK(p.take<congested>().wait == 300s);
  CHECK(p.client.deadline() == p.now + 300s);
  p.waits(300s);
  CHECK(p.sent() == "09 04 04 01 00 3C 61 62 63");
}

TEST_CASE("CONNECT without any answer is repeated Nretry times, then the gateway is lost (§6.13)") {
  peer p(plain());
  REQUIRE_FALSE(p.client.start(p.now));
  for (int i = 0; i < 4; ++i) {
    CHECK(p.sent() == "09 04 04 01 00 3C 61 62 63");
    CHECK(p.client.deadline() == p.now + 10s);
    p.waits(10s);
  }
  const closed end = p.take<closed>();
  CHECK(end.error == errc::gateway_lost);
  CHECK(end.unanswered == message_type::connect);
  CHECK(p.client.retransmissions() == 3);
}

TEST_CASE("a topic is registered once, then goes by its id (§6.5)") {
  peer p(plain());
  registers(p);
  CHECK(p.publishes(to("a/b", "1")) == admission::accepted);
  CHECK(p.take<delivered>().token == 1);
  CHECK(p.sent() == "08 0C 00 00 05 00 00 31");
}

TEST_CASE("predefined topics and those of two bytes are not registered (§6.7)") {
  session_options options = plain();
  options.predefined.push_back({7, "room/temperature"});
  peer p(options);
  p.connects();
  CHECK(p.publishes(to("room/temperature", "x")) == admission::accepted);
  CHECK(p.sent() == "08 0C 01 00 07 00 00 78");
  CHECK(p.publishes(to("ab", "x")) == admission::accepted);
  CHECK(p.sent() == "08 0C 02 61 62 00 00 78");
  publish_request by_id = to("", "x");
  by_id.predefined_id = 9;
  CHECK(p.publishes(by_id) == admission::accepted);
  CHECK(p.sent() == "08 0C 01 00 09 00 00 78");
}

TEST_CASE("QoS -1 needs no connection, and no topic to be registered (§6.8)") {
  peer p(plain());
  CHECK(p.publishes(to("ab", "x", qos_level::without_connection)) == admission::accepted);
  CHECK(p.sent() == "08 0C 62 61 62 00 00 78");
  p.take<delivered>();
  CHECK(p.publishes(to("a/b", "x", qos_level::without_connection)) == admission::refused);
  CHECK(p.error == errc::topic_id_needed);
  CHECK(p.publishes(to("a/b", "x")) == admission::full);  // the others need one
}

TEST_CASE("QoS 1 ends with PUBACK, one at a time (§6.6)") {
  peer p(plain());
  registers(p);
  CHECK(p.publishes(to("a/b", "x", qos_level::at_least_once), 7) == admission::accepted);
  CHECK(p.sent() == "08 0C 20 00 05 00 02 78");
  CHECK(p.publishes(to("a/b", "y", qos_level::at_least_once), 8) == admission::full);
  p.takes("07 0D 00 05 00 09 00");  // of another
  p.waits(10s);
  CHECK(p.sent() == "08 0C A0 00 05 00 02 78");  // DUP
  p.receives("07 0D 00 05 00 02 00");
  CHECK(p.take<delivered>().token == 7);
  p.takes("07 0D 00 05 00 02 00");  // doubled
  CHECK(p.publishes(to("a/b", "y", qos_level::at_least_once), 8) == admission::accepted);
}

TEST_CASE("QoS 2 takes PUBREC, PUBREL and PUBCOMP (§6.6)") {
  peer p(plain());
  registers(p);
  CHECK(p.publishes(to("a/b", "x", qos_level::exactly_once), 7) == admission::accepted);
  CHECK(p.sent() == "08 0C 40 00 05 00 02 78");
  p.takes("07 0D 00 05 00 02 00");  // PUBACK does not end QoS 2
  p.takes("04 0F 00 02");
  CHECK(p.sent() == "04 10 00 02");
  p.takes("04 0F 00 02");  // doubled
  CHECK(p.sent() == "04 10 00 02");
  p.waits(10s);
  CHECK(p.sent() == "04 10 00 02");
  p.receives("04 0E 00 02");
  CHECK(p.take<delivered>().token == 7);
  p.takes("04 0E 00 02");
  p.takes("04 0F 00 02");  // late: the gateway waits for PUBREL all the same
  CHECK(p.sent() == "04 10 00 02");
}

TEST_CASE("an id the gateway forgot is registered again, once for each message (§6.6)") {
  peer p(plain());
  registers(p);
  CHECK(p.publishes(to("a/b", "x", qos_level::at_least_once), 7) == admission::accepted);
  p.sent();
  p.takes("07 0D 00 05 00 02 02");
  CHECK(p.sent() == "09 0A 00 00 00 03 61 2F 62");
  p.takes("07 0B 00 06 00 03 00");
  CHECK(p.sent() == "08 0C 20 00 06 00 04 78");
  p.receives("07 0D 00 06 00 04 02");
  CHECK(p.take<delivered>().code == return_code::invalid_topic_id);
}

TEST_CASE("a refused message of QoS 0 is told, and its id forgotten") {
  peer p(plain());
  registers(p);
  p.receives("07 0D 00 05 00 00 02");
  const refused told = p.take<refused>();
  CHECK(told.topic_id == 5);
  CHECK(told.code == return_code::invalid_topic_id);
  CHECK(p.publishes(to("a/b", "x")) == admission::accepted);
  CHECK(p.sent() == "09 0A 00 00 00 02 61 2F 62");
}

TEST_CASE("congestion: nothing is sent for Twait, then what was refused (§6.5, §6.6)") {
  peer p(plain());
  registers(p);
  CHECK(p.publishes(to("a/b", "x", qos_level::at_least_once), 7) == admission::accepted);
  p.sent();
  p.receives("07 0D 00 05 00 02 01");
  CHECK(p.take<congested>().refused == message_type::publish);
  CHECK(p.publishes(to("a/b", "y")) == admission::full);
  REQUIRE_FALSE(p.client.subscribe(on("c/d"), 9, p.now));
  CHECK(p.sent().empty());
  for (int i = 0; i < 300; i += 10) {
    p.waits(10s);
    const std::string text = p.sent();
    if (i < 290) {
      CHECK((text.empty() || text == "02 16"));
      if (!text.empty()) p.takes("02 17");
    } else {
      CHECK(text == "08 12 00 00 03 63 2F 64");
      CHECK(p.sent() == "08 0C 20 00 05 00 04 78");
    }
  }
}

TEST_CASE("a message that cannot be sent is refused, not queued") {
  session_options options = plain();
  options.maximum_datagram = 20;
  peer p(options);
  p.connects();
  CHECK(p.publishes(to("ab", "12345678901234")) == admission::refused);
  CHECK(p.error == mqttkit::errc::packet_too_large);
  CHECK(p.publishes(to("ab", "1234567890123")) == admission::accepted);
  CHECK(p.publishes(to("a/very/long/topic/it/is", "")) == admission::refused);
  CHECK(p.error == mqttkit::errc::packet_too_large);
  CHECK(p.publishes(to("a/#", "")) == admission::refused);
  CHECK(p.error == mqttkit::errc::invalid_topic_name);
  CHECK(p.client.subscribe(on("a/#/b"), 1, p.now) == mqttkit::errc::invalid_topic_filter);
}

TEST_CASE("subscriptions are asked for one after the other; SUBACK tells the id (§6.9)") {
  peer p(plain());
  REQUIRE_FALSE(p.client.subscribe(on("a/b", qos_level::at_least_once), 1, p.now));
  REQUIRE_FALSE(p.client.subscribe(on("c/#"), 2, p.now));
  CHECK(p.client.output().empty());  // not connected yet
  p.connects();
  CHECK(p.sent() == "08 12 20 00 01 61 2F 62");
  CHECK(p.sent().empty());
  p.waits(10s);
  CHECK(p.sent() == "08 12 A0 00 01 61 2F 62");
  p.receives("08 13 00 00 05 00 01 00");
  const subscribed first = p.take<subscribed>();
  CHECK(first.token == 1);
  CHECK(first.qos == qos_level::at_most_once);  // granted less
  CHECK(first.topic_id == 5);
  CHECK(p.sent() == "08 12 00 00 02 63 2F 23");
  p.receives("08 13 00 00 00 00 02 03");
  CHECK(p.take<subscribed>().code == return_code::not_supported);
  CHECK(p.client.pending_requests() == 0);
  p.receives("09 0C 00 00 05 00 00 68 69");
  CHECK(p.take<message_received>().topic == "a/b");
}

TEST_CASE("UNSUBSCRIBE is answered by UNSUBACK (§6.9)") {
  peer p(plain());
  p.connects();
  REQUIRE_FALSE(p.client.unsubscribe(on("a/#"), 4, p.now));
  CHECK(p.sent() == "08 14 00 00 01 61 2F 23");
  p.takes("08 13 00 00 00 00 01 00");  // SUBACK is not the answer
  p.receives("04 15 00 01");
  CHECK(p.take<subscribed>().is_unsubscribe);
}

TEST_CASE("the gateway registers topics that match wildcards (§6.10)") {
  peer p(plain());
  p.connects();
  p.takes("09 0A 00 08 12 34 61 2F 62");
  CHECK(p.sent() == "07 0B 00 08 12 34 00");
  p.receives("08 0C 00 00 08 00 00 78");
  CHECK(p.take<message_received>().topic == "a/b");
  p.takes("09 0A 00 08 12 35 63 2F 64");  // the id gets another name
  p.sent();
  p.receives("08 0C 00 00 08 00 00 78");
  CHECK(p.take<message_received>().topic == "c/d");
  p.takes("09 0A FF FF 12 36 63 2F 64");
  CHECK(p.sent() == "07 0B FF FF 12 36 02");
}

TEST_CASE("a gateway that registers without end is told that we are congested") {
  session_options options = plain();
  options.maximum_topics = 1;
  peer p(options);
  p.connects();
  p.takes("09 0A 00 08 12 34 61 2F 62");
  CHECK(p.sent() == "07 0B 00 08 12 34 00");
  p.takes("09 0A 00 09 12 35 61 2F 63");
  CHECK(p.sent() == "07 0B 00 09 12 35 01");
}

TEST_CASE("a topic id that nobody registered is refused, and said") {
  peer p(plain());
  p.connects();
  p.receives("08 0C 20 00 08 00 03 78");
  CHECK(p.take<message_unknown>().message.topic_id == 8);
  CHECK(p.sent() == "07 0D 00 08 00 03 02");
}

TEST_CASE("a PUBLISH that overtakes its SUBACK waits for it (§6.9)") {
  peer p(plain());
  p.connects();
  REQUIRE_FALSE(p.client.subscribe(on("a/b"), 1, p.now));
  p.sent();
  p.takes("08 0C 10 00 05 00 00 78");
  p.receives("08 13 00 00 05 00 01 00");
  p.take<subscribed>();
  const message_received got = p.take<message_received>();
  CHECK(got.topic == "a/b");
  CHECK(got.message.retain);
  CHECK(p.is_quiet());
}

TEST_CASE("QoS 1 is acknowledged when the consumer asks for the next event") {
  peer p(plain());
  p.connects();
  p.takes("09 0A 00 08 12 34 61 2F 62");
  p.sent();
  p.receives("08 0C 20 00 08 00 03 78");
  p.take<message_received>();
  CHECK(p.sent().empty());
  CHECK(p.is_quiet());
  CHECK(p.sent() == "07 0D 00 08 00 03 00");
}

TEST_CASE("with ack_policy::manual nothing is acknowledged before settle()") {
  session_options options = plain();
  options.acknowledge = ack_policy::manual;
  peer p(options);
  p.connects();
  p.takes("09 0A 00 08 12 34 61 2F 62");
  p.sent();
  p.receives("08 0C 40 00 08 00 03 78");
  p.take<message_received>();
  p.takes("08 0C C0 00 08 00 03 78");  // repeated meanwhile
  CHECK(p.sent().empty());
  p.client.settle();
  CHECK(p.sent() == "04 0F 00 03");
}

TEST_CASE("QoS 2 is shown once, however often it is repeated (§6.10)") {
  peer p(plain());
  p.connects();
  p.takes("09 0A 00 08 12 34 61 2F 62");
  p.sent();
  p.receives("08 0C 40 00 08 00 03 78");
  p.take<message_received>();
  CHECK(p.is_quiet());
  CHECK(p.sent() == "04 0F 00 03");
  p.takes("08 0C C0 00 08 00 03 78");
  CHECK(p.sent() == "04 0F 00 03");
  p.takes("04 10 00 03");
  CHECK(p.sent() == "04 0E 00 03");
  p.takes("04 10 00 03");  // our PUBCOMP was lost
  CHECK(p.sent() == "04 0E 00 03");
  p.receives("08 0C 40 00 08 00 03 79");  // the identifier is free again
  CHECK(as_text(p.take<message_received>().message.payload) == "y");
}

TEST_CASE("more messages at once than a gateway may have are not answered") {
  session_options options = plain();
  options.acknowledge = ack_policy::manual;
  peer p(options);
  p.connects();
  p.takes("09 0A 00 08 12 34 61 2F 62");
  p.sent();
  int shown = 0;
  for (int i = 1; i < 40; ++i) {
    auto datagram = mqttkit::test::hex("08 0C 20 00 08 00 00 78");
    datagram[6] = static_cast<std::byte>(i);
    p.client.feed(datagram, p.now);
    if (std::holds_alternative<message_received>(p.client.next(p.now))) ++shown;
  }
  CHECK(shown == 16);
}

TEST_CASE("PINGREQ goes out before the keep alive is over, with time for one more (§6.11)") {
  peer p(plain());
  p.connects();
  CHECK(p.client.deadline() == p.now + 50s);  // 60 s less one Tretry
  p.waits(50s);
  CHECK(p.sent() == "02 16");
  p.takes("02 17");
  for (int i = 0; i < 4; ++i) p.waits(i == 0 ? 50s : 10s);
  CHECK(p.is_quiet());
  p.waits(10s);
  CHECK(p.take<closed>().unanswered == message_type::pingreq);
  peer q(plain());
  q.connects();
  q.takes("02 16");  // of the gateway
  CHECK(q.sent() == "02 17");
}

TEST_CASE("DISCONNECT is answered by DISCONNECT, or repeated (§6.12)") {
  peer p(plain());
  p.connects();
  REQUIRE_FALSE(p.client.disconnect(p.now));
  CHECK(p.sent() == "02 18");
  p.waits(10s);
  CHECK(p.sent() == "02 18");
  p.receives("02 18");
  CHECK_FALSE(p.take<closed>().error);
  CHECK(p.client.disconnect(p.now) == mqttkit::errc::not_connected);
}

TEST_CASE("a DISCONNECT that nobody asked for ends the connection") {
  peer p(plain());
  registers(p);
  CHECK(p.publishes(to("a/b", "x", qos_level::at_least_once), 7) == admission::accepted);
  p.sent();
  p.receives("02 18");
  CHECK(p.take<closed>().error == errc::disconnected_by_gateway);
  // What was in flight is sent again, and ids of the old connection are not used.
  CHECK(p.client.is_publishing());
  p.connects();
  CHECK(p.sent() == "09 0A 00 00 00 03 61 2F 62");
  p.takes("07 0B 00 09 00 03 00");
  CHECK(p.sent() == "08 0C 20 00 09 00 04 78");
  p.receives("07 0D 00 09 00 04 00");
  CHECK(p.take<delivered>().token == 7);
}

TEST_CASE("where the gateway keeps the session, QoS 2 goes on where it was") {
  session_options options = plain();
  options.clean_session = false;
  peer p(options);
  p.connects();
  CHECK(p.publishes(to("ab", "x", qos_level::exactly_once), 7) == admission::accepted);
  CHECK(p.sent() == "08 0C 42 61 62 00 01 78");
  p.client.stop();
  p.connects();
  CHECK(p.sent() == "08 0C C2 61 62 00 01 78");
  p.takes("04 0F 00 01");
  CHECK(p.sent() == "04 10 00 01");
  p.client.stop();
  p.connects();
  CHECK(p.sent() == "04 10 00 01");
  p.receives("04 0E 00 01");
  CHECK(p.take<delivered>().token == 7);
}

TEST_CASE("a client sleeps, wakes in time for what waits, and sleeps again (§6.14)") {
  peer p(plain());
  p.connects();
  p.takes("09 0A 00 08 12 34 61 2F 62");
  p.sent();
  CHECK(p.client.wake(p.now) == errc::not_asleep);
  REQUIRE_FALSE(p.client.sleep(120s, p.now));
  CHECK(p.sent() == "04 18 00 78");
  CHECK(p.client.state() == session_state::falling_asleep);
  p.receives("02 18");
  p.take<asleep>();
  p.takes("02 18");  // doubled
  CHECK(p.client.state() == session_state::asleep);
  CHECK(p.publishes(to("ab", "x")) == admission::full);
  CHECK(p.client.deadline() == p.now + 110s);
  p.waits(110s);
  CHECK(p.sent() == "05 16 61 62 63");
  CHECK(p.client.state() == session_state::awake);
  p.receives("08 0C 20 00 08 00 03 78");
  CHECK(p.take<message_received>().topic == "a/b");
  CHECK(p.is_quiet());
  CHECK(p.sent() == "07 0D 00 08 00 03 00");
  p.receives("02 17");
  CHECK(p.take<asleep>().messages == 1);
  CHECK(p.client.deadline() == p.now + 110s);
  // Back to work: ids stay valid.
  REQUIRE_FALSE(p.client.start(p.now));
  CHECK(p.sent() == "09 04 04 01 00 3C 61 62 63");
  p.receives("03 05 00");
  p.take<connected>();
  CHECK(p.publishes(to("a/b", "x")) == admission::accepted);
  CHECK(p.sent() == "08 0C 00 00 08 00 00 78");
}

TEST_CASE("a sleeper whose PINGREQ has no answer has lost its gateway (§6.14)") {
  peer p(plain());
  p.connects();
  REQUIRE_FALSE(p.client.sleep(5s, p.now));
  p.sent();
  p.receives("02 18");
  p.take<asleep>();
  CHECK(p.client.deadline() == p.now + 2500ms);  // half: a Tretry does not fit
  p.waits(2500ms);
  for (int i = 0; i < 4; ++i) {
    CHECK(p.sent() == "05 16 61 62 63");
    p.waits(10s);
  }
  CHECK(p.take<closed>().error == errc::gateway_lost);
}

TEST_CASE("a client that waits for an answer does not fall asleep") {
  peer p(plain());
  p.connects();
  REQUIRE_FALSE(p.client.subscribe(on("a/b"), 1, p.now));
  CHECK(p.client.sleep(60s, p.now) == errc::busy);
  CHECK(p.client.sleep(0s, p.now) == mqttkit::errc::invalid_option);
}

TEST_CASE("the will is replaced in two steps, and deleted in one (§6.4)") {
  peer p(with_will());
  p.connects();
  will_options other;
  other.topic = "c/d";
  other.payload = "bye";
  REQUIRE_FALSE(p.client.update_will(other, p.now));
  CHECK(p.sent() == "06 1A 00 63 2F 64");
  CHECK(p.client.update_will(other, p.now) == errc::busy);
  p.takes("03 1D 00");  // not the answer to the first
  p.takes("03 1B 00");
  CHECK(p.sent() == "05 1C 62 79 65");
  p.waits(10s);
  CHECK(p.sent() == "05 1C 62 79 65");
  p.receives("03 1D 00");
  CHECK(p.take<will_updated>().code == return_code::accepted);
  REQUIRE_FALSE(p.client.update_will(std::nullopt, p.now));
  CHECK(p.sent() == "02 1A");
  p.receives("03 1B 03");
  CHECK(p.take<will_updated>().code == return_code::not_supported);
  CHECK(p.client.options().will->topic == "c/d");  // refused: as it was
}

TEST_CASE("what comes before CONNACK, from nobody, or is no message at all changes nothing") {
  peer p(plain());
  p.takes("03 05 00");
  REQUIRE_FALSE(p.client.start(p.now));
  p.sent();
  p.takes("08 0C 02 61 62 00 00 78");
  p.takes("02 18");
  p.takes("10 0B 00 06 00 04 4D 51 54 54");
  p.takes("FF");
  p.takes("");
  CHECK(p.client.state() == session_state::connecting);
  CHECK(p.sent().empty());
}

TEST_CASE("messages that only a client sends are dropped") {
  peer p(plain());
  p.connects();
  for (const auto* const text :
       {"09 04 04 01 00 3C 61 62 63", "08 12 20 00 03 61 2F 23", "06 07 30 61 2F 62", "03 01 00",
        "08 14 00 00 04 61 2F 23", "05 FE 01 0A 0B 02 16", "03 02 07", "05 00 07 03 84"}) {
    p.takes(text);
    CHECK(p.sent().empty());
  }
}

TEST_CASE("options that CONNECT cannot carry are refused before anything is sent") {
  session_options options = plain();
  options.client_id = "123456789012345678901234";
  peer p(options);
  CHECK(p.client.start(p.now) == mqttkit::errc::invalid_client_id);
  CHECK(p.client.output().empty());
  options = with_will();
  options.will->topic = "a/#";
  peer q(options);
  CHECK(q.client.start(q.now) == mqttkit::errc::invalid_topic_name);
}

}  // namespace mqttkit::sn
