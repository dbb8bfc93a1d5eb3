// What listen says of a CONNECT that is hung up on, of acknowledgements that are left out, and of
// sessions that an app asks for and never had.
#include "traffic_scene.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using namespace mqttkit;

namespace {

constexpr auto v5 = protocol_version::v5;
constexpr auto puback = packet_type::puback;

/// "panel" is let in, and then a device that asks so is hung up on; what is said of it.
struct hung_up {
  hung_up(std::string_view id, bool clean, std::uint16_t keep_alive, const properties& asked = {},
          protocol_version version = protocol_version::v3_1_1) {
    device other(here, version), odd(here, version);
    other.connects("panel");
    odd.asks_in(id, clean, keep_alive, asked).is_hung_up_on();
    here.passes(3s);
  }
  bool names(std::string_view what) { return here.tells("they do not have: " + std::string(what)); }

  overheard here;
};

}  // namespace

TEST_CASE("what a CONNECT asks for and no accepted one did is named when it is hung up on") {
  CHECK(hung_up("lamp", false, 60).names("clean session off"));
  CHECK(hung_up("lamp", true, 0).names("keep alive 0"));
  CHECK(hung_up("lamp", true, 18000).names("a keep alive of more than 1200 s"));
  CHECK(hung_up("lamp", true, 10).names("a keep alive of less than 30 s"));
  CHECK(hung_up("lamp 7", true, 60).names("characters in the identifier"));
  CHECK(hung_up("lamp", true, 60, with(property_id::session_expiry_interval, 0xFFFFFFFF), v5)
            .names("Session Expiry Interval"));
  CHECK(hung_up("lamp", true, 60, with(property_id::topic_alias_maximum, 10), v5)
            .names("Topic Alias Maximum"));
  // Nothing distinguishes these.
  CHECK(hung_up("lamp-7_of.hall", true, 60).here.is_silent());
  CHECK(hung_up("lamp", true, 60, with(property_id::session_expiry_interval, 0), v5)
            .here.is_silent());
}

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
