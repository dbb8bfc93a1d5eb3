// Remarks of a doctor in front of the broker about publishers and subscribers.
#include <doctest/doctest.h>

#include "traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using enum packet_type;

namespace {

constexpr auto v5 = protocol_version::v5;

}  // namespace

TEST_CASE("a topic that no filter matches is shown beside the nearest") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("Home/door");
  sensor.connects("sensor").publishes("home/door");
  CHECK(here.is_silent());
  here.passes(2s);
  CHECK(
      here.tells("cause delivery-topic-differs: sensor (10.0.0.2) publishes to \"home/door\", "
                 "which no filter seen here matches; nearest is \"Home/door\" of app "
                 "(10.0.0.1). \"Home/door\" and \"home/door\" differ in upper and lower case"));
  CHECK(here.tells("Subscribe to \"home/door\""));
  sensor.publishes("home/door").publishes("home/DOOR");
  here.passes(10s);
  CHECK(here.times("delivery-topic-differs") == 1);
}

TEST_CASE("publisher and subscriber may come in any order, and one after the other") {
  overheard here;
  device sensor(here);
  sensor.connects("sensor").publishes("/home/door").leaves();
  here.passes(5s);
  device app(here);
  app.connects("app").subscribes("home/+");
  here.passes(3s);
  CHECK(here.tells("cause delivery-topic-differs"));
}

TEST_CASE("wildcards that are misread have a name of their own") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("home/+");
  sensor.connects("sensor").publishes("home/cellar/door");
  here.passes(2s);
  CHECK(here.tells("cause delivery-wildcard-misread"));
  overheard there;
  device all(there), tool(there);
  all.connects("all").subscribes("#");
  tool.connects("tool").publishes("$tool/state");
  there.passes(2s);
  CHECK(there.tells("cause delivery-hash-excludes-dollar"));
}

TEST_CASE("a filter that has its messages, and is missed by another topic, may be meant so") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("home/+");
  sensor.connects("sensor").publishes("home/door");
  app.gets("home/door");
  sensor.publishes("home/cellar/door");
  here.passes(2s);
  CHECK(here.tells("note delivery-wildcard-misread"));
}

TEST_CASE("topics that only resemble each other are nobody's mistake") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("home/sensor1/state").subscribes("home/lamp/set");
  sensor.connects("sensor").publishes("home/sensor2/state").publishes("garden/tap");
  device lamp(here);
  lamp.connects("lamp").subscribes("lamps/one").publishes("lamps/one/state");
  here.passes(10s);
  CHECK(here.is_silent());
}

TEST_CASE("a subscription that comes a moment later matches as well") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("Home/door");
  sensor.connects("sensor").publishes("home/door");
  here.passes(1s);
  app.subscribes("home/door");
  here.passes(3s);
  CHECK(here.is_silent());
}

TEST_CASE(
    "the broker's word that nobody subscribes is passed on, with the mistake when there is one") {
  overheard here;
  device sensor(here, v5);
  sensor.connects("sensor").publishes_well("home/door", 0x10);
  here.passes(2s);
  CHECK(here.tells("note delivery-no-subscriber: sensor (10.0.0.1) published to \"home/door\""));
  device app(here);
  app.connects("app").subscribes("home/Door");
  here.passes(3s);
  CHECK(here.tells("cause delivery-topic-differs"));
}

TEST_CASE("listening that ends soon still tells what it knows") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("Home/door");
  sensor.connects("sensor").publishes("home/door").leaves();
  here.monitor.finish(here.now);
  CHECK(here.tells("cause delivery-topic-differs"));
}

TEST_CASE("a message that is taken and not delivered is forbidden to one or the other") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("home/#", 1);
  sensor.connects("sensor").publishes_well("home/door");
  here.passes(4s);
  CHECK(here.is_silent());
  here.passes(2s);
  CHECK(
      here.tells("cause auth-acl-publish-swallowed: sensor (10.0.0.2) published to \"home/door\", "
                 "and app (10.0.0.1), subscribed to \"home/#\", does not get it: the one may not "
                 "write there, or the other may not read."));
  CHECK(here.tells("auth-acl-read-denied-silently"));
}

TEST_CASE(
    "the level above # that never comes, while what lies below does, is the broker's own way") {
  const auto heard = [](const char* filter, bool gets_what_is_below) {
    overheard here;
    device app(here), sensor(here);
    app.connects("app").subscribes(filter, 1);
    sensor.connects("sensor").publishes_well("home/door");
    if (gets_what_is_below) app.gets("home/door");
    sensor.publishes_well("home");
    here.passes(6s);
    return here.tells("cause delivery-parent-not-matched");
  };
  CHECK(heard("home/#", true));
  // A client that gets no message below the topic may lack the right to read; # has no parent.
  CHECK_FALSE(heard("home/#", false));
  CHECK_FALSE(heard("#", true));
}

