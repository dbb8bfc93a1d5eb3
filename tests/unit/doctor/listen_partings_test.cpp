// Remarks about how clients leave, what stays behind of them, and what goes round.
#include <doctest/doctest.h>

#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/listen/growing_topics.hpp"
#include "mqtt-doctor/listen/leaving_watch.hpp"
#include "traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using enum packet_type;

namespace {

constexpr auto v5 = protocol_version::v5;

/// A lamp with a will, let in.
void comes_with_will(device& lamp, bool is_retained) {
  lamp.will = "lamp/state";
  lamp.will_payload = "offline";
  lamp.is_will_retained = is_retained;
  lamp.connects("lamp");
}

}  // namespace

TEST_CASE("an app that acknowledges on no connection is told, one that did once is not") {
  for (const bool does_acknowledge : {false, true}) {
    overheard here;
    for (int turn = 0; turn < 3; ++turn) {
      device phone(here);
      phone.connects("phone", false, 60, {}, {}, turn > 0);
      phone.subscribes("alerts/#", 1);
      for (const std::uint16_t id : {std::uint16_t{1}, std::uint16_t{2}})
        phone.broker_sends(phone.message("alerts/fire", 1, id, "on", false, {}, turn > 0));
      if (does_acknowledge && turn == 0) phone.sends(puback, 1);
      here.passes(1s);
      phone.breaks_off();
    }
    CHECK(here.tells("acknowledges none of the messages") == !does_acknowledge);
  }
}

TEST_CASE(
    "a will that is not retained leaves a retained status behind when the connection breaks") {
  overheard here;
  device lamp(here);
  comes_with_will(lamp, false);
  lamp.publishes("lamp/state", 0, 0, "online", true);
  here.passes(2s);
  CHECK(here.is_silent());
  lamp.breaks_off();
  CHECK(here.times("delivery-state-stays") == 1);
  CHECK(here.tells("Set the retain flag of the will as well."));
}

TEST_CASE("a retained will stays over a status that is not retained") {
  overheard here;
  device lamp(here);
  comes_with_will(lamp, true);
  lamp.publishes("lamp/state", 0, 0, "online");
  here.passes(2s);
  lamp.breaks_off();
  CHECK(here.times("delivery-state-stays") == 1);
  CHECK(here.tells("publishes the opposite there without retain"));
}

TEST_CASE("will and status that are both retained, or both not, are nothing to speak of") {
  for (const bool is_retained : {true, false}) {
    overheard here;
    device lamp(here);
    comes_with_will(lamp, is_retained);
    lamp.publishes("lamp/state", 0, 0, "online", is_retained);
    here.passes(2s);
    lamp.breaks_off();
    here.passes(5s);
    CHECK(here.is_silent());
  }
}

TEST_CASE("DISCONNECT takes the will back, and the status stays") {
  overheard here;
  device lamp(here);
  comes_with_will(lamp, true);
  lamp.publishes("lamp/state", 0, 0, "online", true);
  here.passes(2s);
  lamp.leaves();
  CHECK(
      here.tells("note session-will-status: lamp (10.0.0.1) ended its connection with DISCONNECT"));
}

TEST_CASE("who waits for a will learns nothing of a client that says goodbye") {
  overheard here;
  device panel(here), lamp(here);
  panel.connects("panel").subscribes("lamp/#");
  comes_with_will(lamp, true);
  here.passes(2s);
  lamp.leaves();
  CHECK(here.tells("nobody is told that it left (others who subscribe: 1)"));
}

TEST_CASE("a client that says offline itself, or asks for its will, leaves as it should") {
  overheard here;
  device panel(here), lamp(here), other(here, v5);
  panel.connects("panel").subscribes("lamp/#");
  comes_with_will(lamp, true);
  lamp.publishes("lamp/state", 0, 0, "online", true);
  lamp.publishes("lamp/state", 0, 0, "offline", true).leaves();
  other.will = "lamp/other";
  other.connects("other").sends(disconnect, 0, 4);
  here.monitor.ended(other.number(), parting::by_client, 0, here.now);
  CHECK(here.times("session-will-status") == 0);
}

