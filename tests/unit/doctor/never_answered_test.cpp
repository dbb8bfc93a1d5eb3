// What a broker answers to nobody, what comes later than an app waits for it, and what a broker
// hangs up on, compared with what it takes.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "support/hex.hpp"
#include "told_causes.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex_text;

namespace {

/// The app asks to come in, and hangs up after that time, so often.
void gives_up(overheard& here, std::chrono::milliseconds after, int times) {
  for (int i = 0; i < times; ++i) {
    device app(here);
    app.asks_in("app");
    here.passes(after);
    app.breaks_off();
    here.passes(500ms);
  }
}

/// The app sends that on connection after connection, and each breaks a second later.
void sends_again(overheard& here, int times, const std::function<void(device&)>& what) {
  for (int i = 0; i < times; ++i) {
    device app(here);
    app.connects("app", false);
    what(app);
    here.passes(1s);
    app.breaks_off();
    here.passes(500ms);
  }
}

}  // namespace

TEST_CASE("an app that hangs up sooner than another one is answered is told both times") {
  const told made = tell(symptom::cannot_connect, [](overheard& here) {
    device desk(here);
    desk.asks_in("desk");
    here.passes(3s);
    byte_buffer answer;
    answer.append(as_bytes(hex_text("20 02 00 00")));
    desk.broker_sends(answer);
    gives_up(here, 1s, 3);
  });
  CHECK(has(made.first, "mqtt-connack-late: app (10.0.0.4) gave up within 1 s of its CONNECT"));
  CHECK(has(made.first, "(times: 3)"));
  CHECK(has(made.first, "desk (10.0.0.1) waited, and got its CONNACK after 3 s"));
}

TEST_CASE("who hangs up soon where nobody was answered leaves open whether the broker would have") {
  told made = tell(symptom::cannot_connect, [](overheard& here) { gives_up(here, 2s, 2); });
  CHECK(has(made.first, "mqtt-broker-hung: app (10.0.0.2) gave up within 2 s"));
  CHECK(has(made.first, "Whether the broker would have answered is not known."));
  // Who waits long enough has shown that it does not.
  made = tell(symptom::cannot_connect, [](overheard& here) { gives_up(here, 20s, 2); });
  CHECK_FALSE(has(made.all, "gave up"));
  // Others are answered at once, and so the app's patience is not the reason.
  made = tell(symptom::cannot_connect, [](overheard& here) {
    device desk(here);
    desk.connects("desk");
    gives_up(here, 2s, 2);
  });
  CHECK_FALSE(has(made.all, "gave up"));
  // It did not wait at all.
  made = tell(symptom::cannot_connect, [](overheard& here) { gives_up(here, 50ms, 2); });
  CHECK_FALSE(has(made.all, "gave up"));
}

TEST_CASE("a broker that answers no PUBLISH of QoS 2 is why the message comes again") {
  const told made = tell(symptom::twice, [](overheard& here) {
    device writer(here);
    writer.connects("writer").publishes_well("orders/old");
    sends_again(here, 3, [](device& app) { app.publishes("orders/new", 2, 7, "order"); });
  });
  CHECK(has(made.first, "mqtt-qos-not-supported: The broker answers no PUBLISH of QoS 2 of app"));
  CHECK(has(made.first, "times: 3, on connections: 3; the last one had the packet identifier 7"));
  CHECK(has(made.first, "It acknowledges messages of QoS 1."));
  CHECK_FALSE(has(made.all, "lost its connection before"));
}

TEST_CASE("and so it is with PUBACK, PUBCOMP and SUBACK") {
  told made = tell(symptom::cannot_send, [](overheard& here) {
    sends_again(here, 3, [](device& app) { app.publishes("orders/new", 1, 7, "order"); });
  });
  CHECK(has(made.first, "auth-acl-no-puback: The broker answers no PUBLISH of QoS 1"));
  made = tell(symptom::cannot_send, [](overheard& here) {
    sends_again(here, 3, [](device& app) {
      app.publishes("orders/new", 2, 7, "order").hears(packet_type::pubrec, 7);
      app.sends(packet_type::pubrel, 7);
    });
  });
  CHECK(has(made.first, "delivery-qos2-stuck: The broker answers no PUBREL"));
  made = tell(symptom::nothing_arrives, [](overheard& here) {
    sends_again(here, 3, [](device& app) { app.asks_for("plant/heat"); });
  });
  CHECK(has(made.first, "mqtt-no-suback: The broker answers no SUBSCRIBE"));
}

