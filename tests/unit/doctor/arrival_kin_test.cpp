// It is connected, and messages are missing, come twice, late or in another order: what names it in
// the conversations of all clients, and what looks alike and is healthy.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

constexpr auto v5 = protocol_version::v5;

/// What explains what is seen, the best first.
std::string explains(symptom seen, const std::function<void(overheard&)>& act) {
  overheard here;
  here.monitor = traffic_monitor(seen);
  act(here);
  here.monitor.finish(here.now);
  std::string all, first;
  const remark* best = nullptr;
  for (const remark& each : here.monitor.causes()) {
    if (!each.shows_as.contains(seen)) continue;
    all += each.id + ": " + text_of(each) + '\n';
    if (best == nullptr || each.how > best->how) best = &each;
  }
  return best == nullptr ? all : best->id + ": " + text_of(*best) + '\n' + all;
}

/// What is told to who names nothing that is seen.
std::string warns(const std::function<void(overheard&)>& act) {
  overheard here;
  act(here);
  here.monitor.finish(here.now);
  std::string all;
  for (const auto* list : {&here.monitor.causes(), &here.monitor.notes()})
    for (const remark& each : *list)
      if (each.heavy == weight::cause || each.is_warning) all += text_of(each) + '\n';
  return all;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string number(int i) { return "n" + std::to_string(i); }
std::uint16_t id_of(int i) { return static_cast<std::uint16_t>(i + 1); }

constexpr std::string_view share = "$share/w/jobs";

/// A writer's messages, of which every second comes to the one member that is there.
void half_comes(overheard& here, device& member, int count = 8) {
  device writer(here);
  writer.connects("orders");
  for (int i = 0; i < count; ++i) {
    writer.publishes("jobs", 1, id_of(i), number(i)).hears(packet_type::puback, id_of(i));
    if (i % 2 == 0)
      member.gets("jobs", 1, id_of(i), number(i)).sends(packet_type::puback, id_of(i));
    here.passes(200ms);
  }
  here.passes(1s);
}

}  // namespace

// ---- shares
// ---------------------------------------------------------------------------------------

TEST_CASE("a part of a share waits for the member that is away with its session") {
  const auto act = [](bool clean, bool unsubscribes) {
    return [=](overheard& here) {
      device away(here), member(here);
      away.connects("worker-2", clean).subscribes(share, 1);
      if (unsubscribes) {
        byte_buffer out;
        subscription left;
        left.filter = share;
        REQUIRE_FALSE(encode_unsubscribe(out, protocol_version::v3_1_1, 2, {&left, 1}));
        away.client_sends(out);
      }
      away.leaves();
      member.connects("worker-1").subscribes(share, 1);
      half_comes(here, member);
    };
  };
  CHECK(has(explains(symptom::some_missing, act(false, false)),
            "delivery-shared-turns: worker-2 (10.0.0.1) is a member of the shared subscription"));
  CHECK(warns(act(false, false)).empty());
  // Whose session ended, and who unsubscribed, is no member any more.
  for (const auto& other : {act(true, false), act(false, true)}) {
    const std::string told = explains(symptom::some_missing, other);
    CHECK_FALSE(has(told, "worker-2"));
    CHECK(has(told, "delivery-shared-subscription: 4 of 8 messages"));
  }
}

TEST_CASE("where the members get all of a share together, nothing of it is missing") {
  for (const bool has_away : {true, false}) {
    const std::string told = explains(symptom::some_missing, [&](overheard& here) {
      device away(here), first(here), second(here), writer(here);
      if (has_away) away.connects("worker-3", false).subscribes(share, 1).leaves();
      first.connects("worker-1").subscribes(share, 1);
      second.connects("worker-2").subscribes(share, 1);
      writer.connects("orders");
      for (int i = 0; i < 8; ++i) {
        writer.publishes("jobs", 1, id_of(i), number(i)).hears(packet_type::puback, id_of(i));
        (i % 2 == 0 ? first : second).gets("jobs", 1, id_of(i), number(i));
        here.passes(200ms);
      }
    });
    CHECK_FALSE(has(told, "came to none"));
    CHECK(has(told, "each message goes to only one of the members"));
  }
}

