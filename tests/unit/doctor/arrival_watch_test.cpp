// What the user sees of messages on their way, the mechanisms behind it, and sessions in which none
// of them is at work.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

struct told {
  std::string first;  ///< the cause that fits best
  std::string id;
  std::string all;
  std::string excluded;
};

/// What is told of a scene when that is seen.
told tell(symptom seen, const std::function<void(overheard&)>& act) {
  overheard here;
  here.monitor = traffic_monitor(seen);
  act(here);
  here.monitor.finish(here.now);
  told made;
  const remark* best = nullptr;
  for (const remark& each : here.monitor.causes()) {
    if (!each.shows_as.contains(seen)) continue;
    made.all += text_of(each) + '\n';
    if (best == nullptr || each.how > best->how) best = &each;
  }
  if (best != nullptr) {
    made.first = text_of(*best);
    made.id = best->id;
  }
  for (const ruled_out& each : here.monitor.excluded())
    made.excluded += in_english(each.why) + '\n';
  return made;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A reader of plant/# and a writer, both connected; count messages that come one by one.
void comes_well(overheard& here, int count = 6) {
  device reader(here), writer(here);
  reader.connects("reader").subscribes("plant/heat");
  writer.connects("writer");
  for (int i = 0; i < count; ++i) {
    writer.publishes("plant/heat", 0, 0, "t" + std::to_string(i));
    reader.gets("plant/heat", 0, 0, "t" + std::to_string(i));
    here.passes(1s);
  }
}

}  // namespace

TEST_CASE("where every message comes once, in time and in order, that is what is said") {
  for (const symptom seen : {symptom::some_missing, symptom::twice, symptom::late,
                             symptom::wrong_order, symptom::nothing_arrives}) {
    const told made = tell(seen, [](overheard& here) { comes_well(here); });
    CAPTURE(word_of(seen));
    CHECK(made.all == "");
    CHECK(has(made.excluded, "6 messages"));
  }
}

TEST_CASE("nothing of it is told unasked") {
  overheard here;
  comes_well(here);
  here.monitor.finish(here.now);
  CHECK(here.is_silent());
  CHECK(here.monitor.excluded().empty());
}

TEST_CASE("a session that holds no subscription for what is published") {
  const told made = tell(symptom::nothing_arrives, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader", false, 60, {}, {}, true);
    writer.connects("writer");
    for (int i = 0; i < 4; ++i) {
      writer.publishes("plant/heat");
      here.passes(3s);
    }
  });
  CHECK(has(made.first, "subscribes to nothing on this connection"));
}

TEST_CASE("a filter that was left, and a writer that has gone") {
  told made = tell(symptom::nothing_arrives, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer").publishes("plant/heat");
    reader.gets("plant/heat");
    here.passes(30s);
    byte_buffer out;
    subscription left;
    left.filter = "plant/heat";
    REQUIRE_FALSE(encode_unsubscribe(out, protocol_version::v3_1_1, 2, {&left, 1}));
    reader.client_sends(out);
    for (int i = 0; i < 3; ++i) {
      here.passes(5s);
      writer.publishes("plant/heat");
    }
  });
  CHECK(has(made.first, "unsubscribed from \"plant/heat\""));
  made = tell(symptom::nothing_arrives, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer");
    for (int i = 0; i < 3; ++i) {
      writer.publishes("plant/heat");
      reader.gets("plant/heat");
      here.passes(5s);
    }
    writer.breaks_off();
    here.passes(60s);
  });
  CHECK(has(made.first, "writer (10.0.0.2), which published to \"plant/heat\" (3 messages), has"));
}

TEST_CASE("of several messages one was never sent on") {
  const told made = tell(symptom::some_missing, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer");
    for (int i = 0; i < 6; ++i) {
      writer.publishes("plant/heat", 0, 0, std::to_string(i));
      if (i != 2) reader.gets("plant/heat", 0, 0, std::to_string(i));
      here.passes(1s);
    }
  });
  CHECK(has(made.first, "1 of 6 messages that writer"));
}

