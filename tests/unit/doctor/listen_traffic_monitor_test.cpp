// Remarks of a doctor in front of the broker about one client and its broker.
#include <doctest/doctest.h>

#include "traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using enum packet_type;

namespace {

constexpr auto v5 = protocol_version::v5;

void deliver(device& to, int count, int qos = 1) {
  for (int i = 1; i <= count; ++i) to.gets("home/door", qos, static_cast<std::uint16_t>(i));
}

}  // namespace

TEST_CASE("an app that acknowledges nothing stalls after twenty messages") {
  overheard here;
  device phone(here);
  phone.connects("phone").subscribes("home/#", 1);
  deliver(phone, 20);
  here.passes(3s);
  phone.sends(pingreq).hears(pingresp);
  CHECK(here.is_silent());
  here.passes(3s);
  CHECK(
      here.tells("cause delivery-inflight-stall: phone (10.0.0.1) holds 20 messages of QoS 1 or "
                 "2 unacknowledged and has acknowledged none for 5 s"));
  CHECK(here.tells("must acknowledge"));
  here.passes(60s);
  CHECK(here.times("delivery-inflight-stall") == 1);
}

TEST_CASE("an app that acknowledges nothing and sends nothing else hangs or sleeps") {
  overheard here;
  device phone(here);
  phone.connects("phone").subscribes("home/#", 1);
  here.passes(1s);
  deliver(phone, 20);
  here.passes(6s);
  CHECK(here.tells("It sends nothing else either: the app hangs"));
}

TEST_CASE("the window is the client's Receive Maximum where it named one") {
  overheard here;
  device phone(here, v5);
  phone.connects("phone", true, 60, with(property_id::receive_maximum, 3)).subscribes("home/#", 1);
  deliver(phone, 3);
  here.passes(6s);
  CHECK(here.tells("cause delivery-inflight-stall: phone (10.0.0.1) holds 3 messages"));
}

TEST_CASE("a client that acknowledges late, or has few messages open, is not said to stall") {
  overheard here;
  device slow(here);
  slow.connects("slow").subscribes("home/#", 1);
  deliver(slow, 20);
  for (std::uint16_t i = 1; i <= 20; ++i) {
    here.passes(3s);
    slow.sends(puback, i);
  }
  CHECK(here.is_silent());
  slow.gets("home/door", 1, 30);
  here.passes(11s);
  CHECK(here.tells("note delivery-inflight-stall: slow (10.0.0.1) has acknowledged nothing"));
  CHECK(here.tells("When 20 are open the broker sends no more."));
}

TEST_CASE("a client that never acknowledges a message is a cause below the window as well") {
  overheard here;
  device lamp(here);
  lamp.connects("lamp").subscribes("home/door", 2);
  deliver(lamp, 3, 2);
  here.passes(11s);
  CHECK(here.tells("cause delivery-inflight-stall: lamp (10.0.0.1) has acknowledged nothing"));
}

TEST_CASE("what a client at work leaves open is told when its connection or the capture ends") {
  const auto told = [](int qos, std::uint16_t count, bool leaves, std::chrono::milliseconds works) {
    overheard here;
    device plc(here);
    plc.connects("plc").subscribes("plc/#", qos);
    deliver(plc, count, qos);
    here.passes(works);
    plc.sends(pingreq);
    CHECK(here.is_silent());
    if (leaves) {
      plc.leaves();
    } else {
      here.monitor.finish(here.now);
    }
    return here.told();
  };
  const std::string full = "cause delivery-inflight-stall: plc (10.0.0.1) holds 20 messages";
  for (const int qos : {1, 2}) {
    for (const bool leaves : {true, false}) {
      CHECK(told(qos, 20, leaves, 3s).starts_with(full));
      CHECK(told(qos, 3, leaves, 3s).starts_with("note delivery-inflight-stall: plc"));
      CHECK(told(qos, 1, leaves, 3s).empty());   // a single one may be lost
      CHECK(told(qos, 20, leaves, 1s).empty());  // it may be about to
    }
  }
  overheard parting;  // which is no sign of work
  device app(parting);
  app.connects("app").subscribes("a", 1);
  deliver(app, 20);
  parting.passes(3s);
  app.leaves();
  CHECK(parting.is_silent());
  overheard slow;
  device reader(slow);
  reader.connects("reader").subscribes("a", 1);
  deliver(reader, 20);
  slow.passes(3s);
  reader.sends(puback, 1).sends(pingreq).leaves();
  CHECK(slow.is_silent());
}