TEST_CASE(
    "what comes when the member is back was not lost, and the last ones may be on their way") {
  const std::string back = explains(symptom::some_missing, [](overheard& here) {
    device away(here), member(here);
    away.connects("worker-2", false).subscribes(share, 1).leaves();
    member.connects("worker-1").subscribes(share, 1);
    half_comes(here, member);
    device again(here);
    again.connects("worker-2", false, 60, {}, {}, true);
    for (int i = 1; i < 8; i += 2) again.gets("jobs", 1, id_of(i), number(i));
    here.passes(1s);
  });
  CHECK_FALSE(has(back, "came to none"));
  const std::string cut = explains(symptom::some_missing, [](overheard& here) {
    device member(here), writer(here);
    member.connects("worker-1").subscribes(share, 1);
    writer.connects("orders");
    for (int i = 0; i < 8; ++i) writer.publishes("jobs", 1, id_of(i), number(i));
    here.now += 50ms;
  });
  CHECK_FALSE(has(cut, "came to none"));
}

TEST_CASE("a broker that knows no shares gives its members nothing") {
  const std::string told = explains(symptom::nothing_arrives, [](overheard& here) {
    device member(here), writer(here);
    member.connects("worker-1").subscribes(share, 1);
    writer.connects("orders");
    for (int i = 0; i < 5; ++i) {
      writer.publishes("jobs", 1, id_of(i), number(i)).hears(packet_type::puback, id_of(i));
      here.passes(1s);
    }
  });
  CHECK(has(told, "delivery-shared-not-supported: None of 5 messages"));
}

TEST_CASE("one filter that is shared under two names, or beside itself, brings messages twice") {
  const auto act = [](std::string_view second_filter, bool is_one_client) {
    return [=](overheard& here) {
      device first(here), second(here), writer(here);
      first.connects("worker-1").subscribes(share, 1);
      if (is_one_client) first.subscribes(second_filter, 1);
      second.connects("worker-2").subscribes(is_one_client ? "other" : second_filter, 1);
      writer.connects("orders");
      for (int i = 0; i < 5; ++i) {
        writer.publishes("jobs", 0, 0, number(i));
        first.gets("jobs", 0, 0, number(i));
        if (!is_one_client) second.gets("jobs", 0, 0, number(i));
        here.passes(1s);
      }
    };
  };
  CHECK(has(explains(symptom::twice, act("$share/v/jobs", false)), "is shared under two names"));
  CHECK(has(explains(symptom::twice, act("jobs", true)), "and in another of its own"));
  CHECK_FALSE(has(explains(symptom::twice, act(share, false)), "two names"));
  CHECK(warns(act("$share/v/jobs", false)).empty());
}

// ---- order
// ---------------------------------------------------------------------------------------

TEST_CASE("what waited at QoS 0 in a session comes, and in another order") {
  const auto act = [](std::initializer_list<int> order) {
    return [=](overheard& here) {
      device reader(here), writer(here);
      reader.connects("reader", false).subscribes("test", 1, 0).leaves();
      here.passes(1s);
      writer.connects("writer");
      for (int i = 0; i < 6; ++i)
        writer.publishes("test", 1, id_of(i), number(i)).hears(packet_type::puback, id_of(i));
      here.passes(1s);
      device again(here);
      again.connects("reader", false, 60, {}, {}, true);
      for (const int i : order) again.gets("test", 0, 0, number(i));
      here.passes(5s);
    };
  };
  CHECK(has(explains(symptom::wrong_order, act({3, 0, 4, 1, 5, 2})),
            "delivery-disordered: The broker sends reader"));
  CHECK(explains(symptom::wrong_order, act({0, 1, 2, 3, 4, 5})).empty());
  // Some of them, in their order: those of QoS 0 need not be kept.
  CHECK(explains(symptom::wrong_order, act({1, 3, 5})).empty());
  CHECK_FALSE(has(explains(symptom::some_missing, act({1, 3, 5})), "queue-overflow"));
  // That none is kept is said only where none comes.
  CHECK(has(warns(act({})), "is of QoS 0: the broker keeps none"));
  CHECK(warns(act({0, 1, 2, 3, 4, 5})).empty());
}