TEST_CASE("a subscription of QoS 0 explains less than a message that was lost while away") {
  const told made = tell(symptom::some_missing, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer").publishes_well("plant/heat");
    reader.gets("plant/heat");
    here.passes(2s);
    reader.leaves();
    here.passes(10s);
    writer.publishes_well("plant/heat");
    here.passes(5s);
    device again(here);
    again.connects("reader").subscribes("plant/heat");
    here.passes(10s);
  });
  CHECK(has(made.first, "was not connected for"));
  CHECK(has(made.all, "at QoS 0"));
}

/// What a reader gets when it comes back, after the writer has published a retained message.
struct coming_back {
  bool is_session_kept = true;      ///< and so the message waited in it
  bool subscribes_anew = true;      ///< so that the broker sends the retained one
  const char* retained = "open";    ///< what is retained by then
  std::chrono::seconds until = 0s;  ///< before it subscribes anew
};

told told_of_coming_back(const coming_back& how) {
  return tell(symptom::twice, [&](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader", false).subscribes("gate/state", 1);
    writer.connects("writer");
    here.passes(1s);
    reader.leaves();
    here.passes(5s);
    writer.publishes("gate/state", 1, 7, "open", true).hears(packet_type::puback, 7);
    if (std::string_view(how.retained) != "open")
      writer.publishes("gate/state", 1, 8, how.retained, true).hears(packet_type::puback, 8);
    here.passes(5s);
    device again(here);
    again.connects("reader", false, 60, {}, {}, how.is_session_kept);
    if (how.is_session_kept) again.gets("gate/state", 1, 3, "open").sends(packet_type::puback, 3);
    here.passes(how.until);
    if (how.subscribes_anew) {
      again.subscribes("gate/state", 1);
      again.broker_sends(again.message("gate/state", 1, 4, how.retained, true, {}));
      again.sends(packet_type::puback, 4);
    }
    here.passes(5s);
  });
}

TEST_CASE("what waited in the session comes once more as the retained message") {
  const told made = told_of_coming_back({});
  CHECK(made.id == "delivery-retained-present");
  CHECK(has(made.first, "gets a message of \"gate/state\" twice when it comes back (times: 1)"));
}

TEST_CASE("of a message that waited, or that is retained, one alone is no message twice") {
  coming_back without_anew, without_session, another, later;
  without_anew.subscribes_anew = false;
  without_session.is_session_kept = false;
  another.retained = "shut";
  later.until = 60s;
  for (const coming_back* how : {&without_anew, &without_session, &another, &later})
    CHECK_FALSE(has(told_of_coming_back(*how).all, "twice when it comes back"));
}

TEST_CASE("a retained message comes again with each new connection") {
  const auto scene = [](overheard& here, const char* second) {
    for (const char* const payload : {"open", second}) {
      device reader(here);
      reader.connects("reader").subscribes("gate/state");
      reader.broker_sends(reader.message("gate/state", 0, 0, payload, true, {}));
      here.passes(5s);
      reader.leaves();
      here.passes(5s);
    }
  };
  const told made = tell(symptom::twice, [&](overheard& here) { scene(here, "open"); });
  CHECK(has(made.first, "gets the retained message of \"gate/state\", which it had already"));
  const told news = tell(symptom::twice, [&](overheard& here) { scene(here, "shut"); });
  CHECK_FALSE(has(news.all, "which it had already"));
}

TEST_CASE("sent again after the connection had ended") {
  const auto scene = [](overheard& here, bool is_acknowledged) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer", false).publishes("plant/heat", 1, 5, "21");
    if (is_acknowledged) writer.hears(packet_type::puback, 5);
    reader.gets("plant/heat", 0, 0, "21");
    here.passes(1s);
    writer.breaks_off();
    here.passes(3s);
    device again(here);
    again.connects("writer", false, 60, {}, {}, true);
    again.client_sends(again.message("plant/heat", 1, 5, is_acknowledged ? "22" : "21", false, {},
                                     !is_acknowledged));
    again.hears(packet_type::puback, 5);
    reader.gets("plant/heat", 0, 0, is_acknowledged ? "22" : "21");
    here.passes(3s);
  };
  const told made = tell(symptom::twice, [&](overheard& here) { scene(here, false); });
  CHECK(has(made.first, "sent it again on the next one"));
  CHECK(tell(symptom::twice, [&](overheard& here) { scene(here, true); }).all == "");
}

