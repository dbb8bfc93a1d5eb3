// Remarks of a doctor in front of the broker about what is kept, what comes twice, and what comes
// though nobody asked for it.
#include <doctest/doctest.h>

#include "traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

constexpr auto v5 = protocol_version::v5;

device& gets_kept(device& to, std::string_view topic, std::string_view payload) {
  to.broker_sends(to.message(topic, 0, 0, payload, true, {}));
  return to;
}

}  // namespace

TEST_CASE("an empty message without the retain flag clears nothing") {
  overheard here;
  device camera(here), app(here);
  camera.connects("camera").publishes("yicam/sound", 0, 0, "");
  CHECK(here.is_silent());
  here.passes(500ms);
  app.connects("app").subscribes("yicam/sound");
  gets_kept(app, "yicam/sound", "crying");
  CHECK(here.tells(
      "note delivery-retained-misunderstood: camera (10.0.0.1) publishes an empty message"));
  CHECK(here.tells("mqtt-pub -t \"yicam/sound\" -r -n"));
  CHECK(here.times("delivery-retained-misunderstood") == 1);
}

TEST_CASE("a blank is no empty message, with the retain flag or without") {
  for (const bool is_retained : {false, true}) {
    overheard here;
    device camera(here), app(here);
    camera.connects("camera").publishes("yicam/sound", 0, 0, " ", is_retained);
    here.passes(500ms);
    app.connects("app").subscribes("yicam/sound");
    gets_kept(app, "yicam/sound", is_retained ? " " : "crying");
    CHECK(here.tells("sent a blank message"));
  }
}

TEST_CASE("who comes later gets an older message than the last, which was not retained") {
  overheard here;
  device bridge(here), app(here);
  bridge.connects("cn105").publishes("cn105/mode", 0, 0, "heat");
  here.passes(500ms);
  app.connects("hass").subscribes("cn105/mode");
  gets_kept(app, "cn105/mode", "off");
  CHECK(here.tells("gets an older retained message of \"cn105/mode\" than the last one"));
}

TEST_CASE("what is kept and said again without the flag is no older message") {
  overheard here;
  device pump(here), app(here);
  pump.connects("pump").publishes("pump/state", 0, 0, "on");
  here.passes(500ms);
  app.connects("app").subscribes("pump/state");
  gets_kept(app, "pump/state", "on");
  pump.publishes("pump/state", 0, 0, "off", true);
  here.passes(500ms);
  gets_kept(app, "pump/state", "off");
  CHECK(here.is_silent());
}

TEST_CASE("who cleared a message is told once somebody looks for it") {
  overheard here;
  device tidy(here), app(here), other(here);
  tidy.connects("tidy").publishes("pump/state", 0, 0, "", true);
  const std::size_t before = here.times("tidy (10.0.0.1) cleared the retained message");
  app.connects("app").subscribes("pump/#");
  CHECK(here.times("tidy (10.0.0.1) cleared the retained message") == before);
  other.connects("other").subscribes("pump/state");
  CHECK(here.times("tidy (10.0.0.1) cleared the retained message") == before + 1);
}

TEST_CASE("a subscription that asks for nothing retained gets none") {
  overheard here;
  device app(here, v5), gui(here);
  app.connects("app");
  subscription wanted;
  wanted.filter = "plug/#";
  wanted.retained = retain_handling::do_not_send;
  byte_buffer out;
  REQUIRE_FALSE(encode_subscribe(out, v5, 1, {&wanted, 1}));
  app.client_sends(out);
  const std::byte granted{0};
  suback_packet answer;
  answer.packet_id = 1;
  answer.codes = {&granted, 1};
  out.clear();
  REQUIRE_FALSE(encode(out, v5, packet_type::suback, answer));
  app.broker_sends(out);
  gui.connects("gui").subscribes("plug/power");
  gets_kept(gui, "plug/power", "on");
  here.monitor.finish(here.now);
  CHECK(
      here.tells("asks for no retained messages (Retain Handling 2), so it does not get the one "
                 "that is kept at \"plug/power\""));
}