TEST_CASE("of many that waited none is called lost because they come in another order") {
  const std::string told = explains(symptom::some_missing, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader", false).subscribes("test", 1).leaves();
    writer.connects("writer");
    for (int i = 0; i < 40; ++i) writer.publishes("test", 1, id_of(i), number(i));
    here.passes(1s);
    device again(here);
    again.connects("reader", false, 60, {}, {}, true);
    for (int i = 39; i >= 0; --i) again.gets("test", 1, id_of(i), number(i));
    here.passes(10s);
  });
  CHECK_FALSE(has(told, "were not sent"));
}

TEST_CASE("what was not acknowledged comes again behind newer ones") {
  const auto act = [](bool is_behind, int qos) {
    return [=](overheard& here) {
      device reader(here), writer(here);
      reader.connects("reader", false).subscribes("test", qos);
      writer.connects("writer");
      for (int i = 0; i < 4; ++i) {
        writer.publishes("test", qos, id_of(i), number(i));
        reader.gets("test", qos, id_of(i), number(i));
        here.passes(1s);
      }
      reader.breaks_off();
      device again(here);
      again.connects("reader", false, 60, {}, {}, true);
      const int old = is_behind ? 1 : 3;
      again.broker_sends(again.message("test", qos, id_of(old), number(old), false, {}, true));
      here.passes(3s);
    };
  };
  CHECK(has(explains(symptom::wrong_order, act(true, 1)), "again that it had not acknowledged"));
  CHECK(explains(symptom::wrong_order, act(false, 1)).empty());
  CHECK(has(explains(symptom::twice, act(false, 1)), "or use QoS 2 on both sides"));
  CHECK(has(explains(symptom::twice, act(false, 2)), "repeat it with its packet identifier"));
}

TEST_CASE("a message of QoS 2 that is sent again comes twice where its session was not kept") {
  const auto act = [](bool is_resumed) {
    return [=](overheard& here) {
      device reader(here), writer(here), again(here);
      reader.connects("reader").subscribes("test", 2);
      writer.connects("writer", !is_resumed).publishes("test", 2, 9, "one");
      reader.gets("test", 2, 1, "one");
      here.passes(1s);
      writer.breaks_off();
      again.connects("writer", !is_resumed, 60, {}, {}, is_resumed);
      again.client_sends(again.message("test", 2, 9, "one", false, {}, is_resumed));
      if (!is_resumed) reader.gets("test", 2, 2, "one");
      here.passes(3s);
    };
  };
  CHECK(has(explains(symptom::twice, act(false)), "connect with clean session off"));
  CHECK_FALSE(has(explains(symptom::twice, act(true)), "delivery-duplicated: writer"));
}

TEST_CASE("the members of a share see an order of their own") {
  const std::string told = explains(symptom::wrong_order, [](overheard& here) {
    device first(here), second(here), writer(here);
    first.connects("worker-1").subscribes(share, 1);
    second.connects("worker-2").subscribes(share, 1);
    writer.connects("orders");
    for (int i = 0; i < 8; ++i) {
      writer.publishes("jobs", 0, 0, number(i));
      (i % 2 == 0 ? first : second).gets("jobs", 0, 0, number(i));
      here.passes(200ms);
    }
  });
  CHECK(has(told, "delivery-shared-turns"));
}

// ---- late
// ---------------------------------------------------------------------------------------

namespace {

/// A thermostat that answers commands after a while, and says its temperature besides.
void answers(overheard& here, std::chrono::milliseconds after, bool hears_itself, int temperatures,
             std::string_view answer = "room/state") {
  device thermostat(here), app(here);
  thermostat.connects("thermostat").subscribes(hears_itself ? "#" : "room/set");
  app.connects("app");
  for (int i = 0; i < 4; ++i) {
    app.publishes("room/set", 0, 0, number(i));
    thermostat.gets("room/set", 0, 0, number(i));
    for (int k = 0; k < temperatures; ++k) {
      thermostat.publishes("room/temperature", 0, 0, number(100 + k));
      if (hears_itself) thermostat.gets("room/temperature", 0, 0, number(100 + k));
      here.now += after / temperatures;
    }
    thermostat.publishes(answer, 0, 0, number(i));
    if (hears_itself) thermostat.gets(answer, 0, 0, number(i));
    here.passes(5s);
  }
}

}  // namespace

