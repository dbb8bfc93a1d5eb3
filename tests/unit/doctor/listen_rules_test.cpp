// Rules of MQTT that one packet alone does not show, and requests that the broker leaves open.
#include <doctest/doctest.h>

#include "support/hex.hpp"
#include "traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex_text;
using enum packet_type;

namespace {

constexpr auto v3 = protocol_version::v3_1_1;
constexpr auto v5 = protocol_version::v5;

struct scene {
  const char* about;
  protocol_version version;
  const char* bytes;  ///< ">" the client's, "<" the broker's, in hex
  bool is_closed_by_client;
  const char* said;
};

/// One word of a scene: a direction and its bytes.
void play(device& with, std::string_view words) {
  while (!words.empty()) {
    const auto end = words.find_first_of("<>", 1);
    const bool is_clients = words.front() == '>';
    byte_buffer bytes;
    bytes.append(as_bytes(hex_text(std::string(words.substr(1, end - 1)).c_str())));
    is_clients ? with.client_sends(bytes) : with.broker_sends(bytes);
    words = end == words.npos ? std::string_view() : words.substr(end);
  }
}

constexpr scene scenes[] = {
    {"CONNACK by the client", v3, "> 20 02 00 00", false,
     "cause mqtt-malformed-client: app (10.0.0.1) breaks a rule of MQTT: a CONNACK, which brokers "
     "alone send."},
    {"SUBACK by the client", v3, "> 90 03 00 01 00", false, "a SUBACK, which brokers alone send"},
    {"UNSUBACK by the client", v3, "> B0 02 00 01", false, "an UNSUBACK, which brokers alone"},
    {"PINGRESP by the client", v3, "> D0 00", false, "a PINGRESP, which brokers alone send"},
    {"SUBSCRIBE by the broker", v3, "< 82 06 00 01 00 01 61 00", true,
     "cause mqtt-malformed-broker: What answers app (10.0.0.1) as the broker breaks a rule of "
     "MQTT: a SUBSCRIBE, which clients alone send."},
    {"UNSUBSCRIBE by the broker", v3, "< A2 05 00 01 00 01 61", true, "an UNSUBSCRIBE, which"},
    {"PINGREQ by the broker", v3, "< C0 00", true, "a PINGREQ, which clients alone send"},
    {"DISCONNECT by a broker of 3.1.1", v3, "< E0 00", true, "a DISCONNECT, which before MQTT 5"},
    {"a second CONNACK", v3, "< 20 02 00 00", true, "cause mqtt-malformed-broker: "},
    {"DUP at QoS 0", v3, "> 38 04 00 01 61 78", false, "a message of QoS 0 with the DUP flag"},
    {"PUBACK to QoS 2", v3, "< 34 06 00 01 61 00 01 78 > 40 02 00 01", false,
     "a PUBACK for a message of QoS 2, whose acknowledgement is PUBREC"},
    {"PUBREC to QoS 1", v3, "> 32 06 00 01 61 00 01 78 < 50 02 00 01", true,
     "a PUBREC for a message of QoS 1, whose acknowledgement is PUBACK"},
    {"PUBREL before PUBREC", v3, "> 34 06 00 01 61 00 01 78 > 62 02 00 01", false,
     "a PUBREL before PUBREC has come"},
    {"an answer to nothing", v3, "< 70 02 00 09", true,
     "an acknowledgement of a message that the client did not send. Packet identifier: 9."},
    {"two answers to one SUBSCRIBE", v3,
     "> 82 06 00 07 00 01 61 00 < 90 03 00 07 00 < 90 03 00 07 "
     "00",
     true, "a second SUBACK or UNSUBACK to one request"},
    {"fewer codes than filters", v3, "> 82 0A 00 07 00 01 61 00 00 01 62 00 < 90 03 00 07 00", true,
     "another number of codes than there were filters"},
    {"a Topic Alias that nobody allowed", v5, "< 30 08 00 01 61 03 23 00 01 78", true,
     "a Topic Alias, although the other side allows none (Topic Alias Maximum)"},
    {"a length of two bytes where one is enough", v3, "< D0 80 00", true,
     "a remaining length written in more bytes than it takes"},
    {"a Session Expiry Interval out of nothing", v5, "> E0 07 00 05 11 00 00 01 00", false,
     "a Session Expiry Interval in DISCONNECT, although CONNECT had set it to 0"},
};

}  // namespace