TEST_CASE("a handshake that a client at work does not go on with is told at the end") {
  overheard here;
  device phone(here);
  phone.connects("phone").gets("a", 2, 1).sends(pubrec, 1).hears(pubrel, 1);
  here.passes(3s);
  phone.sends(pingreq).leaves();
  CHECK(here.tells("the app sends no PUBCOMP"));
  overheard there;
  device lamp(there);
  lamp.connects("lamp").publishes("a", 2, 7).hears(pubrec, 7);
  there.passes(3s);
  lamp.sends(pingreq);
  there.monitor.finish(there.now);
  CHECK(there.tells("the app sends no PUBREL"));
  overheard part;
  device half(part);
  half.connects("half").gets("a", 2, 1).sends(pubrec, 1).hears(pubrel, 1);
  part.passes(3s);
  part.monitor.heard_in_part(half.number());
  half.sends(pingreq).leaves();
  CHECK(part.is_silent());
}

TEST_CASE("a QoS 2 handshake is said to be stuck where it stopped") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes("home/door", 2, 7).hears(pubrec, 7);
  here.passes(4s);
  phone.sends(pingreq);
  CHECK(here.is_silent());
  here.passes(2s);
  CHECK(
      here.tells("cause delivery-qos2-stuck: The QoS 2 handshake of phone (10.0.0.1) for "
                 "\"home/door\" stopped after PUBREC: the app sends no PUBREL"));

  overheard there;
  device other(there);
  other.connects("phone").publishes("a", 2, 7).hears(pubrec, 7).sends(pubrel, 7);
  there.passes(3s);
  other.hears(pingresp);
  there.passes(3s);
  CHECK(there.tells("stopped after PUBREL: the broker sends no PUBCOMP"));

  overheard third;
  device app(third);
  app.connects("app").subscribes("a", 2).gets("a", 2, 1).sends(pubrec, 1).hears(pubrel, 1);
  third.passes(6s);
  CHECK(third.is_silent());  // it says nothing at all: it may not have got it
  third.passes(10s);
  CHECK(third.tells("stopped after PUBREL: the app sends no PUBCOMP"));
}

TEST_CASE("a whole QoS 2 handshake, both ways, is nothing to speak of") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes("a", 2, 7).hears(pubrec, 7).sends(pubrel, 7).hears(pubcomp, 7);
  phone.gets("b", 2, 1).sends(pubrec, 1).hears(pubrel, 1).sends(pubcomp, 1);
  here.passes(30s);
  CHECK(here.is_silent());
}

TEST_CASE("a broker that lives and does not acknowledge forbids it, as RabbitMQ does") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes("a", 1, 7);
  here.passes(8s);
  phone.sends(pingreq);
  here.passes(5s);
  CHECK(here.is_silent());  // it may hang
  phone.hears(pingresp);
  here.passes(1s);
  CHECK(here.tells("cause auth-acl-no-puback"));
}

TEST_CASE("more messages under way than the broker allows are counted") {
  overheard here;
  device phone(here, v5);
  phone.connects("phone", true, 60, {}, with(property_id::receive_maximum, 2));
  phone.publishes("a", 2, 1).publishes("a", 2, 2).settles();
  CHECK(here.is_silent());
  phone.publishes("a", 2, 3).settles();
  CHECK(
      here.tells("cause mqtt-receive-maximum: phone (10.0.0.1) has 3 unacknowledged messages "
                 "under way, and the broker allows 2"));
}