TEST_CASE("many at once: of a writer that was away, of a reader that was, and in batches") {
  told made = tell(symptom::late, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer");
    int number = 0;
    const auto says = [&](device& by, std::chrono::milliseconds then) {
      const std::string text = std::to_string(++number);
      by.publishes("plant/heat", 0, 0, text);
      reader.gets("plant/heat", 0, 0, text);
      here.passes(then);
    };
    for (int i = 0; i < 4; ++i) says(writer, 1s);
    writer.breaks_off();
    here.passes(20s);
    device again(here);
    again.connects("writer");
    for (int i = 0; i < 12; ++i) says(again, 10ms);
    here.passes(5s);
  });
  CHECK(has(made.first, "was away for 20 s and sent 12 messages"));
  made = tell(symptom::late, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer");
    for (int i = 0; i < 24; ++i) {
      writer.publishes("plant/heat", 0, 0, std::to_string(i));
      reader.gets("plant/heat", 0, 0, std::to_string(i));
      here.passes(i % 6 == 5 ? 5s : 10ms);
    }
  });
  CHECK(has(made.first, "many at a time: about 6 at once"));
}

TEST_CASE("the broker holds messages back, or the reader that acknowledges late does") {
  told made = tell(symptom::late, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat");
    writer.connects("writer");
    for (int i = 0; i < 4; ++i) {
      writer.publishes("plant/heat", 0, 0, std::to_string(i));
      here.passes(4s);
      reader.gets("plant/heat", 0, 0, std::to_string(i));
      here.passes(2s);
    }
  });
  CHECK(has(made.first, "lie in the broker for up to 4 s"));
  made = tell(symptom::late, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat", 1);
    writer.connects("writer");
    for (std::uint16_t i = 1; i < 6; ++i) {
      writer.publishes_well("plant/heat");
      reader.gets("plant/heat", 1, i);
      here.passes(3s);
      reader.sends(packet_type::puback, i);
      here.passes(1s);
    }
  });
  CHECK(has(made.first, "takes 3 s to acknowledge"));
}

TEST_CASE("another order: by QoS, by two writers, at the broker, and in the writer itself") {
  const auto scene = [](overheard& here, int first_qos, bool is_other, bool is_swapped) {
    device reader(here), writer(here), other(here);
    reader.connects("reader").subscribes("plant/heat", 1);
    writer.connects("writer");
    other.connects("other");
    device& second = is_other ? other : writer;
    for (std::uint16_t i = 0; i < 3; ++i) {
      const std::string a = "a" + std::to_string(i), b = "b" + std::to_string(i);
      writer.publishes("plant/heat", first_qos, 7, a);
      second.publishes("plant/heat", 0, 0, b);
      const std::uint16_t id = static_cast<std::uint16_t>(i + 1);
      if (!is_swapped) reader.gets("plant/heat", first_qos, id, a);
      reader.gets("plant/heat", 0, 0, b);
      if (is_swapped) reader.gets("plant/heat", first_qos, id, a);
      if (first_qos != 0) {
        writer.hears(packet_type::puback, 7);
        reader.sends(packet_type::puback, id);
      }
      here.passes(1s);
    }
  };
  const auto told_of = [&](int qos, bool is_other, bool is_swapped) {
    return tell(symptom::wrong_order,
                [&](overheard& here) { scene(here, qos, is_other, is_swapped); });
  };
  CHECK(has(told_of(1, false, true).first, "they are of different QoS"));
  CHECK(has(told_of(0, true, true).first, "Messages of two clients"));
  CHECK(has(told_of(0, false, true).first, "The broker sends"));
  CHECK(told_of(0, false, false).all == "");
  const told made = tell(symptom::wrong_order, [](overheard& here) {
    device writer(here);
    writer.connects("writer");
    for (const char* each : {"1", "2", "4", "3", "5", "6", "8", "7"}) {
      writer.publishes("plant/heat", 0, 0, each);
      here.passes(1s);
    }
  });
  CHECK(has(made.first, "itself publishes to \"plant/heat\" in another order"));
}