TEST_CASE("two filters of a client that both match bring two copies") {
  overheard here;
  device app(here), remote(here);
  app.connects("app").subscribes("#").subscribes("remote/key");
  remote.connects("remote");
  for (int i = 0; i < 3; ++i) {
    remote.publishes("remote/key", 0, 0, "left");
    app.gets("remote/key", 0, 0, "left").gets("remote/key", 0, 0, "left");
    here.passes(1s);
  }
  here.passes(3s);
  CHECK(here.times("delivery-duplicated") == 1);
  CHECK(here.tells("more than one of its filters matches it (\"#\", \"remote/key\")"));
}

TEST_CASE("a sender that sends each message twice is the one that doubles it") {
  overheard here;
  device app(here), same(here);
  app.connects("app");
  same.connects("same");
  for (int i = 0; i < 4; ++i) {
    app.publishes("cmnd/POWER", 0, 0, "TOGGLE").publishes("cmnd/POWER", 0, 0, "TOGGLE");
    same.publishes("t", 0, 0, "21");
    here.passes(1s);
  }
  here.monitor.finish(here.now);
  CHECK(here.times("delivery-duplicated") == 1);
  CHECK(here.tells("app (10.0.0.1) itself publishes each message to \"cmnd/POWER\" twice"));
}

TEST_CASE("the same value twice in a row is no copy") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("#").subscribes("t");
  sensor.connects("sensor");
  for (int i = 0; i < 5; ++i) {
    sensor.publishes("t", 0, 0, "21");
    app.gets("t", 0, 0, "21");
    here.passes(1s);
  }
  CHECK(here.is_silent());
}

TEST_CASE("a resumed session may have a subscription that nobody remembers") {
  overheard here;
  device app(here), other(here);
  app.connects("app", false, 60, {}, {}, true).subscribes("test/mqtt");
  other.connects("other").publishes("not/subscribed").publishes("not/subscribed");
  app.gets("test/mqtt");
  CHECK(here.is_silent());
  app.gets("not/subscribed").gets("not/subscribed");
  CHECK(here.tells("note session-stale-subscriptions: app (10.0.0.1) gets \"not/subscribed\""));
}

TEST_CASE("who resumes a session and does not subscribe anew wants what comes") {
  overheard here;
  device app(here);
  app.connects("app", false, 60, {}, {}, true);
  app.gets("home/door").gets("home/gate");
  CHECK(here.is_silent());
}

TEST_CASE("a message above the subscriber's Maximum Packet Size is left out") {
  overheard here;
  device app(here, v5), camera(here);
  app.connects("app", true, 60, with(property_id::maximum_packet_size, 100)).subscribes("cam/+");
  camera.connects("camera").publishes("cam/1", 0, 0, std::string(50, 'x'));
  app.gets("cam/1", 0, 0, std::string(50, 'x'));
  CHECK(here.is_silent());
  camera.publishes("cam/1", 0, 0, std::string(300, 'x'));
  CHECK(here.times("mqtt-packet-too-large") == 1);
  CHECK(here.tells("cause mqtt-packet-too-large: camera (10.0.0.2) publishes 300 bytes"));
}

TEST_CASE("a remark at the end tells the connection of a client that has left") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("/home/door").leaves();
  sensor.connects("sensor").publishes("home/door").leaves();
  here.monitor.finish(here.now);
  REQUIRE(here.tells("cause delivery-topic-differs"));
  CHECK(here.monitor.causes().front().connection == app.number());
}

TEST_CASE("a retained message counts as kept once the broker has acknowledged it") {
  for (const bool is_taken : {false, true}) {
    overheard here;
    device camera(here), app(here, v5);
    camera.connects("camera").publishes("cam/1", 1, 7, std::string(300, 'x'), true);
    if (is_taken) camera.hears(packet_type::puback, 7);
    here.passes(500ms);
    app.connects("app", true, 60, with(property_id::maximum_packet_size, 100)).subscribes("cam/+");
    CHECK(here.tells("The retained message of \"cam/1\" has 305 bytes") == is_taken);
  }
}
