// Connected, and nothing arrives: reasons that show only in what several messages and connections
// have in common, and what looks alike.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

constexpr auto v5 = protocol_version::v5;

/// Everything that is told of a scene.
std::string told(symptom seen, const std::function<void(overheard&)>& act) {
  overheard here;
  here.monitor = traffic_monitor(seen);
  act(here);
  here.monitor.finish(here.now);
  return here.told();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A writer whose topic changes after its first message, and a reader of the first.
std::string changes(std::string_view filter, std::string_view first, std::string_view later,
                    bool is_in_parallel = false) {
  return told(symptom::some_missing, [&](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes(filter);
    writer.connects("writer");
    for (int i = 0; i < 5; ++i) {
      const std::string text = "n" + std::to_string(i);
      if (i == 0 || is_in_parallel) {
        writer.publishes(first, 0, 0, text);
        reader.gets(first, 0, 0, text);
      }
      if (i != 0 || is_in_parallel) writer.publishes(later, 0, 0, text);
      here.passes(1s);
    }
  });
}

constexpr std::string_view in_front = "the two differ only in what stands in front";

/// A panel that takes that many bytes subscribes to what is retained.
std::string panel(std::uint32_t largest, std::size_t size, std::string_view filter = "home/#") {
  return told(symptom::nothing_arrives, [&](overheard& here) {
    device planner(here), app(here, v5);
    planner.connects("planner").publishes("home/plan", 1, 1, std::string(size, 'p'), true);
    planner.hears(packet_type::puback, 1);
    app.connects("panel", true, 60, with(property_id::maximum_packet_size, largest));
    app.subscribes(filter);
    here.passes(3s);
  });
}

/// A reader whose connection ends, while a writer goes on.
std::string goes(const std::function<void(overheard&, device&)>& how) {
  return told(symptom::nothing_arrives, [&](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("office/door");
    writer.connects("writer").publishes("office/door");
    reader.gets("office/door");
    here.passes(1s);
    how(here, reader);
    for (int i = 0; i < 5; ++i) {
      writer.publishes("office/door", 0, 0, "n" + std::to_string(i));
      here.passes(1s);
    }
  });
}

/// A device with a retained will comes back, and says or does not say that it is there.
std::string comes_back(bool says_it, int others) {
  return told(symptom::shown_offline, [&](overheard& here) {
    device first(here), again(here);
    for (device* const each : {&first, &again}) {
      each->will = "d/availability";
      each->will_payload = "offline";
      each->is_will_retained = true;
      each->connects("d");
      if (each == &first || says_it) each->publishes("d/availability", 0, 0, "online", true);
      for (int i = 0; i < others; ++i) {
        each->publishes("d/state", 0, 0, "n" + std::to_string(i));
        here.passes(500ms);
      }
      each->breaks_off();
      here.passes(500ms);
    }
  });
}

}  // namespace

TEST_CASE("a topic that goes over to another prefix is told, which its filter does not take in") {
  CHECK(has(changes("1506/#", "1506/dev/door/1", "/dev/door/1"), in_front));
  CHECK(has(changes("dev/#", "dev/door/1", "plant/dev/door/1"), in_front));
  CHECK(has(changes("home/+/state/on", "home/a/state/on", "haus/a/state/on"), in_front));
  CHECK(has(changes("z2m/#", "z2m/a/b", "zigbee/z2m/a/b"), "(\"z2m/#\")"));
  // Other topics of the same writer, and two that stand side by side.
  CHECK_FALSE(has(changes("home/#", "home/temp", "garden/temp"), in_front));
  CHECK_FALSE(has(changes("home/a/#", "home/a/temp", "home/b/temp"), in_front));
  CHECK_FALSE(has(changes("dev/#", "dev/door/1", "old/dev/door/1", true), in_front));
  CHECK_FALSE(has(changes("+/dev/#", "x/dev/door", "y/dev/door"), in_front));
}

TEST_CASE("a retained message above what the app takes is told, and one below is not") {
  CHECK(has(panel(100, 400), "has 409 bytes, and panel"));
  CHECK(has(panel(100, 95), "takes packets of 100 bytes at most"));
  CHECK(has(panel(100, 400, "home/plan"), "retained message of \"home/plan\""));
  CHECK_FALSE(has(panel(100, 60), "takes packets of"));
  CHECK_FALSE(has(panel(1000, 400), "takes packets of"));
  CHECK_FALSE(has(panel(100, 400, "garden/#"), "takes packets of"));
}

TEST_CASE("a reader that does not come back is told, and one that does is not") {
  constexpr std::string_view gone = "it has not connected again";
  CHECK(has(goes([](overheard&, device& reader) { reader.is_hung_up_on(); }), gone));
  CHECK(has(goes([](overheard&, device& reader) { reader.breaks_off(); }), gone));
  CHECK(has(goes([](overheard&, device& reader) { reader.leaves(); }),
            "It said goodbye (DISCONNECT)"));
  CHECK(has(goes([](overheard& here, device& reader) {
              reader.is_hung_up_on();
              here.passes(1s);
              device(here).connects("other").subscribes("x");
            }),
            "Others were let in since then, such as other (10.0.0.3)."));
  CHECK_FALSE(has(goes([](overheard&, device&) {}), gone));
  CHECK_FALSE(has(goes([](overheard& here, device& reader) {
                    reader.is_hung_up_on();
                    here.passes(1s);
                    device(here).connects("reader").subscribes("office/door");
                  }),
                  gone));
}

TEST_CASE("where everything came, the reader's app is looked at and no other reason is named") {
  const auto comes = [](bool is_all) {
    overheard here;
    here.monitor = traffic_monitor(symptom::nothing_arrives);
    device reader(here), writer(here);
    reader.connects("reader").subscribes("a/#");
    writer.connects("writer");
    for (int i = 0; i < 4; ++i) {
      const std::string text = "n" + std::to_string(i);
      writer.publishes("a/b", 0, 0, text);
      if (!is_all) writer.publishes("c", 0, 0, text);
      reader.gets("a/b", 0, 0, text);
      here.passes(1s);
    }
    here.monitor.finish(here.now);
    return here.monitor.all_came();
  };
  CHECK(comes(true));
  CHECK_FALSE(comes(false));
}

TEST_CASE("a will that stays is told where its client is back and publishes other things") {
  constexpr std::string_view stays = "connected again and publishes nothing there";
  CHECK(has(comes_back(false, 6), stays));
  CHECK_FALSE(has(comes_back(true, 6), stays));
  CHECK_FALSE(has(comes_back(false, 1), stays));
}