TEST_CASE("a window that is used to the full, and no more, is no fault") {
  overheard here;
  device phone(here, v5);
  phone.connects("phone", true, 60, {}, with(property_id::receive_maximum, 1));
  phone.publishes("a", 1, 1);
  phone.publishes("a", 1, 2).hears(puback, 1).settles();  // heard in one go
  CHECK(here.is_silent());
}

TEST_CASE("a quota that is exceeded is the window when it is full, and else the broker's affair") {
  overheard here;
  device phone(here, v5);
  phone.connects("phone", true, 60, {}, with(property_id::receive_maximum, 2));
  phone.publishes("a", 2, 1).publishes("a", 2, 2).hears(pubrec, 2, 0x97);
  CHECK(
      here.tells("cause mqtt-receive-maximum: The broker refuses what phone (10.0.0.1) "
                 "publishes: Quota exceeded (151)"));
  overheard there;
  device other(there, v5);
  other.connects("other").publishes("a", 2, 1).hears(pubrec, 1, 0x97);
  CHECK(there.tells("cause delivery-publish-refused"));
}

TEST_CASE("limits that the broker announced are held against what is sent") {
  overheard here;
  device phone(here, v5);
  phone.connects("phone", true, 60, {}, with(property_id::maximum_packet_size, 20));
  phone.publishes("a", 0, 0, "a picture that is too large");
  CHECK(
      here.tells("cause mqtt-packet-too-large: phone (10.0.0.1) sent a packet of 33 bytes, and "
                 "the broker takes 20 at most"));
  device second(here, v5);
  second.connects("second", true, 60, {}, with(property_id::maximum_qos, 1)).publishes("a", 2, 1);
  CHECK(here.tells("cause mqtt-qos-not-supported: second (10.0.0.2) publishes at QoS 2"));
  device third(here, v5);
  third.connects("third", true, 60, {}, with(property_id::retain_available, 0));
  third.publishes("a", 0, 0, "x", true);
  CHECK(here.tells("cause mqtt-retain-not-supported: third (10.0.0.3)"));
}

TEST_CASE("what the broker says when it ends a connection is named") {
  const std::pair<int, const char*> said[] = {{0x95, "mqtt-packet-too-large"},
                                              {0x9B, "mqtt-qos-not-supported"},
                                              {0x9A, "mqtt-retain-not-supported"},
                                              {0x93, "mqtt-receive-maximum"},
                                              {0x8E, "session-duplicate-client-id"}};
  for (const auto& [code, id] : said) {
    overheard here;
    device phone(here, v5);
    phone.connects("phone").hears(disconnect, 0, static_cast<std::uint8_t>(code)).is_hung_up_on();
    here.passes(5s);
    CHECK_MESSAGE(here.tells(std::string("cause ") + id), code);
    CHECK(here.times("\n") == 1);
  }
}

TEST_CASE("a client that fell silent is not said to be thrown out without need") {
  overheard here;
  device phone(here);
  phone.connects("phone", true, 10);
  here.passes(14s);
  phone.is_hung_up_on();
  here.passes(5s);
  CHECK(here.is_silent());
  device other(here);
  other.connects("other", true, 10);
  here.passes(16s);
  other.is_hung_up_on();
  CHECK(
      here.tells("cause session-keepalive-expired: other (10.0.0.2) had promised a sign of life "
                 "every 10 s and was silent for 16 s"));
}

TEST_CASE("a keep alive of the broker's counts, and is named as such") {
  overheard here;
  device phone(here, v5);
  phone.connects("phone", true, 60, {}, with(property_id::server_keep_alive, 10));
  here.passes(13s);
  CHECK(here.tells("note session-server-keepalive"));
  here.passes(3s);
  phone.is_hung_up_on();
  CHECK(
      here.tells("cause session-server-keepalive: The broker set the keep alive of phone "
                 "(10.0.0.1) to 10 s instead of 60 s"));
}

TEST_CASE("a broker that hangs up after a publish forbids it, most likely") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes("no/way", 0).is_hung_up_on();
  CHECK(here.is_silent());  // it may have been stopped
  here.passes(3s);
  CHECK(
      here.tells("cause auth-acl-publish-closes: The broker hung up on phone (10.0.0.1) right "
                 "after it had published to \"no/way\" (QoS 0, "));
  CHECK(here.tells("mqtt-packet-too-large mqtt-qos-not-supported"));
}