TEST_CASE("an answer to anybody, or an end by the broker, shows that it does answer") {
  told made = tell(symptom::twice, [](overheard& here) {
    device writer(here);
    writer.connects("writer").publishes("orders/old", 2, 3).hears(packet_type::pubrec, 3);
    sends_again(here, 3, [](device& app) { app.publishes("orders/new", 2, 7, "order"); });
  });
  CHECK_FALSE(has(made.all, "answers no PUBLISH"));
  made = tell(symptom::drops, [](overheard& here) {
    for (int i = 0; i < 3; ++i) {
      device app(here);
      app.connects("app", false).publishes("orders/new", 2, 7, "order");
      here.passes(1s);
      app.is_hung_up_on();
    }
  });
  CHECK_FALSE(has(made.all, "answers no PUBLISH"));
}

TEST_CASE("a flag is not why the broker hangs up where it does so without it as well") {
  const auto scene = [](bool without_first) {
    return tell(symptom::drops, [=](overheard& here) {
      device other(here);
      other.connects("other").publishes_well("plant/other").publishes("plant/zero");
      other.sends(packet_type::pingreq).hears(packet_type::pingresp);
      for (int i = 0; i < 2; ++i) {
        device app(here);
        app.connects("app");
        here.passes(3s);
        app.publishes("plant/heat", 0, 0, "x", without_first ? i == 1 : true);
        app.is_hung_up_on();
        here.passes(5s);
      }
    });
  };
  CHECK(has(scene(false).all, "mqtt-retain-not-supported"));
  CHECK(has(scene(false).all, "None of its own messages was taken here before"));
  CHECK_FALSE(has(scene(true).all, "mqtt-retain-not-supported"));
  CHECK(has(scene(true).all, "auth-acl-publish-closes"));
}

TEST_CASE("a subscription that is hung up on is compared with those that were taken") {
  const auto scene = [](std::string_view filter, bool has_taken) {
    return tell(symptom::none, [=](overheard& here) {
      device other(here);
      other.connects("short");
      if (has_taken) other.subscribes("plant/hall/line");
      here.passes(5s);
      device app(here);
      app.connects("long");
      here.passes(3s);
      app.asks_for(filter).is_hung_up_on();
      here.passes(5s);
    });
  };
  const told made = scene("plant/1/hall/2/line/3/press/4/temperature", true);
  CHECK(has(made.all, "auth-acl-subscribe-refused: The broker hangs up on long"));
  CHECK(has(made.all, "9 levels (those that were taken: 3 at most"));
  CHECK(has(scene("plant/+/line", true).all, "What none of those had: the wildcard +."));
  CHECK_FALSE(has(scene("plant/+/line", false).all, "none of those had"));
  CHECK_FALSE(has(scene("plant/hall/other", true).all, "none of those had"));
}

TEST_CASE("a login that was let in and is closed since is not the version's fault") {
  const told made = tell(symptom::cannot_connect, [](overheard& here) {
    for (int i = 0; i < 3; ++i) {
      device app(here);
      app.user = "device-0017";
      if (i == 0) {
        app.connects("app").leaves();
      } else {
        app.asks_in("app").is_hung_up_on();
      }
      here.passes(5s);
    }
  });
  CHECK(
      has(made.all, "auth-bad-credentials: The broker let app (10.0.0.3) in with this user name"));
  CHECK(has(made.all, "a token that may be used once or has expired"));
}

TEST_CASE("and so is one that is refused since, with the same password") {
  const told made = tell(symptom::cannot_connect, [](overheard& here) {
    for (int i = 0; i < 2; ++i) {
      device app(here);
      app.user = "device-0017";
      app.answered = i == 0 ? 0 : 5;
      app.connects("app").leaves();
      here.passes(5s);
    }
  });
  CHECK(has(made.all, "The same password was taken before"));
}