TEST_CASE("a client that came back and does not say so looks offline") {
  overheard here;
  device before(here);
  comes_with_will(before, true);
  before.publishes("lamp/state", 0, 0, "online", true);
  here.passes(2s);
  before.breaks_off();
  device after(here);
  comes_with_will(after, true);
  here.passes(5s);
  CHECK(here.is_silent());
  here.passes(6s);
  CHECK(here.times("delivery-state-stays") == 1);
  CHECK(here.tells("holds the retained will of lamp (10.0.0.2)"));
}

TEST_CASE("of a client whose packets were not all heard, nobody knows what it said") {
  overheard here;
  device before(here);
  comes_with_will(before, true);
  before.publishes("lamp/state", 0, 0, "online", true);
  before.breaks_off();
  device after(here);
  comes_with_will(after, true);
  here.monitor.heard_in_part(after.number());
  here.passes(12s);
  CHECK(here.times("delivery-state-stays") == 0);
}

TEST_CASE("a client that says online after each connect is well") {
  overheard here;
  device before(here);
  comes_with_will(before, true);
  before.publishes("lamp/state", 0, 0, "online", true);
  here.passes(2s);
  before.breaks_off();
  device after(here);
  comes_with_will(after, true);
  after.publishes("lamp/state", 0, 0, "online", true);
  here.passes(20s);
  CHECK(here.times("delivery-state-stays") == 0);
}

TEST_CASE("a client that leaves at each large message has too small a buffer") {
  overheard here;
  const std::string large(300, 'x');
  for (int i = 0; i < 3; ++i) {
    device board(here);
    board.connects("board").subscribes("cfg/#").publishes("up", 0, 0, "1");
    board.gets("cfg/name", 0, 0, "lamp");
    here.passes(2s);
    board.gets("cfg/all", 0, 0, large).breaks_off();
    here.passes(1s);
  }
  CHECK(here.tells("board (10.0.0.2) itself closes the connection as soon as it is sent"));
  REQUIRE(here.monitor.causes().size() == 1);
  CHECK(here.monitor.causes()[0].id == "delivery-breaks-client");
  CHECK(here.tells("At messages of up to"));
}

TEST_CASE("who fetches one message and goes has done its work") {
  overheard here;
  for (int i = 0; i < 5; ++i) {
    device script(here);
    script.connects("script").subscribes("weather").gets("weather", 0, 0, std::string(300, 'x'));
    script.breaks_off();
    here.passes(10s);
  }
  CHECK(here.times("delivery-breaks-client") == 0);
}

TEST_CASE("a client that stops twice in the middle of its own packet gave up writing") {
  overheard here;
  for (int i = 0; i < 2; ++i) {
    device board(here);
    board.connects("board").breaks_off(2162);
  }
  CHECK(here.tells("board (10.0.0.2) itself closed the connection in the middle of a packet"));
  REQUIRE(here.monitor.causes().size() == 1);
  CHECK(here.monitor.causes()[0].id == "mqtt-packet-cut-off");
}

TEST_CASE("a broker that hangs up on PUBREL again and again is told by that packet") {
  overheard here;
  for (int i = 0; i < 2; ++i) {
    device store(here);
    store.connects("store", false, 60, {}, {}, true).sends(pubrel, 7).is_hung_up_on();
    here.passes(5s);
  }
  CHECK(
      here.tells("cause ended-by-broker: The broker hangs up on store (10.0.0.2) right after its "
                 "PUBREL (times: 2)"));
}

TEST_CASE("a broker that keeps the older of two connections is told so") {
  overheard here;
  device older(here), newer(here);
  older.connects("esp");
  here.passes(2s);
  newer.asks_in("esp").is_hung_up_on();
  CHECK(here.tells("cause session-duplicate-client-id: The broker hangs up on the CONNECT of esp"));
}

TEST_CASE("one copy for both of two filters is what most brokers send") {
  overheard here;
  device app(here), meter(here);
  app.connects("app").subscribes("#").subscribes("meter/+");
  meter.connects("meter");
  for (int i = 0; i < 3; ++i) {
    meter.publishes("meter/1");
    app.gets("meter/1");
    here.passes(1s);
  }
  here.passes(5s);
  CHECK(here.times("delivery-duplicated") == 0);
}

