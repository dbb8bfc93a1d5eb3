// Which messages a broker passes on to nobody, by what they have, and which have reached their app.
#include <doctest/doctest.h>

#include <string>

#include "told_causes.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

TEST_CASE("a broker that keeps empty retained messages to itself is told by what comes") {
  const told made = tell(symptom::some_missing, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("panel").subscribes("test/1");
    writer.connects("pub");
    for (int i = 0; i < 2; ++i) {
      writer.publishes("test/1", 0, 0, "on", true);
      reader.gets("test/1", 0, 0, "on");
      here.passes(500ms);
      writer.publishes("test/1", 0, 0, "");
      reader.gets("test/1", 0, 0, "");
      here.passes(500ms);
      writer.publishes("test/1", 0, 0, "", true);
      here.passes(2s);
    }
  });
  CHECK(has(made.first, "delivery-not-handed-on: The broker took 2 messages"));
  CHECK(has(made.first, "an empty message with the retain flag"));
  CHECK(has(made.first, "keeps it to itself"));
  CHECK_FALSE(has(made.excluded, "was sent to it"));
}

TEST_CASE("one trait is told alone: the retain flag, a QoS, a size, a slash in front") {
  const auto scene = [](const std::function<void(device&, int)>& odd) {
    return tell(symptom::some_missing, [&](overheard& here) {
      device reader(here), writer(here);
      reader.connects("panel").subscribes("#");
      writer.connects("pub");
      for (int i = 0; i < 3; ++i) {
        const std::string text = "t" + std::to_string(i);
        writer.publishes("test/1", 0, 0, text);
        reader.gets("test/1", 0, 0, text);
        here.passes(500ms);
        odd(writer, i);
        here.passes(2s);
      }
    });
  };
  told made =
      scene([](device& by, int i) { by.publishes("test/1", 0, 0, "k" + std::to_string(i), true); });
  CHECK(has(made.first, "did not have: the retain flag."));
  made = scene([](device& by, int i) {
    by.publishes("test/1", 2, 5, "k" + std::to_string(i)).hears(packet_type::pubrec, 5);
    by.sends(packet_type::pubrel, 5).hears(packet_type::pubcomp, 5);
  });
  CHECK(has(made.first, "did not have: QoS 2."));
  // Before PUBREL nobody has to pass it on.
  made = scene([](device& by, int i) {
    by.publishes("test/1", 2, 5, "k" + std::to_string(i)).hears(packet_type::pubrec, 5);
  });
  CHECK_FALSE(has(made.all, "delivery-not-handed-on"));
  made = scene([](device& by, int i) {
    by.publishes("test/1", 0, 0, std::string(900, static_cast<char>('a' + i)));
  });
  CHECK(has(made.first, "bytes or more (the largest that came: "));
  made = scene([](device& by, int i) { by.publishes("/test/" + std::to_string(i), 0, 0, "k"); });
  CHECK(has(made.first, "a topic that begins with a slash"));
}

TEST_CASE("what comes now and then has no trait that keeps it away") {
  const told made = tell(symptom::some_missing, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("panel").subscribes("test/1");
    writer.connects("pub");
    for (int i = 0; i < 6; ++i) {
      const std::string text = "t" + std::to_string(i);
      writer.publishes("test/1", 0, 0, text, true);
      if (i % 2 == 0) reader.gets("test/1", 0, 0, text);
      here.passes(2s);
    }
  });
  CHECK_FALSE(has(made.all, "delivery-not-handed-on"));
}

TEST_CASE("the one reader that names the topic was reached, at QoS 0 as well") {
  const auto scene = [](std::string_view filter, int qos, bool has_other) {
    return tell(symptom::nothing_arrives, [=](overheard& here) {
      device reader(here), other(here), writer(here);
      reader.connects("aircon").subscribes(filter, qos);
      if (has_other) other.connects("other").subscribes("#");
      writer.connects("phone");
      for (std::uint16_t i = 1; i < 5; ++i) {
        const std::string text = "t" + std::to_string(i);
        writer.publishes("aircon/set", qos, i, text);
        if (qos == 1) writer.hears(packet_type::puback, i);
        reader.gets("aircon/set", qos, i, text);
        if (qos == 1) reader.sends(packet_type::puback, i);
        if (has_other) other.gets("aircon/set", 0, 0, text);
        here.passes(1s);
      }
    });
  };
  told made = scene("aircon/set", 0, false);
  CHECK(made.is_answered);
  CHECK(has(made.excluded, "aircon (10.0.0.1) was sent each of the 4 messages"));
  CHECK(has(made.excluded, "(topics: \"aircon/set\"), at QoS 0, at which nobody acknowledges"));
  made = scene("aircon/set", 1, false);
  CHECK(made.is_answered);
  CHECK(has(made.excluded, "acknowledged them all"));
  // Who looks on by # may not be the one that is meant, and of two readers nobody knows which.
  CHECK_FALSE(scene("aircon/#", 0, false).is_answered);
  CHECK_FALSE(scene("aircon/set", 0, true).is_answered);
  CHECK_FALSE(scene("aircon/set", 1, true).is_answered);
}

TEST_CASE("an acknowledgement of a message beyond those that are followed is no wrong number") {
  const told made = tell(symptom::twice, [](overheard& here) {
    device writer(here);
    writer.connects("writer");
    std::uint16_t last = 0;
    {
      device reader(here);
      reader.connects("reader", false).subscribes("plant/heat", 1);
      for (std::uint16_t id = 1; id <= 100; ++id) {
        writer.publishes("plant/heat", 1, id, std::to_string(id));
        reader.gets("plant/heat", 1, id, std::to_string(id));
      }
      for (std::uint16_t id = 70; id <= 100; ++id) reader.sends(packet_type::puback, id);
      last = 100;
      here.passes(1s);
      reader.breaks_off();
    }
    device again(here);
    again.connects("reader", false, 60, {}, {}, true);
    for (int id = 90; id <= last; ++id)
      again.broker_sends(again.message("plant/heat", 1, static_cast<std::uint16_t>(id),
                                       std::to_string(id), false, {}, true));
    here.passes(1s);
  });
  CHECK_FALSE(has(made.all, "packet identifier of another message"));
}