TEST_CASE("a message that others get, or MQTT 5 vouches for, is forbidden to the reader") {
  overheard here;
  device app(here), other(here), sensor(here);
  app.connects("app").subscribes("home/#", 1);
  other.connects("other").subscribes("home/#", 1);
  sensor.connects("sensor").publishes_well("home/door");
  other.gets("home/door");
  here.passes(6s);
  CHECK(here.tells("cause auth-acl-read-denied-silently"));
  CHECK(here.times("\n") == 1);
  overheard there;
  device reader(there), writer(there, v5);
  reader.connects("reader").subscribes("home/#", 1);
  writer.connects("writer").publishes_well("home/door");
  there.passes(6s);
  CHECK(there.tells("cause auth-acl-read-denied-silently"));
}

TEST_CASE("when the reader gets the messages of others, the writer's are forbidden") {
  overheard here;
  device app(here), good(here), bad(here);
  app.connects("app").subscribes("home/#", 1);
  good.connects("good").publishes_well("home/door");
  app.gets("home/door");
  here.passes(6s);
  bad.connects("bad").publishes_well("home/door");
  here.passes(6s);
  CHECK(here.tells("cause auth-acl-publish-swallowed: bad (10.0.0.3)"));
  CHECK(here.tells("from others it does"));
}

TEST_CASE("a broker that hangs, or that keeps to what the client takes, withholds nothing") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("home/#");
  sensor.connects("sensor").publishes("home/door");
  here.passes(20s);
  CHECK(here.is_silent());
  sensor.sends(pingreq).hears(pingresp);  // it lives, and app got nothing
  here.passes(1s);
  CHECK(here.tells("auth-acl-publish-swallowed"));
  overheard there;
  device small(there, v5), camera(there);
  small.connects("small", true, 60, with(property_id::maximum_packet_size, 100));
  small.subscribes("home/#", 1);
  camera.connects("camera").publishes("home/photo", 1, 7, std::string(200, 'x')).hears(puback, 7);
  there.passes(20s);
  CHECK(there.tells("cause mqtt-packet-too-large: camera (10.0.0.2) publishes 200 bytes"));
  CHECK(there.times("auth-acl") == 0);
}

TEST_CASE("a message that arrives, late or by an alias, is not missed") {
  overheard here;
  device app(here, v5), sensor(here);
  app.connects("app").subscribes("home/#", 1);
  sensor.connects("sensor").publishes_well("home/door");
  here.passes(3s);
  app.gets("home/door", 1, 1).sends(puback, 1);
  sensor.publishes_well("home/window");
  app.gets("home/window", 1, 2).sends(puback, 2);
  here.passes(20s);
  CHECK(here.is_silent());
}

TEST_CASE("who acknowledges nothing, or shares a subscription, may go without") {
  overheard here;
  device app(here), member(here), sensor(here);
  app.connects("app").subscribes("home/#", 1).gets("home/other", 1, 9);
  member.connects("member").subscribes("$share/g/home/#", 1);
  sensor.connects("sensor").publishes_well("home/door");
  here.passes(9s);
  CHECK(here.is_silent());
}

TEST_CASE("two clients of one identifier throw each other out, and once is no proof") {
  overheard here;
  std::vector<std::unique_ptr<device>> all;
  all.push_back(std::make_unique<device>(here));
  all.back()->will = "phone/state";
  all.back()->connects("phone");
  for (int i = 0; i < 4; ++i) {
    here.passes(2s);
    device& before = *all.back();
    all.push_back(std::make_unique<device>(here));
    all.back()->will = "phone/state";
    all.back()->connects("phone");
    before.is_hung_up_on();
    if (i == 0) {
      CHECK(
          here.tells("note session-duplicate-client-id: Another connection (10.0.0.2:5000) came "
                     "with the identifier \"phone\", and the broker ended the one of "
                     "10.0.0.1:5000."));
      CHECK_FALSE(here.tells("cause"));
    }
  }
  CHECK(here.times("cause session-duplicate-client-id: Two clients share the identifier "
                   "\"phone\" (10.0.0.2:5000 and 10.0.0.3:5000) and throw each other out: 2 times "
                   "in 2 s.") == 1);
  CHECK(here.tells("note session-will-flaps"));
  REQUIRE(here.monitor.causes().size() == 1);
  CHECK(in_english(here.monitor.causes()[0].sentences[0]).find("4 times in 6 s") !=
        std::string::npos);  // the newest numbers, for the end
}

