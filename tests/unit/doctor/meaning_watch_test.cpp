// Sessions that break no rule of MQTT and yet do not do what was meant, and those that only look
// so.
#include <doctest/doctest.h>

#include <string>

#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

/// Everything has ended; what was told.
const std::string& end(overheard& here) {
  here.monitor.finish(here.now);
  return here.told();
}

}  // namespace

TEST_CASE("a state without retain is told to nobody who subscribes later") {
  overheard here;
  device node(here), reader(here);
  node.connects("node").publishes("node/availability", 0, 0, "online");
  here.passes(30s);
  reader.connects("reader").subscribes("node/#");
  here.passes(30s);
  CHECK(end(here).find("delivery-retained-misunderstood: node") != std::string::npos);
}

TEST_CASE("a state that is said again, or retained, is learnt") {
  overheard here;
  device node(here), other(here), reader(here);
  node.connects("node").publishes("node/availability", 0, 0, "online");
  other.connects("other").publishes("other/availability", 0, 0, "online", true);
  here.passes(30s);
  reader.connects("reader").subscribes("+/availability");
  reader.gets("other/availability", 0, 0, "online");
  here.passes(5s);
  node.publishes("node/availability", 0, 0, "online");
  reader.gets("node/availability", 0, 0, "online");
  here.passes(30s);
  CHECK(end(here) == "");
}

TEST_CASE("a retained message that does not come to who subscribes has been forgotten") {
  overheard here;
  device node(here), reader(here);
  node.connects("node").publishes("node/mode", 0, 0, "eco", true);
  here.passes(10s);
  reader.connects("reader").subscribes("node/+");
  here.passes(20s);
  CHECK(end(here).find("the broker no longer has it") != std::string::npos);
}

TEST_CASE("each message that comes once for each of two filters comes twice") {
  overheard here;
  device reader(here), node(here);
  reader.connects("reader").subscribes("#").subscribes("site/temp");
  node.connects("node");
  for (const char* const text : {"20", "21", "22"}) {
    node.publishes("site/temp", 0, 0, text);
    reader.gets("site/temp", 0, 0, text).gets("site/temp", 0, 0, text);
    here.passes(5s);
  }
  CHECK(here.times("delivery-duplicated: reader") == 1);
}

TEST_CASE("a message that was published twice may come twice") {
  overheard here;
  device reader(here), button(here);
  reader.connects("reader").subscribes("#").subscribes("button");
  button.connects("button");
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 2; ++j) {
      button.publishes("button", 0, 0, "press");
      reader.gets("button", 0, 0, "press");
      here.passes(400ms);
    }
    here.passes(5s);
  }
  CHECK(end(here) == "");
}

TEST_CASE("nobody gets what is published to the name of a shared subscription") {
  overheard here;
  device worker(here), boss(here);
  worker.connects("worker").subscribes("$share/g/jobs", 1);
  boss.connects("boss").publishes("$share/g/jobs", 0, 0, "{}");
  CHECK(here.tells("cause delivery-topic-differs: boss"));
  CHECK(here.tells("Publish to \"jobs\""));
}

TEST_CASE("a client that reads only is told what was published instead") {
  overheard here;
  device reader(here), node(here);
  reader.connects("reader").subscribes("home/lamp/state");
  node.connects("node");
  for (int i = 0; i < 3; ++i) {
    node.publishes("cellar/pump", 0, 0, "on");
    here.passes(10s);
  }
  CHECK(end(here).find("note delivery-nothing-published: reader") != std::string::npos);
}

TEST_CASE("an odd payload is told once it has come twice") {
  overheard here;
  device reader(here), node(here);
  reader.connects("reader").subscribes("t");
  node.connects("node").publishes("t", 0, 0, "ON\n");
  reader.gets("t", 0, 0, "ON\n");
  CHECK(end(here) == "");
  node.publishes("t", 0, 0, "OFF\n");
  CHECK(end(here).find("delivery-payload-odd: node") != std::string::npos);
}

TEST_CASE("where packets were not heard, what did not come means nothing") {
  overheard here;
  device node(here), reader(here);
  here.monitor.misses_some();
  node.connects("node").publishes("node/availability", 0, 0, "online");
  node.publishes("node/mode", 0, 0, "eco", true);
  here.passes(10s);
  reader.connects("reader").subscribes("node/#");
  here.passes(30s);
  CHECK(end(here) == "");
}

TEST_CASE("what is sent at QoS 0 while a client is away is not kept, and is told once") {
  overheard here;
  device before(here), app(here);
  before.connects("node", false).subscribes("cmd", 1).leaves();
  app.connects("app").publishes("cmd", 0);
  here.passes(2s);
  device after(here);
  after.connects("node", false, 60, {}, {}, true);
  here.passes(3s);
  CHECK(here.times("delivery-qos0-not-queued") == 1);
  CHECK(here.tells("note delivery-qos0-not-queued: While node (10.0.0.3) was away"));
}