TEST_CASE("a message sent again before its PUBACK comes twice") {
  overheard here;
  device meter(here);
  meter.connects("meter");
  meter.publishes("m", 1, 1);
  here.passes(2s);
  meter.client_sends(meter.message("m", 1, 1, "x", false, {}, true));
  here.passes(1s);
  meter.hears(puback, 1).hears(puback, 1);
  CHECK(here.tells(
      "note delivery-duplicated: meter (10.0.0.1) sent a message for \"m\" again after 2 s"));
}

TEST_CASE("a session that the client kept and the broker did not") {
  overheard here;
  device before(here), meter(here);
  before.connects("panel", false).subscribes("home/#", 1);
  meter.connects("meter");
  here.passes(1s);
  before.is_hung_up_on();
  device after(here);
  after.connects("panel", false);
  for (int i = 0; i < 8; ++i) {
    here.passes(1s);
    meter.publishes("home/door", 0);
  }
  CHECK(here.tells("cause session-not-kept: panel (10.0.0.3) came back to its session"));
}

TEST_CASE("a control character in a topic makes brokers hang up") {
  overheard here;
  device app(here);
  app.connects("app").publishes("junk/blah\t", 1, 1).is_hung_up_on();
  here.passes(5s);
  CHECK(here.tells("cause mqtt-malformed-client: The broker hung up on app (10.0.0.1)"));
  CHECK(here.tells("(U+0009)"));
}

TEST_CASE("control characters are found in plain text and in two bytes of UTF-8") {
  CHECK(control_character_in("a/b").empty());
  CHECK(control_character_in("a/\r") == "U+000D");
  CHECK(control_character_in("a/\x7F") == "U+007F");
  CHECK(control_character_in("a/\xC2\x85") == "U+0085");
  CHECK(control_character_in("Z\xC3\xBCrich").empty());
}

TEST_CASE("a message above the subscriber's Maximum Packet Size is thrown away for it") {
  overheard here;
  device app(here, v5), camera(here);
  app.connects("app", true, 60, with(property_id::maximum_packet_size, 100)).subscribes("cam/#");
  camera.connects("camera").publishes("cam/1", 0, 0, std::string(200, 'x'));
  CHECK(here.tells("cause mqtt-packet-too-large: camera (10.0.0.2) publishes 200 bytes"));
}

TEST_CASE("each round of a loop makes the topic longer") {
  growing_topics rounds;
  std::string topic = "sn/1";
  std::optional<growing_topics::growth> found;
  for (int i = 0; i < 5 && !found; ++i) {
    CHECK_FALSE(rounds.passed(side::broker, "10.0.0.9", topic, 21));
    topic = "aws/" + topic;
    found = rounds.passed(side::client, "10.0.0.9", topic, 21);
  }
  REQUIRE(found);
  CHECK(found->added == "aws/");
  CHECK(found->first == "sn/1");
}

TEST_CASE("a bridge that puts a prefix in front of many messages makes no round") {
  growing_topics rounds;
  for (int i = 0; i < 20; ++i) {
    rounds.passed(side::broker, "10.0.0.9", "sn/1", 21);
    CHECK_FALSE(rounds.passed(side::client, "10.0.0.9", "aws/sn/1", 21));
  }
}

TEST_CASE(
    "of a client that was there before, what is not acknowledged is told, and no keep alive") {
  overheard here;
  device app(here);
  app.was_there().sends(pingreq).hears(pingresp);
  for (int i = 1; i <= 25; ++i) app.gets("home/door", 1, static_cast<std::uint16_t>(i));
  here.passes(7s);
  CHECK(here.tells("cause delivery-inflight-stall: 10.0.0.1:5000 holds 25 messages"));
  app.is_hung_up_on();
  CHECK(here.times("session-keepalive-expired") == 0);
}

TEST_CASE("where the broker's side alone was captured, nothing is said to stay open") {
  overheard here;
  device app(here);
  app.was_there();
  for (int i = 1; i <= 25; ++i) app.gets("home/door", 1, static_cast<std::uint16_t>(i));
  here.passes(30s);
  CHECK(here.is_silent());
}

TEST_CASE("three clients that fall silent together share what failed") {
  overheard here;
  device one(here), two(here), three(here);
  one.connects("one", true, 10);
  here.passes(1s);
  two.connects("two", true, 10);
  here.passes(1s);
  three.connects("three", true, 10);
  here.passes(15s);
  one.is_hung_up_on();
  here.passes(1s);
  two.is_hung_up_on();
  CHECK(here.times("path-half-open") == 0);
  here.passes(1s);
  three.is_hung_up_on();
  CHECK(here.tells("cause path-half-open: 3 clients fell silent together (one (10.0.0.1), two"));
}