TEST_CASE("a session that was ended in DISCONNECT, and one that was too short") {
  const auto scene = [](overheard& here, bool is_zeroed, std::chrono::seconds away) {
    device writer(here), reader(here, protocol_version::v5);
    writer.connects("writer");
    const properties lasts = with(property_id::session_expiry_interval, 60);
    reader.connects("reader", false, 60, lasts).subscribes("plant/heat", 1);
    here.passes(2s);
    reason_packet bye;
    const properties zero = with(property_id::session_expiry_interval, 0);
    if (is_zeroed) bye.properties = zero;
    byte_buffer out;
    REQUIRE_FALSE(encode(out, protocol_version::v5, packet_type::disconnect, bye));
    reader.client_sends(out);
    reader.breaks_off();
    here.passes(away);
    writer.publishes_well("plant/heat");
    here.passes(1s);
    device again(here, protocol_version::v5);
    again.connects("reader", false, 60, lasts, {}, !is_zeroed && away < 60s);
    if (!is_zeroed && away < 60s) again.gets("plant/heat", 1, 1).sends(packet_type::puback, 1);
    here.passes(10s);
  };
  CHECK(
      has(tell(symptom::missed_while_away, [&](overheard& here) { scene(here, true, 10s); }).first,
          "Session Expiry Interval 0 in its DISCONNECT"));
  CHECK(
      has(tell(symptom::missed_while_away, [&](overheard& here) { scene(here, false, 90s); }).first,
          "longer than its session lasts"));
  CHECK(tell(symptom::missed_while_away, [&](overheard& here) { scene(here, false, 10s); }).all ==
        "");
}

TEST_CASE("a filter that takes in more than was meant, and one that was never left") {
  const told made = tell(symptom::unwanted, [](overheard& here) {
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/#");
    writer.connects("writer");
    for (const char* each : {"plant/a", "plant/b", "plant/c", "plant/d", "plant/e"}) {
      writer.publishes(each);
      reader.gets(each);
      here.passes(1s);
    }
  });
  CHECK(has(made.first, "takes in 5 topics"));
  CHECK(made.id == "delivery-filter-wide");
}