TEST_CASE("an app that stands behind its own messages, and one that is slow by itself, are named") {
  CHECK(has(explains(symptom::late, [](overheard& here) { answers(here, 2s, true, 8); }),
            "delivery-own-message: thermostat (10.0.0.1) gets its own messages back"));
  CHECK(has(explains(symptom::late, [](overheard& here) { answers(here, 2s, false, 8); }),
            "delivery-slow-consumer: thermostat (10.0.0.1) is sent what others publish at once"));
  CHECK(explains(symptom::late, [](overheard& here) { answers(here, 200ms, true, 4); }).empty());
  // What it publishes elsewhere is no answer.
  const auto elsewhere = [](overheard& here) { answers(here, 2s, false, 8, "log/line"); };
  CHECK(explains(symptom::late, elsewhere).empty());
  CHECK(warns([](overheard& here) { answers(here, 2s, true, 8); }) == "");
}

TEST_CASE("what no broker has to keep for who is away is not taken for what comes later") {
  // A message each minute, always the same; the reader is away for some of them.
  const auto act = [](bool is_kept, std::chrono::milliseconds until_next, bool holds) {
    return [=](overheard& here) {
      device writer(here), reader(here);
      writer.connects("writer");
      reader.connects("reader", false).subscribes("plant/heat", 1).leaves();
      constexpr int missed = 3, met = 8;
      for (int i = 0; i < missed; ++i) {
        writer.publishes("plant/heat", 0, 0, "ok");
        here.passes(60s);
      }
      device back(here);
      back.connects("reader", false, 60, {}, {}, true);
      for (int i = 0; i < missed && is_kept; ++i) back.gets("plant/heat", 0, 0, "ok");
      here.passes(until_next);
      for (int i = 0; i < met; ++i) {
        writer.publishes("plant/heat", 0, 0, "ok");
        if (holds) here.passes(4s);
        back.gets("plant/heat", 0, 0, "ok");
        here.passes(60s);
      }
    };
  };
  for (const bool is_kept : {false, true}) {
    for (const auto until_next : {1000ms, 60'000ms}) {
      CAPTURE(is_kept);
      CAPTURE(until_next.count());
      const auto healthy = act(is_kept, until_next, false);
      CHECK_FALSE(has(explains(symptom::late, healthy), "in the broker"));
      CHECK_FALSE(has(explains(symptom::some_missing, healthy), "queue-overflow"));
      CHECK(explains(symptom::wrong_order, healthy) == "");
      CHECK(explains(symptom::twice, healthy).starts_with("delivery-flood: "));
    }
  }
  CHECK(has(explains(symptom::late, act(false, 60s, true)), "lie in the broker for up to 4 s"));
}

// ---- it cannot be sent
// ---------------------------------------------------------------------------------

TEST_CASE("a broker that stops acknowledging is told from an app that does not wait") {
  const auto act = [](int taken, std::chrono::milliseconds each, std::chrono::milliseconds wait,
                      bool leaves) {
    return [=](overheard& here) {
      device writer(here);
      writer.connects("writer");
      for (int i = 0; i < 10; ++i) {
        writer.publishes("load", 1, id_of(i), number(i));
        here.passes(each);
        if (i < taken) writer.hears(packet_type::puback, id_of(i));
      }
      here.passes(wait);
      if (leaves) writer.breaks_off();
    };
  };
  for (const int taken : {5, 0})
    CHECK(has(explains(symptom::cannot_send, act(taken, 50ms, 5s, true)),
              "delivery-acknowledged-late: The broker, or something on the way to it, stopped"));
  CHECK(has(explains(symptom::cannot_send, act(5, 50ms, 6s, false)), "stopped acknowledging"));
  CHECK(has(explains(symptom::cannot_send, act(9, 50ms, 100ms, true)),
            "itself ends its connection before the broker has acknowledged"));
  // Where each takes long, a longer wait proves nothing.
  CHECK_FALSE(has(explains(symptom::cannot_send, act(9, 1s, 2s, true)), "stopped acknowledging"));
  CHECK_FALSE(has(explains(symptom::cannot_send, act(10, 50ms, 9s, true)), "acknowledg"));
}

// ---- wills
// ---------------------------------------------------------------------------------------

namespace {

void with_will(device& of) {
  of.will = "box/availability";
  of.will_payload = "offline";
  of.is_will_retained = true;
}

/// An older connection of one device ends after the newer one has said that it is there.
void comes_anew(overheard& here, std::string_view older_id, std::string_view newer_id,
                bool is_will_given, bool says_so_again) {
  device reader(here), older(here), newer(here);
  for (device* const each : {&older, &newer}) {
    here.monitor.opened(each->number(), "10.0.0.9:" + std::to_string(each->number()), "10.0.0.9");
    with_will(*each);
  }
  reader.connects("ha").subscribes("box/availability");
  older.connects(older_id, true, 3).publishes("box/availability", 0, 0, "online", true);
  reader.gets("box/availability", 0, 0, "online");
  here.passes(3s);
  newer.connects(newer_id, true, 30).publishes("box/availability", 0, 0, "online", true);
  reader.gets("box/availability", 0, 0, "online");
  here.passes(1s);
  older.is_hung_up_on();
  if (is_will_given) reader.gets("box/availability", 0, 0, "offline");
  if (says_so_again) {
    newer.publishes("box/availability", 0, 0, "online", true);
    reader.gets("box/availability", 0, 0, "online");
  }
  here.now += 50ms;
}

}  // namespace

TEST_CASE("the will of an older connection that came last is named, whatever its identifier") {
  const auto seen = [](std::string_view newer, bool given, bool again) {
    return explains(symptom::shown_offline,
                    [=](overheard& here) { comes_anew(here, "box-1", newer, given, again); });
  };
  CHECK(has(seen("box-2", true, false), "session-will-status: An older connection (box-1"));
  CHECK(has(seen("box-1", true, false), "session-will-status: An older connection (box-1"));
  for (const std::string_view newer : {"box-1", "box-2"}) {
    CHECK_FALSE(has(seen(newer, true, true), "older connection"));
    CHECK_FALSE(has(seen(newer, false, true), "older connection"));
  }
  // Of one identifier it is nothing that no will was seen.
  CHECK_FALSE(has(seen("box-1", false, false), "older connection"));
  // One device under two identifiers shares its topic with nobody.
  CHECK_FALSE(has(seen("box-2", true, false), "the same topic for their will"));
}

TEST_CASE(
    "a will that comes in spite of DISCONNECT is told, and what the client said itself is not") {
  const auto act = [](bool comes, bool says_so) {
    return [=](overheard& here) {
      device reader(here), box(here);
      with_will(box);
      reader.connects("ha").subscribes("box/availability");
      box.connects("box").publishes("box/availability", 0, 0, "online", true);
      reader.gets("box/availability", 0, 0, "online");
      here.passes(7s);
      if (says_so) box.publishes("box/availability", 0, 0, "offline", true);
      box.leaves();
      if (comes) reader.gets("box/availability", 0, 0, "offline");
      here.passes(3s);
    };
  };
  CHECK(has(explains(symptom::shown_offline, act(true, false)), "was published all the same"));
  CHECK_FALSE(has(explains(symptom::shown_offline, act(true, true)), "all the same"));
  CHECK_FALSE(has(explains(symptom::shown_offline, act(false, false)), "all the same"));
}

// ---- thrown out
// ---------------------------------------------------------------------------------------

TEST_CASE("clients without an identifier that the broker takes for one") {
  const auto act = [](int times, std::chrono::milliseconds later) {
    return [=](overheard& here) {
      std::vector<std::unique_ptr<device>> all;
      for (int i = 0; i < times; ++i) {
        all.push_back(std::make_unique<device>(here));
        all.back()->connects("");
        here.passes(later);
        if (i != 0) all[all.size() - 2]->is_hung_up_on();
        here.passes(3s);
      }
    };
  };
  CHECK(has(explains(symptom::drops, act(5, 100ms)),
            "session-duplicate-client-id: The broker ends the connection of a client without"));
  CHECK_FALSE(has(explains(symptom::drops, act(5, 2s)), "without a client identifier"));
  CHECK_FALSE(has(explains(symptom::drops, act(3, 100ms)), "without a client identifier"));
  // Ended at a packet of their own, or while another one without a name stands.
  for (const bool is_packet : {true, false}) {
    const std::string told = explains(symptom::drops, [=](overheard& here) {
      device standing(here);
      if (!is_packet) standing.connects("");
      for (int i = 0; i < 6; ++i) {
        device visitor(here), next(here);
        visitor.connects("");
        here.passes(1s);
        next.connects("");
        here.passes(100ms);
        if (is_packet) visitor.publishes("forbidden");
        visitor.is_hung_up_on();
        here.passes(2s);
        next.leaves();
      }
    });
    CHECK_FALSE(has(told, "without a client identifier"));
  }
}

TEST_CASE("ends without a word, of one client alone, are most often somebody else's identifier") {
  const auto act = [](int times, bool is_with_another, bool says_goodbye,
                      std::chrono::milliseconds after = 0ms) {
    return [=](overheard& here) {
      for (int i = 0; i < times; ++i) {
        device app(here), other(here);
        app.connects("node-red").subscribes("in/#");
        other.connects("other").subscribes("in/#");
        here.passes(after != 0ms ? after : std::chrono::milliseconds(2000 + 700 * i));
        if (says_goodbye) {
          app.leaves();
        } else {
          app.is_hung_up_on();
        }
        if (is_with_another) other.is_hung_up_on();
        here.passes(3s);
        if (!is_with_another) other.leaves();
      }
    };
  };
  const std::string told = explains(symptom::drops, act(4, false, false));
  CHECK(has(told, "session-duplicate-client-id: The broker, or something before it, ended 4"));
  CHECK_FALSE(has(explains(symptom::drops, act(4, true, false)), "without a word"));
  CHECK_FALSE(has(explains(symptom::drops, act(2, false, false)), "without a word"));
  CHECK_FALSE(has(explains(symptom::drops, act(4, false, true)), "without a word"));
  CHECK_FALSE(has(explains(symptom::drops, act(4, false, false, 30s)), "without a word"));
  CHECK_FALSE(has(warns(act(4, false, false)), "without a word"));
}

// ---- in a circle
// ---------------------------------------------------------------------------------------

TEST_CASE("two brokers hand one message to each other, and neither sends it back") {
  const auto act = [](std::string_view second_broker) {
    return [=](overheard& here) {
      device one(here), two(here);
      here.monitor.opened(one.number(), "10.0.0.1:5001", "10.0.0.1", "10.0.0.2");
      here.monitor.opened(two.number(), "10.0.0.2:5002", "10.0.0.2", std::string(second_broker));
      one.connects("a-to-b");
      two.connects("b-to-a");
      for (int i = 0; i < 60; ++i) {
        one.publishes("x/cmd", 0, 0, "reboot");
        two.publishes("x/cmd", 0, 0, "reboot");
        here.now += 10ms;
      }
    };
  };
  CHECK(has(warns(act("10.0.0.1")), "Two brokers hand one message to each other: 10.0.0.2"));
  // Two that publish the same to one broker, or to a third.
  CHECK(warns(act("10.0.0.3")).empty());
}

TEST_CASE("of a circle one broker alone is heard, and a device that repeats itself makes none") {
  const auto act = [](bool is_from_another, std::chrono::milliseconds pace, bool was_there) {
    return [=](overheard& here) {
      device backend(here), bridge(here), reader(here);
      reader.connects("reader").subscribes("x/#");
      backend.connects("backend");
      if (was_there) {
        bridge.was_there().sends(packet_type::pingreq).hears(packet_type::pingresp);
      } else {
        bridge.connects("panel");
      }
      if (is_from_another) backend.publishes("x/cmd", 0, 0, "reboot");
      for (int i = 0; i < 60; ++i) {
        bridge.publishes("x/cmd", 0, 0, "reboot");
        reader.gets("x/cmd", 0, 0, "reboot");
        here.now += pace;
      }
    };
  };
  for (const symptom seen : {symptom::too_much, symptom::twice, symptom::unwanted})
    CHECK(has(explains(seen, act(true, 10ms, true)), "delivery-feedback-loop: 10.0.0.2:5000"));
  CHECK_FALSE(has(explains(symptom::too_much, act(false, 10ms, true)), "feedback-loop"));
  CHECK_FALSE(has(explains(symptom::too_much, act(true, 200ms, true)), "feedback-loop"));
  CHECK_FALSE(has(explains(symptom::too_much, act(true, 10ms, false)), "feedback-loop"));
  CHECK(warns(act(true, 10ms, true)) == "");
}