TEST_CASE("a rule that was broken before the other side hung up is a cause, by its name") {
  for (const scene& each : scenes) {
    CAPTURE(each.about);
    overheard here;
    device app(here, each.version);
    app.connects("app");
    here.now += 100ms;
    play(app, each.bytes);
    here.now += 100ms;
    if (each.is_closed_by_client) {
      here.monitor.ended(app.number(), parting::by_client, 0, here.now);
    } else {
      app.is_hung_up_on();
    }
    CHECK(here.tells(each.said));
    CHECK(here.tells("cause mqtt-malformed-"));
  }
}

TEST_CASE("a rule whose breach nobody minds is a note") {
  overheard here;
  device app(here);
  app.connects("app").hears(pingreq);
  here.passes(10s);
  app.leaves();
  CHECK(here.tells("note mqtt-malformed-broker"));
  CHECK_FALSE(here.tells("cause"));
}

TEST_CASE("a packet identifier that is used again in flight loses a message, whoever hangs up") {
  overheard here;
  device app(here);
  app.connects("app").publishes("home/a", 1, 1, "one");
  here.now += 100ms;
  app.publishes("home/b", 1, 1, "two");
  here.passes(6s);
  CHECK(
      here.tells("cause mqtt-malformed-client: app (10.0.0.1) breaks a rule of MQTT: a packet "
                 "identifier for another message although the one before is not acknowledged "
                 "yet: one of the two gets lost. Packet identifier: 1, topic: \"home/b\"."));
}

TEST_CASE("an identifier is free after its PUBACK, also where that is heard a moment late") {
  overheard here;
  device app(here);
  app.connects("app").publishes("home/a", 1, 1, "one").hears(puback, 1);
  here.now += 100ms;
  app.publishes("home/b", 1, 1, "two");
  here.now += 100ms;
  app.publishes("home/c", 1, 1, "three");  // the PUBACK in front was captured behind it
  here.now += 1ms;
  app.hears(puback, 1);
  here.now += 30ms;
  app.hears(puback, 1);
  here.passes(10s);
  app.leaves();
  CHECK(here.is_silent());
}

TEST_CASE("both sides may use the same identifier at the same time") {
  overheard here;
  device app(here);
  app.connects("app").subscribes("home/#", 1).publishes("p/q", 1, 1).gets("home/a", 1, 1);
  app.sends(puback, 1).hears(puback, 1);
  here.passes(10s);
  app.leaves();
  CHECK_FALSE(here.tells("malformed"));
}

TEST_CASE(
    "a message that is repeated on the same connection is told where a broker of 5 minds it") {
  for (const protocol_version version : {v3, v5}) {
    overheard here;
    device app(here, version);
    app.connects("app").publishes("home/a", 1, 1);
    here.now += 1s;
    app.client_sends(app.message("home/a", 1, 1, "x", false, {}, true));
    here.passes(5s);
    CHECK(here.is_silent());
    app.client_sends(app.message("home/a", 1, 1, "x", false, {}, true));
    app.is_hung_up_on();
    CHECK(here.tells("cause mqtt-malformed-client") == (version == v5));
  }
}

TEST_CASE("where bytes are missing no rule about order is held against anybody") {
  overheard here;
  device app(here);
  app.connects("app").publishes("home/a", 1, 1, "one");
  here.monitor.heard_in_part(app.number());
  here.now += 100ms;
  app.publishes("home/b", 1, 1, "two").hears(pubcomp, 9);
  here.passes(10s);
  app.leaves();
  CHECK(here.is_silent());
}

TEST_CASE("a PINGREQ that nobody answers is told when the client gives up") {
  overheard here;
  device app(here);
  app.connects("app").sends(pingreq).hears(pingresp);
  here.passes(60s);
  app.sends(pingreq);
  here.passes(20s);
  CHECK(here.is_silent());
  here.monitor.ended(app.number(), parting::by_client, 0, here.now);
  CHECK(
      here.tells("cause mqtt-broker-hung: The broker left PINGREQ of app (10.0.0.1) unanswered "
                 "(1) and sent nothing else for 20 s: no PINGRESP came."));
}