TEST_CASE("too much: the same again and again, and a topic for each message") {
  told made = tell(symptom::too_much, [](overheard& here) {
    device writer(here);
    writer.connects("writer");
    for (int i = 0; i < 30; ++i) {
      writer.publishes("plant/heat", 0, 0, "21");
      here.passes(1s);
    }
  });
  CHECK(has(made.first, "29 of 30 messages say the same"));
  made = tell(symptom::too_much, [](overheard& here) {
    device writer(here);
    writer.connects("writer");
    for (int i = 0; i < 30; ++i) {
      writer.publishes("plant/" + std::to_string(1'700'000'000 + i), 0, 0, std::to_string(i));
      here.passes(1s);
    }
  });
  CHECK(has(made.first, "a new topic each time"));
  CHECK(made.id == "delivery-flood");
}

TEST_CASE(
    "its own messages by a wide filter are told to who does not want them, and to nobody else") {
  for (const symptom seen : {symptom::none, symptom::late, symptom::unwanted}) {
    overheard here;
    here.monitor = traffic_monitor(seen);
    device app(here);
    app.connects("app").subscribes("app/#");
    for (int i = 0; i < 4; ++i) {
      app.publishes("app/door", 0, 0, std::to_string(i));
      app.gets("app/door", 0, 0, std::to_string(i));
      here.passes(1s);
    }
    here.monitor.finish(here.now);
    CHECK(here.tells("as its filter \"app/#\" takes them in") == (seen == symptom::unwanted));
  }
}

TEST_CASE("a writer is called silent for who is subscribed, and where nobody else got it since") {
  const auto made = [](bool is_heard_since, bool leaves_filter) {
    return tell(symptom::nothing_arrives, [&](overheard& here) {
      device reader(here), writer(here);
      reader.connects("reader").subscribes("plant/heat");
      writer.connects("writer");
      for (int i = 0; i < 4; ++i) {
        writer.publishes("plant/heat", 0, 0, "t" + std::to_string(i));
        reader.gets("plant/heat", 0, 0, "t" + std::to_string(i));
        here.passes(2s);
      }
      std::unique_ptr<device> again;
      if (leaves_filter) {
        reader.breaks_off();
        here.passes(1s);
        again = std::make_unique<device>(here);
        again->connects("reader");
      }
      if (is_heard_since) writer.publishes("plant/heat", 0, 0, "late");
      here.passes(60s);
    });
  };
  CHECK(has(made(false, false).all, "is subscribed, and nothing comes"));
  CHECK_FALSE(has(made(true, true).all, "is subscribed, and nothing comes"));
  CHECK_FALSE(has(made(false, true).all, "is subscribed, and nothing comes"));
}

TEST_CASE("what is acknowledged by another number comes again, and that is why") {
  const auto told_of = [](bool answers, std::uint16_t as) {
    return tell(symptom::twice, [&](overheard& here) {
      device writer(here);
      writer.connects("writer");
      {
        device reader(here);
        reader.connects("reader", false).subscribes("plant/heat", 1);
        writer.publishes("plant/heat", 1, 5, "on").hears(packet_type::puback, 5);
        reader.gets("plant/heat", 1, 2, "on");
        if (answers) reader.sends(packet_type::puback, as);
        here.passes(1s);
        reader.breaks_off();
      }
      here.passes(1s);
      device reader(here);
      reader.connects("reader", false, 60, {}, {}, true);
      reader.broker_sends(reader.message("plant/heat", 1, 2, "on", false, {}, true));
      reader.sends(packet_type::puback, 2);
      here.passes(1s);
    });
  };
  CHECK(has(told_of(true, 1).first, "PUBACK 1 while 2 was open"));
  CHECK(has(told_of(false, 0).first, "their acknowledgement had not come"));
}

TEST_CASE("where all has come and was acknowledged, that is the answer") {
  const auto is_answer = [](int qos, bool answers) {
    overheard here;
    here.monitor = traffic_monitor(symptom::nothing_arrives);
    device reader(here), writer(here);
    reader.connects("reader").subscribes("plant/heat", 1);
    writer.connects("writer");
    for (std::uint16_t i = 1; i < 5; ++i) {
      writer.publishes("plant/heat", qos, i, std::to_string(i));
      if (qos == 1) writer.hears(packet_type::puback, i);
      reader.gets("plant/heat", qos, i, std::to_string(i));
      if (answers) reader.sends(packet_type::puback, i);
      here.passes(1s);
    }
    here.monitor.finish(here.now);
    const auto all = here.monitor.excluded();
    return std::any_of(all.begin(), all.end(),
                       [](const ruled_out& each) { return each.is_answer; });
  };
  CHECK(is_answer(1, true));
  CHECK_FALSE(is_answer(0, false));
}

TEST_CASE("a level of the filter that nobody filled in is named as one") {
  const auto asks_for = [](const std::string& filter) {
    return tell(symptom::nothing_arrives, [&](overheard& here) {
      device app(here), plug(here);
      app.connects("app").subscribes(filter);
      plug.connects("plug");
      for (int i = 0; i < 5; ++i) {
        plug.publishes("devices/plug-42/state");
        here.passes(5s);
      }
    });
  };
  for (const char* const filter : {"devices/undefined/state", "devices/None/state",
                                   "devices/{id}/state", "devices/[object Object]/state"}) {
    CAPTURE(filter);
    CHECK(has(asks_for(filter).first, "stands where a value belongs"));
  }
  for (const char* const filter : {"devices/plug-43/state", "other/undefined/state"}) {
    CAPTURE(filter);
    CHECK_FALSE(has(asks_for(filter).all, "stands where a value belongs"));
  }
}