TEST_CASE("a broker that is stopped hangs up on all, and accuses nobody") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes("a", 0).is_hung_up_on();
  device other(here);
  other.connects("other").publishes("b", 0).is_hung_up_on();
  here.passes(5s);
  CHECK(here.is_silent());
  device third(here);
  third.connects("third").publishes("c", 0).is_hung_up_on();
  here.monitor.broker_is_gone();
  here.passes(5s);
  CHECK(here.is_silent());
}

TEST_CASE("a packet that is far larger than all before is what a broker hangs up on") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes("photos", 0, 0, "small");
  phone.publishes("photos", 0, 0, std::string(100'000, 'x')).is_hung_up_on();
  here.passes(3s);
  CHECK(
      here.tells("cause mqtt-packet-too-large: The broker hung up on phone (10.0.0.1) right after "
                 "a packet of 100"));
  overheard there;
  device other(there);
  other.connects("other").is_hung_up_on(5'000'000);  // it does not even listen to the end
  there.passes(3s);
  CHECK(there.tells("right after a packet of 5000000 bytes"));
}

TEST_CASE("a larger message of a topic that was taken before is hung up on for its size") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes_well("a");
  phone.publishes("a", 1, 2, std::string(3000, 'x')).is_hung_up_on();
  here.passes(3s);
  CHECK(here.tells("cause mqtt-packet-too-large: The broker hung up on phone"));
  overheard there;  // about the same size: it is not that
  device other(there);
  other.connects("other").publishes_well("a").publishes("a", 1, 2, "other").is_hung_up_on();
  there.passes(3s);
  CHECK(there.times("mqtt-packet-too-large") == 0);
}

TEST_CASE("a refusal of what was let in before is not blamed on the login alone") {
  overheard here;
  device phone(here);
  phone.connects("phone").sends(disconnect).is_hung_up_on();
  device again(here);
  again.answered = 5;
  again.connects("phone").is_hung_up_on();
  CHECK(here.tells("cause mqtt-server-busy-or-banned: The broker refuses phone"));
  CHECK(!here.tells("cause auth-anonymous-refused"));
}

TEST_CASE("a publish that was taken, or a goodbye, is not what the broker hung up on") {
  overheard here;
  device phone(here);
  phone.connects("phone").publishes_well("a").is_hung_up_on();
  here.passes(5s);
  device other(here);
  other.connects("other").publishes("a").sends(disconnect).is_hung_up_on();
  here.passes(5s);
  CHECK(here.is_silent());
}

TEST_CASE("what the broker refuses to take or to subscribe is told once for each") {
  overheard here;
  device phone(here, v5);
  phone.connects("phone").publishes_well("secret", 0x87).publishes_well("secret", 0x87);
  CHECK(here.times("cause auth-acl-publish-swallowed: The broker refuses what phone (10.0.0.1) "
                   "publishes to \"secret\": Not authorized (135)") == 1);
  phone.subscribes("secret/a", 1, 0x87).subscribes("#", 0, 0x80);
  CHECK(
      here.tells("cause auth-acl-subscribe-refused: The broker refuses phone (10.0.0.1) the "
                 "subscription to \"secret/a\": Not authorized (135)"));
  CHECK(here.tells("cause auth-hash-subscription-refused"));
  phone.subscribes("$share/g/a", 1, 0x9E);
  CHECK(here.tells("cause delivery-shared-not-supported"));
  phone.subscribes("low", 2, 1);
  CHECK(
      here.tells("note delivery-qos-downgraded: phone (10.0.0.1) asked for \"low\" at QoS 2, and "
                 "the broker grants QoS 1."));
}