TEST_CASE("a client that went before it came back was not thrown out") {
  overheard here;
  for (int i = 0; i < 5; ++i) {
    device phone(here);
    phone.connects("phone").subscribes("a", 0).leaves();
    here.passes(2s);
  }
  CHECK(here.is_silent());
}

TEST_CASE("messages lost to a clean session are counted") {
  overheard here;
  device sensor(here);
  sensor.connects("sensor");
  device phone(here);
  phone.connects("phone").subscribes("home/#", 1).leaves();
  sensor.publishes_well("home/door").publishes_well("home/door");
  here.passes(20s);
  device again(here);
  again.connects("phone");
  CHECK(
      here.tells("cause session-clean-session: phone (10.0.0.3) came back after 20 s with a clean "
                 "session; lost of what was sent for it in between, in messages: 2."));
}

TEST_CASE("a lost session without a lost message is a note, and a kept one is nothing") {
  overheard here;
  device phone(here);
  phone.connects("phone").subscribes("home/#", 1).leaves();
  here.passes(20s);
  device again(here);
  again.connects("phone");
  CHECK(here.tells("note session-clean-session"));
  overheard there;
  device kept(there);
  kept.connects("kept", false).subscribes("home/#", 1).leaves();
  there.passes(20s);
  device back(there);
  back.connects("kept", false, 60, {}, {}, true);
  CHECK(there.is_silent());
}

TEST_CASE("in MQTT 5 a session without an expiry ends at once") {
  overheard here;
  device sensor(here), phone(here, v5);
  sensor.connects("sensor");
  phone.connects("phone", false).subscribes("home/#", 1).leaves();
  sensor.publishes_well("home/door");
  here.passes(20s);
  device again(here, v5);
  again.connects("phone", false);
  CHECK(here.tells("cause session-v5-expires-at-once: phone (10.0.0.3) came back after 20 s"));
}

TEST_CASE("messages that expired before their reader came back are counted") {
  overheard here;
  device sensor(here, v5), phone(here);
  sensor.connects("sensor");
  phone.connects("phone", false).subscribes("home/#", 1).leaves();
  sensor.publishes("home/door", 1, 5, "x", false, with(property_id::message_expiry_interval, 3));
  sensor.publishes("home/door", 1, 6, "x", false, with(property_id::message_expiry_interval, 600));
  here.passes(9s);
  device again(here);
  again.connects("phone", false, 60, {}, {}, true);
  CHECK(
      here.tells("cause delivery-message-expired: phone (10.0.0.3) came back after 9 s; messages "
                 "for it that had expired by then: 1, the first after 3 s."));
}

TEST_CASE("smaller things that explain a silence are noted") {
  overheard here;
  device app(here, v5);
  app.connects("app").subscribes("home/#", 0, 0, true).publishes("home/door");
  CHECK(here.tells("note delivery-no-local: app (10.0.0.1) publishes to \"home/door\""));
  device sensor(here);
  sensor.connects("sensor").publishes("home/door", 1, 4);
  CHECK(
      here.tells("note delivery-qos-downgraded: sensor (10.0.0.2) publishes to \"home/door\" at "
                 "QoS 1, and app (10.0.0.1) subscribed to \"home/#\" at QoS 0"));
  app.gets("home/door");
  sensor.publishes("home/door", 0, 0, "", true);
  CHECK(
      here.tells("note delivery-retained-misunderstood: sensor (10.0.0.2) cleared the retained "
                 "message of \"home/door\""));
}

TEST_CASE("topics of more levels than anybody uses are compared with no filter") {
  for (const std::size_t slashes : {31U, 32U}) {
    overheard here;
    device app(here), sensor(here);
    std::string topic = "home";
    for (std::size_t i = 0; i < slashes; ++i) topic += "/a";
    app.connects("app").subscribes("H" + topic.substr(1));
    sensor.connects("sensor").publishes(topic);
    here.passes(2s);
    CHECK(here.is_silent() == (slashes == 32));
  }
}

