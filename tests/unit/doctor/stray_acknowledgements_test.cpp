// Acknowledgements of what was never sent, as `listen` and a capture hear them.
#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

TEST_CASE("a device that exchanges the bytes of packet identifiers is named so") {
  overheard all;
  device lamp(all);
  lamp.connects("lamp").subscribes("lamp/set", 1);
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{1, 2, 3}) {
    lamp.gets("lamp/set", 1, id).sends(packet_type::puback, static_cast<std::uint16_t>(id << 8));
  }
  CHECK(all.tells("cause delivery-inflight-stall: lamp"));
  CHECK(all.tells("bytes of the packet identifier exchanged"));
  CHECK(all.tells("as 256, 512"));
  CHECK(all.times("exchanged") == 1);
}

TEST_CASE("numbers that no message had are acknowledgements of nothing, PUBREC's as well") {
  for (const packet_type type : {packet_type::puback, packet_type::pubrec}) {
    overheard all;
    device lamp(all);
    lamp.connects("lamp").subscribes("lamp/set", 2);
    lamp.gets("lamp/set", 2, 1).gets("lamp/set", 2, 2).sends(type, 40);
    CHECK(all.is_silent());  // one may be a slip
    lamp.sends(type, 41);
    CHECK(all.tells("acknowledges packet identifiers that it was not sent (40, 41)"));
  }
}

TEST_CASE("a broker that acknowledges what the client did not send is told from the client") {
  overheard all;
  device lamp(all);
  lamp.connects("lamp").publishes("a", 1, 7).publishes("a", 1, 8);
  lamp.hears(packet_type::puback, 70).hears(packet_type::puback, 80);
  CHECK(all.tells("The broker acknowledges packet identifiers that lamp"));
}

TEST_CASE(
    "acknowledgements of old messages, twice, late or in a session that goes on are innocent") {
  overheard all;
  device twice(all);
  twice.connects("twice").subscribes("a", 1).gets("a", 1, 1).gets("a", 1, 2);
  for (int i = 0; i < 4; ++i) twice.sends(packet_type::puback, 1);
  CHECK_FALSE(all.tells("packet identifiers"));
  device resumed(all);
  resumed.connects("resumed", false, 60, {}, {}, true).gets("a", 1, 9);
  resumed.sends(packet_type::puback, 3).sends(packet_type::puback, 4);
  CHECK_FALSE(all.tells("packet identifiers"));
}

TEST_CASE("where a part was not heard no number is called unknown") {
  overheard all;
  device lamp(all);
  lamp.connects("lamp").subscribes("a", 1).gets("a", 1, 1);
  all.monitor.heard_in_part(lamp.number());
  lamp.sends(packet_type::puback, 5).sends(packet_type::puback, 6);
  CHECK(all.is_silent());
}

TEST_CASE("an identifier that grows with each attempt is told, and one that changes is not") {
  overheard all;
  std::string id = "switch";
  for (int i = 0; i < 3; ++i) {
    device attempt(all);
    attempt.answered = 2;
    attempt.connects(id);
    id += "-18:fe";
  }
  // Each attempt of the scene comes from an address of its own.
  CHECK_FALSE(all.tells("longer identifier"));
}