TEST_CASE("a client that does not read is named with what waits for it") {
  overheard here;
  device phone(here);
  phone.connects("phone");
  here.monitor.waits(phone.number(), 900'000, here.now - 2s, here.now);
  CHECK(here.is_silent());
  here.monitor.waits(phone.number(), 900'000, here.now - 4s, here.now);
  here.monitor.waits(phone.number(), 900'000, here.now - 9s, here.now);
  CHECK(
      here.tells("cause delivery-slow-consumer: phone (10.0.0.1) reads too slowly or not at "
                 "all: 900000 bytes have been waiting for it for 4 s."));
  CHECK(here.times("\n") == 1);
}

TEST_CASE("a flood of acknowledgements that were never asked for fills nothing") {
  overheard here;
  device phone(here);
  phone.connects("phone");
  for (unsigned i = 1; i < 20'000; ++i) {
    phone.publishes("t/" + std::to_string(i), 1, static_cast<std::uint16_t>(i));
    phone.gets("t/" + std::to_string(i), 1, static_cast<std::uint16_t>(i));
  }
  here.passes(20s);
  CHECK(here.times("\n") <= traffic_monitor::most_remarks);
  for (unsigned i = 1; i < 20'000; ++i) phone.sends(pubcomp, static_cast<std::uint16_t>(i));
  here.passes(1s);
}

TEST_CASE("a refused login is a cause, told once for each client and reason") {
  overheard here;
  for (int i = 0; i < 3; ++i) {
    device phone(here);
    phone.user = "alice";
    phone.answered = 5;
    phone.connects("phone").is_hung_up_on();
  }
  CHECK(
      here.tells("cause auth-bad-credentials: The broker refuses phone (10.0.0.1): Not "
                 "authorized (5). Check user name and password"));
  CHECK(here.times("auth-bad-credentials") == 1);
  REQUIRE(here.monitor.causes().size() == 1);
  CHECK(here.monitor.causes()[0].times == 3);
  device nobody(here);
  nobody.answered = 5;
  nobody.connects("").is_hung_up_on();
  CHECK(here.tells("cause auth-anonymous-refused: The broker refuses 10.0.0.4:"));
  device other(here, v5);
  other.answered = 0x85;
  other.connects("phone").is_hung_up_on();
  CHECK(here.tells("cause auth-client-id-not-allowed: The broker refuses phone"));
  device busy(here, v5);
  busy.answered = 0x89;
  busy.connects("phone").is_hung_up_on();
  CHECK(here.tells("cause mqtt-server-busy-or-banned: "));
}

TEST_CASE("a CONNECT that is hung up on is told with what others do not have") {
  overheard here;
  device esp(here), other(here);
  esp.will = "gone";
  esp.will_qos = qos_t::exactly_once;
  esp.asks_in("esp32").is_hung_up_on();
  here.passes(3s);
  CHECK(here.is_silent());  // nobody was let in yet: it may be the broker
  other.connects("esp32b");
  here.passes(1s);
  CHECK(here.tells("What they do not have: a will of QoS 2"));
  CHECK_FALSE(here.tells("no user name"));
}

TEST_CASE("what was let in before tells the broker's dislike of a will from its absence") {
  overheard here;
  device other(here), esp(here), plain(here);
  other.connects("other");
  esp.will = "gone";
  esp.will_qos = qos_t::exactly_once;
  esp.asks_in("esp32").is_hung_up_on();
  plain.asks_in("plain").is_hung_up_on();
  here.passes(3s);
  CHECK(
      here.tells("cause mqtt-closed-after-connect: The broker hangs up on the CONNECT of esp32 "
                 "(10.0.0.2) without an answer, and lets others in. What they do not have: a "
                 "will of QoS 2"));
  CHECK_FALSE(here.tells("plain"));  // has nothing of its own: said elsewhere
}

TEST_CASE("a subscription that makes the broker hang up is told, unless the broker was stopped") {
  overheard here;
  device explorer(here), narrow(here);
  explorer.connects("mqtt-explorer").asks_for("#").is_hung_up_on();
  here.passes(3s);
  CHECK(
      here.tells("cause auth-hash-subscription-refused: The broker hangs up on mqtt-explorer "
                 "(10.0.0.1) as soon as it subscribes to \"#\""));
  narrow.connects("narrow").asks_for("secret/x").is_hung_up_on();
  here.passes(3s);
  CHECK(here.tells("cause auth-acl-subscribe-refused: The broker hangs up on narrow"));

  overheard stopped;
  device a(stopped), b(stopped);
  a.connects("a").asks_for("x");
  b.connects("b").asks_for("y");
  a.is_hung_up_on();
  b.is_hung_up_on();
  stopped.passes(3s);
  CHECK_FALSE(stopped.tells("hangs up"));
}

TEST_CASE("a device that takes small messages and no large ones has a small buffer") {
  overheard here;
  device esp(here);
  esp.connects("esp").subscribes("cfg/#", 1);
  const std::string large(900, 'a');
  for (std::uint16_t id = 1; id <= 3; ++id) esp.gets("cfg/small", 1, id).sends(puback, id);
  for (std::uint16_t id = 4; id <= 6; ++id) esp.gets("cfg/big", 1, id, large);
  here.passes(12s);
  CHECK(
      here.tells("cause delivery-inflight-stall: esp (10.0.0.1) acknowledges messages of up to "));
  CHECK(here.tells("setBufferSize"));

  // A single missing acknowledgement, or an acknowledged large message, breaks the rule.
  overheard other;
  device made(other);
  made.connects("one").subscribes("cfg/#", 1);
  made.gets("cfg/big", 1, 1, large).sends(puback, 1);
  made.gets("cfg/small", 1, 2).gets("cfg/big", 1, 3, large);
  other.passes(12s);
  CHECK_FALSE(other.tells("setBufferSize"));
}

TEST_CASE("a version that others are let in with is not why one is refused") {
  overheard here;
  device plain(here), esp(here);
  plain.connects("plain");
  esp.will = "gone";
  esp.answered = 1;
  esp.connects("esp32").is_hung_up_on();
  CHECK(here.tells("cause mqtt-refused: The broker refuses esp32 (10.0.0.2): "));
  CHECK(here.tells("What they do not have: a will"));
  CHECK(here.times("mqtt-version-refused") == 0);
}

TEST_CASE("an app that publishes what it is sent goes round, one that repeats itself does not") {
  overheard here;
  device flow(here);
  flow.connects("flow").subscribes("home/lamp");
  for (int i = 0; i < 41; ++i) {
    flow.gets("home/lamp", 0, 0, "on").publishes("home/lamp", 0, 0, "on");
    here.now += 10ms;
  }
  CHECK(here.times("cause delivery-feedback-loop: ") == 1);

  overheard others;
  device sensor(others), panel(others);
  sensor.connects("sensor");
  panel.connects("panel").subscribes("home/lamp");
  for (int i = 0; i < 60; ++i) {
    sensor.publishes("home/lamp", 0, 0, "on");
    panel.gets("home/lamp", 0, 0, "on");
    others.now += 10ms;
  }
  CHECK(others.times("delivery-feedback-loop") == 0);

  // A device publishes by itself, in bursts or by its clock, and gets its own messages back.
  overheard own;
  device talker(own);
  talker.connects("talker").subscribes("home/lamp");
  for (int i = 0; i < 20; ++i) {
    for (int burst = 0; burst < 50; ++burst) talker.publishes("home/lamp", 0, 0, "on");
    for (int burst = 0; burst < 50; ++burst) talker.gets("home/lamp", 0, 0, "on");
    own.now += 100ms;
  }
  for (int i = 0; i < 100; ++i) {
    talker.publishes("home/lamp", 0, 0, "off").gets("home/lamp", 0, 0, "off");
    own.now += 50ms;
  }
  CHECK(own.times("delivery-feedback-loop") == 0);

  // A pause of a second is a clock's or a person's, not a loop's.
  overheard slow;
  device echo(slow);
  echo.connects("echo").subscribes("home/lamp");
  for (int i = 0; i < 60; ++i) {
    echo.gets("home/lamp", 0, 0, "on").publishes("home/lamp", 0, 0, "on");
    slow.now += 1s;
  }
  CHECK(slow.times("delivery-feedback-loop") == 0);
}
