// Acknowledgements whose message was never sent, in `listen` and in a capture.
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
  CHECK(all.is_silent());  // the messages may be heard behind their answers
  all.passes(4s);
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
    all.passes(4s);
    CHECK(all.is_silent());  // one may be a slip
    lamp.sends(type, 41);
    all.passes(4s);
    CHECK(all.tells("acknowledges packet identifiers that it was not sent (40, 41)"));
  }
}

TEST_CASE("a broker that acknowledges what the client did not send is told from the client") {
  overheard all;
  device lamp(all);
  lamp.connects("lamp").publishes("a", 1, 7).publishes("a", 1, 8);
  lamp.hears(packet_type::puback, 70).hears(packet_type::puback, 80);
  all.passes(4s);
  CHECK(all.tells("The broker acknowledges packet identifiers that lamp"));
}

TEST_CASE(
    "acknowledgements of old messages, twice, late or in a session that goes on are innocent") {
  overheard all;
  device twice(all);
  twice.connects("twice").subscribes("a", 1).gets("a", 1, 1).gets("a", 1, 2);
  for (int i = 0; i < 4; ++i) twice.sends(packet_type::puback, 1);
  all.passes(4s);
  CHECK_FALSE(all.tells("packet identifiers"));
  device resumed(all);
  resumed.connects("resumed", false, 60, {}, {}, true).gets("a", 1, 9);
  resumed.sends(packet_type::puback, 3).sends(packet_type::puback, 4);
  all.passes(4s);
  CHECK_FALSE(all.tells("packet identifiers"));
}

TEST_CASE("where a part was not heard no number is called unknown") {
  overheard all;
  device lamp(all);
  lamp.connects("lamp").subscribes("a", 1).gets("a", 1, 1);
  all.monitor.heard_in_part(lamp.number());
  lamp.sends(packet_type::puback, 5).sends(packet_type::puback, 6);
  all.passes(4s);
  CHECK(all.is_silent());
}

TEST_CASE(
    "an answer that is heard before its message, or left by a former connection, is innocent") {
  overheard early;
  device lamp(early);
  lamp.connects("lamp").subscribes("a", 2);
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{1, 2, 3}) {
    lamp.sends(id == 3 ? packet_type::pubrec : packet_type::puback, id);
    early.passes(500ms);
    lamp.gets("a", id == 3 ? 2 : 1, id);
  }
  early.passes(20s);
  early.monitor.finish(early.now);
  CHECK(early.is_silent());
  overheard later;
  device first(later), second(later);
  first.connects("app").subscribes("a", 0).leaves();
  second.connects("app").subscribes("a", 1).gets("a", 1, 1);
  second.sends(packet_type::puback, 40).sends(packet_type::puback, 41);
  later.passes(4s);
  CHECK(later.is_silent());
}

TEST_CASE("acknowledgements of messages beyond the tracker's limit are no strays") {
  overheard all;
  device flood(all);
  flood.connects("flood").subscribes("a", 1);
  constexpr std::uint16_t many = inflight_tracker::most_open + 100;
  for (std::uint16_t id = 1; id <= many; ++id) flood.gets("a", 1, id);
  for (std::uint16_t id = many; id > 900; --id) flood.sends(packet_type::puback, id);
  all.passes(4s);
  CHECK_FALSE(all.tells("packet identifiers"));
}

TEST_CASE(
    "a PUBREL or PUBCOMP with a wrong identifier is told with the handshake that stays open") {
  overheard all;
  device lamp(all), panel(all), clean(all);
  lamp.connects("lamp").publishes("a", 2, 7).hears(packet_type::pubrec, 7);
  lamp.sends(packet_type::pubrel, 1792);
  panel.connects("panel").subscribes("b", 2).gets("b", 2, 3).sends(packet_type::pubrec, 3);
  panel.hears(packet_type::pubrel, 3).sends(packet_type::pubcomp, 768);
  all.passes(3s);
  for (device* each : {&lamp, &panel}) each->sends(packet_type::pingreq);
  all.passes(3s);
  CHECK(
      all.tells("the app sends no PUBREL, and the broker waits for it. It was sent with other "
                "packet identifiers (1792)"));
  CHECK(
      all.tells("the app sends no PUBCOMP, and the broker counts the message as open. It was "
                "sent with other packet identifiers (768)"));
}

TEST_CASE("a SUBACK with a wrong identifier is told while a SUBSCRIBE waits") {
  overheard all;
  device lamp(all);
  const auto answers = [&](std::uint16_t id) {
    const std::byte code{0};
    suback_packet answer;
    answer.packet_id = id;
    answer.codes = {&code, 1};
    byte_buffer out;
    REQUIRE_FALSE(encode(out, protocol_version::v3_1_1, packet_type::suback, answer));
    lamp.broker_sends(out);
  };
  lamp.connects("lamp").asks_for("lamp/set");  // with 1
  answers(256);
  all.passes(4s);
  CHECK(all.is_silent());
  all.passes(2s);
  CHECK(
      all.tells("cause delivery-not-subscribed: The broker answers subscriptions with packet "
                "identifiers that lamp (10.0.0.1) did not use (256), and leaves the one to "
                "\"lamp/set\" open (1)"));
  overheard other;
  device late(other);
  late.connects("late").subscribes("a").asks_for("b");  // whose answer is on its way
  other.passes(20s);
  CHECK(other.is_silent());
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
  // Each connection of the scene has its own address.
  CHECK_FALSE(all.tells("longer identifier"));
}