TEST_CASE("a PINGREQ is missed at once where the broker sends other things") {
  overheard here;
  device app(here);
  app.connects("app").subscribes("home/#").sends(pingreq);
  here.passes(3s);
  app.gets("home/a");
  here.passes(3s);
  CHECK(here.tells("cause mqtt-broker-hung: The broker goes on sending to app"));
}

TEST_CASE("a late PINGRESP, one heard too early, and an open one at the end are nobody's fault") {
  overheard here;
  device app(here);
  app.connects("app").sends(pingreq);
  here.passes(3s);
  app.hears(pingresp);
  here.passes(10s);
  app.hears(pingresp).sends(pingreq);
  here.passes(20s);
  app.sends(pingreq);
  here.passes(3s);
  app.leaves();
  CHECK(here.is_silent());
}

TEST_CASE("SUBSCRIBE and UNSUBSCRIBE without an answer are told while the broker lives") {
  overheard here;
  device app(here);
  app.connects("app").asks_for("home/#");
  here.passes(10s);
  CHECK(here.is_silent());
  app.sends(pingreq).hears(pingresp);
  here.passes(1s);
  CHECK(
      here.tells("cause mqtt-subscribe-unanswered: The broker is alive and never answered the "
                 "SUBSCRIBE of app (10.0.0.1) to \"home/#\": no SUBACK in"));
}

TEST_CASE("a broker that leaves subscriptions open has a cause of its own") {
  for (const noticed what : {noticed::subscribe_unanswered, noticed::unsubscribe_unanswered})
    CHECK(std::string_view(row_of(what).id) == "mqtt-subscribe-unanswered");
}

TEST_CASE("a client that says why it leaves is believed") {
  struct {
    std::uint8_t code;
    const char* said;
  } const reasons[] = {{0x81, "Malformed Packet (129). The app's library disliked"},
                       {0x93, "Receive Maximum exceeded (147). The broker had more messages"},
                       {0x95, "Packet too large (149). Raise the app's Maximum Packet Size"}};
  for (const auto& each : reasons) {
    overheard here;
    device app(here, v5);
    app.connects("app").sends(disconnect, 0, each.code);
    CHECK(here.tells("cause ended-by-client: app (10.0.0.1) itself ended the connection"));
    CHECK(here.tells(each.said));
  }
  overheard here;
  device app(here, v5);
  app.connects("app").sends(disconnect, 0, 4).settles();
  CHECK(here.is_silent());
}

TEST_CASE("a refused subscription is told with the cure of its code") {
  struct {
    std::uint8_t code;
    const char* said;
  } const codes[] = {{0x87, "cause auth-acl-subscribe-refused"},
                     {0x8F, "cause mqtt-subscribe-refused"},
                     {0x91, "uses a packet identifier again"},
                     {0x97, "as many subscriptions as the broker allows"},
                     {0x9E, "cause delivery-shared-not-supported"},
                     {0xA1, "Leave out Subscription Identifiers"},
                     {0xA2, "cause mqtt-wildcard-not-supported"}};
  for (const auto& each : codes) {
    CAPTURE(static_cast<int>(each.code));
    overheard here;
    device app(here, v5);
    app.connects("app").subscribes("home/x", 1, each.code);
    CHECK(here.tells(each.said));
  }
}

TEST_CASE("PUBREC says that nobody subscribes, although PUBCOMP says nothing") {
  overheard here;
  device app(here, v5);
  app.connects("app")
      .subscribes("other/x")
      .publishes("plant/a", 2, 1)
      .hears(pubrec, 1, 0x10)
      .sends(pubrel, 1);
  app.hears(pubcomp, 1);
  here.passes(5s);
  CHECK(here.tells("note delivery-no-subscriber"));
}

TEST_CASE("a CONNACK after eight seconds is noted") {
  overheard here;
  device app(here);
  app.asks_in("app");
  here.now += 8s;
  byte_buffer answer;
  answer.append(as_bytes(hex_text("20 02 00 00")));
  app.broker_sends(answer);
  CHECK(
      here.tells("note mqtt-connack-late: The broker answered the CONNECT of app (10.0.0.1) "
                 "after 8 s."));
}