TEST_CASE("one client that hangs again and again is no matter of the way") {
  overheard here;
  for (int i = 0; i < 4; ++i) {
    device app(here);
    app.connects("app", true, 10);
    here.passes(16s);
    app.is_hung_up_on();
  }
  CHECK(here.tells("cause session-keepalive-expired"));
  CHECK(here.times("path-half-open") == 0);
}

TEST_CASE("two apps that answer each other make a loop, and two that publish the same do not") {
  overheard here;
  device one(here), two(here);
  one.connects("one").subscribes("lamp");
  two.connects("two").subscribes("lamp");
  for (int i = 0; i < 50; ++i) {
    one.gets("lamp");
    two.gets("lamp");
    one.publishes("lamp");
    two.publishes("lamp");
    here.now += 30ms;
  }
  CHECK(here.tells("cause delivery-feedback-loop"));
  overheard there;
  device meter(there), other(there);
  meter.connects("meter");
  other.connects("other");
  for (int i = 0; i < 50; ++i) {
    meter.publishes("lamp");
    other.publishes("lamp");
    there.now += 30ms;
  }
  CHECK(there.times("delivery-feedback-loop") == 0);
}

TEST_CASE("what waits in its session makes a client leave, message by message with DUP") {
  overheard here;
  for (int i = 0; i < 3; ++i) {
    device board(here);
    board.connects("board", false, 60, {}, {}, true);
    board.broker_sends(board.message("cfg", 1, 1, std::string(300, 'x'), false, {}, i != 0));
    board.breaks_off();
    here.passes(2s);
  }
  CHECK(here.tells("board (10.0.0.2) itself closes the connection as soon as it is sent"));
}

TEST_CASE("an app that comes under another name each time leaves its sessions behind") {
  overheard here;
  for (const char* const name : {"app_9f3a11c0", "app_0b7d22e4", "app_55aa93bf"}) {
    device app(here);
    here.monitor.opened(app.number(), "10.0.0.7:5000", "10.0.0.7");
    app.connects(name, false).subscribes("orders/#", 1).leaves();
    here.passes(2s);
  }
  here.monitor.finish(here.now);
  CHECK(here.times("session-identifier-changes") == 1);
}

TEST_CASE("numbered devices behind one address leave their sessions on purpose") {
  overheard here;
  for (const char* const name : {"meter_0001", "meter_0002", "meter_0003", "meter_0004"}) {
    device app(here);
    here.monitor.opened(app.number(), "10.0.0.7:5000", "10.0.0.7");
    app.connects(name, false).subscribes("cfg", 1).leaves();
    here.passes(2s);
  }
  here.monitor.finish(here.now);
  CHECK(here.times("session-identifier-changes") == 0);
}

TEST_CASE("a retained command comes at every connect, and a retained state may") {
  overheard here;
  for (int i = 0; i < 3; ++i) {
    device plug(here);
    plug.connects("plug").subscribes("#");
    plug.broker_sends(plug.message("cmnd/plug/POWER", 0, 0, "TOGGLE", true, {}));
    plug.broker_sends(plug.message("stat/plug/POWER", 0, 0, "ON", true, {}));
    plug.leaves();
    here.passes(2s);
  }
  here.monitor.finish(here.now);
  CHECK(here.times("delivery-retained-present") == 1);
  CHECK(here.tells("mosquitto_pub -r -n -t 'cmnd/plug/POWER'"));
  CHECK(here.times("stat/plug") == 0);
}

TEST_CASE("a loop is told although the capture lacks packets of it") {
  overheard here;
  device bridge(here);
  bridge.connects("bridge").subscribes("plant/#");
  for (int i = 0; i < 300; ++i) {
    if (i % 20 == 0) here.monitor.heard_in_part(bridge.number());
    bridge.gets("plant/valve").publishes("plant/valve");
    here.now += 3ms;
  }
  CHECK(here.tells("cause delivery-feedback-loop: bridge (10.0.0.1) publishes to plant/valve"));
}
