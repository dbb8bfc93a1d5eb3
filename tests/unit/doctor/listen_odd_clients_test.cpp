// What listen says of acknowledgements that are left out, and of sessions that an app asks for and
// never had.
#include "traffic_scene.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using namespace mqttkit;

namespace {

constexpr auto v5 = protocol_version::v5;
constexpr auto puback = packet_type::puback;

}  // namespace

TEST_CASE("a client that acknowledges later messages has left the earlier ones out") {
  overheard here;
  device panel(here);
  panel.connects("panel").subscribes("home/#", 1);
  for (std::uint16_t id = 1; id <= 9; ++id) {
    panel.gets("home/door", 1, id);
    if (id % 3 != 0) panel.sends(puback, id);
    here.passes(1s);
  }
  CHECK_FALSE(here.tells("leaves others out"));  // they may still come
  here.passes(9s);
  CHECK(
      here.tells("cause delivery-inflight-stall: panel (10.0.0.1) acknowledges some of its "
                 "messages and leaves others out (\"home/door\"; open: 2)"));
}

TEST_CASE("late, lost once or in another order: nothing was left out") {
  const auto says = [](auto act) {
    overheard here;
    device panel(here);
    panel.connects("panel").subscribes("home/#", 1);
    act(here, panel);
    here.passes(20s);
    return here.tells("leaves others out");
  };
  CHECK_FALSE(says([](overheard& here, device& panel) {  // one of many
    for (std::uint16_t id = 1; id <= 9; ++id) {
      panel.gets("home/door", 1, id);
      if (id != 3) panel.sends(puback, id);
      here.passes(1s);
    }
  }));
  CHECK_FALSE(says([](overheard& here, device& panel) {  // backwards
    for (std::uint16_t id = 1; id <= 9; ++id) panel.gets("home/door", 1, id);
    here.passes(2s);
    for (std::uint16_t id = 9; id > 0; --id) panel.sends(puback, id);
  }));
  CHECK_FALSE(says([](overheard& here, device& panel) {  // none of the last ones
    for (std::uint16_t id = 1; id <= 9; ++id) {
      panel.gets("home/door", 1, id);
      if (id < 5) panel.sends(puback, id);
      here.passes(1s);
    }
  }));
}

TEST_CASE("a PUBREL that a broker leaves unanswered is told, though it says nothing else either") {
  const auto stuck = [](std::chrono::milliseconds later) {
    overheard here;
    device meter(here);
    meter.connects("meter");
    for (std::uint16_t id = 1; id <= 3; ++id) {
      meter.publishes("home/power", 2, id).hears(packet_type::pubrec, id);
      here.passes(500ms);
      meter.sends(packet_type::pubrel, id);
    }
    here.passes(later);
    return here.tells("cause delivery-qos2-stuck");
  };
  CHECK(stuck(17s));
  CHECK_FALSE(stuck(4s));
}

TEST_CASE("an app that asks for its session under a new name is told that there is none") {
  const auto idle = [](bool clean) {
    overheard here;
    device panel(here), sensor(here);
    panel.connects("panel-4f1c", clean);
    sensor.connects("sensor");
    for (int i = 0; i < 30; ++i) {
      sensor.publishes("home/door");
      here.passes(1s);
    }
    CHECK(here.tells("has subscribed to nothing"));
    return here.tells("asks for the session that is kept under the client identifier panel-4f1c");
  };
  CHECK(idle(false));
  CHECK_FALSE(idle(true));
}