TEST_CASE("a hostile crowd fills no table") {
  overheard here;
  std::vector<std::unique_ptr<device>> crowd;
  for (int i = 0; i < 300; ++i) {
    crowd.push_back(std::make_unique<device>(here));
    device& made = *crowd.back();
    made.connects("client" + std::to_string(i), i % 2 == 0);
    for (int j = 0; j < 8; ++j) {
      made.subscribes("f" + std::to_string(i) + "/" + std::to_string(j) + "/+", 1);
      made.publishes("f" + std::to_string(j) + "/" + std::to_string(i), 0);
    }
    if (i >= 50) crowd[static_cast<std::size_t>(i) - 50]->leaves();
  }
  here.passes(30s);
  here.monitor.finish(here.now);
  CHECK(here.times("\n") <= traffic_monitor::most_remarks);
}

TEST_CASE("a client that does not subscribe again after it came back is told what it misses") {
  overheard here;
  device panel(here), first(here), second(here);
  panel.connects("panel");
  first.connects("ebusd").subscribes("ebusd/#");
  here.passes(3s);
  first.leaves();
  second.connects("ebusd");
  here.passes(2s);
  panel.publishes_well("ebusd/mixing/get").publishes_well("other/topic");
  here.passes(4s);
  CHECK(
      here.tells("cause delivery-not-subscribed: ebusd (10.0.0.3) subscribed to \"ebusd/#\" "
                 "before its connection ended"));
  CHECK(here.tells("messages for that filter since then: 1"));
}

TEST_CASE("a session that another connection of the name ended is missed like one that was lost") {
  overheard here;
  device sensor(here), first(here), test(here), back(here);
  sensor.connects("sensor");
  first.connects("panel", false).subscribes("home/door", 1).leaves();
  test.connects("panel").leaves();
  here.passes(1s);
  back.connects("panel", false);
  here.passes(3s);
  sensor.publishes_well("home/door");
  here.passes(10s);
  CHECK(here.tells("cause delivery-not-subscribed: panel"));
  CHECK(here.tells("before its connection ended"));
}

TEST_CASE("who subscribes again, or keeps its session, is not told so") {
  overheard here;
  device panel(here), first(here), again(here), kept(here), back(here);
  panel.connects("panel");
  first.connects("ebusd").subscribes("ebusd/#").leaves();
  again.connects("ebusd").subscribes("ebusd/#");
  kept.connects("store", false).subscribes("ebusd/#", 1).leaves();
  back.connects("store", false, 60, {}, {}, true);
  here.passes(2s);
  panel.publishes_well("ebusd/mixing/get");
  again.gets("ebusd/mixing/get");
  back.gets("ebusd/mixing/get");
  here.passes(10s);
  CHECK_FALSE(here.tells("delivery-not-subscribed"));
}

TEST_CASE("a client that neither subscribes nor publishes while others do is told of") {
  overheard here;
  device app(here), sensor(here), quiet(here);
  app.connects("phone-app");
  here.passes(5s);
  CHECK(here.is_silent());
  sensor.connects("sensor").publishes_well("home/door");
  here.passes(6s);
  CHECK(
      here.tells("note delivery-not-subscribed: phone-app (10.0.0.1) has been connected for "
                 "10 s, has subscribed to nothing and has published nothing"));
  CHECK(here.times("delivery-not-subscribed") == 1);
}

TEST_CASE("connections of one user that throw each other out are seen, whatever they are called") {
  overheard here;
  std::vector<std::unique_ptr<device>> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(std::make_unique<device>(here));
    all.back()->user = "phone";
    all.back()->connects(i % 2 == 0 ? "app-one" : "app-two");
    if (i > 0) all[static_cast<std::size_t>(i - 1)]->is_hung_up_on();
    if (i == 1) CHECK_FALSE(here.tells("session-duplicate-client-id"));
    here.passes(1s);
  }
  CHECK(
      here.tells("cause session-duplicate-client-id: Connections of the user \"phone\" throw "
                 "each other out although their identifiers differ"));
}

TEST_CASE("two users beside each other, or one that comes later, throw nobody out") {
  overheard here;
  device made(here), two(here), three(here);
  made.user = "a";
  two.user = "b";
  three.user = "a";
  made.connects("one");
  two.connects("two");
  made.is_hung_up_on();
  here.passes(5s);
  three.connects("three");
  here.passes(5s);
  three.is_hung_up_on();
  CHECK_FALSE(here.tells("throw each other out"));
}

TEST_CASE("a star is taken for the plus that was meant") {
  overheard here;
  device app(here), sensor(here);
  app.connects("app").subscribes("home/*/state");
  sensor.connects("sensor").publishes("home/door/state");
  here.passes(3s);
  CHECK(here.tells("cause delivery-wildcard-misread"));
  CHECK(here.tells("home/+/state"));
}
