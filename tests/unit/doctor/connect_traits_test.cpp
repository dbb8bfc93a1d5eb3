// What differs between a CONNECT that the broker let in and one that it did not, and clients that
// never come to ask for anything.
#include <doctest/doctest.h>

#include <string>

#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

constexpr auto v5 = protocol_version::v5;

/// One client of the usual kind is let in, and `odd` is hung up on three times.
template <typename Odd>
std::string hung_up_on(Odd odd, protocol_version version = protocol_version::v3_1_1) {
  overheard here;
  device usual(here);
  usual.connects("usual");
  for (int i = 0; i < 3; ++i) {
    device made(here, version);
    odd(made);
    made.is_hung_up_on();
    here.passes(1s);
  }
  here.passes(3s);
  return here.told();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct missing_scene : overheard {
  explicit missing_scene(symptom seen) { monitor = traffic_monitor(seen); }
  const std::string& end() {
    monitor.finish(now);
    return told();
  }
};

}  // namespace

TEST_CASE("whatever of a CONNECT no accepted one has is named, where the broker hangs up on it") {
  CHECK(has(hung_up_on([](device& of) { of.asks_in("meter", true, 10); }),
            "a keep alive of 10 s (the shortest that was let in: 60 s)"));
  CHECK(has(hung_up_on([](device& of) { of.asks_in("meter", true, 3600); }),
            "a keep alive of 3600 s (the longest that was let in: 60 s)"));
  CHECK(has(hung_up_on([](device& of) { of.asks_in("meter", false); }), "clean session off"));
  CHECK(has(hung_up_on([](device& of) { of.asks_in("a:b"); }),
            "an identifier with other characters than letters"));
  CHECK(has(hung_up_on([](device& of) { of.asks_in("old"); }, protocol_version::v3_1), "MQTT 3.1"));
  CHECK(has(hung_up_on([](device& of) {
              of.user = "alice";
              of.asks_in("named");
            }),
            "a user name, no password"));
  const std::string large(3000, 'x');
  CHECK(has(hung_up_on([&](device& of) {
              of.will = "gateway/state";
              of.will_payload = large;
              of.asks_in("gateway");
            }),
            "a will of 3000 bytes (the largest CONNECT that was let in: "));
  CHECK(has(hung_up_on([&](device& of) { of.asks_in(large); }), "a CONNECT of 3015 bytes"));
  CHECK(has(hung_up_on([](device& of) {
              of.will = "$SYS/x";
              of.is_will_retained = true;
              of.asks_in("dollar");
            }),
            "a retained will, a will without a message, a will to a topic that begins with $"));
}

TEST_CASE("a property of CONNECT is named where others of MQTT 5 were let in without it") {
  overheard here;
  device usual(here, v5), odd(here, v5);
  usual.connects("usual");
  odd.asks_in("odd", true, 60, with(property_id::topic_alias_maximum, 10)).is_hung_up_on();
  here.passes(3s);
  CHECK(here.tells("What they do not have: Topic Alias Maximum."));
  device old(here, protocol_version::v3_1_1);
  CHECK(has(hung_up_on(
                [](device& of) {
                  of.asks_in("new", true, 60, with(property_id::topic_alias_maximum, 10));
                },
                v5),
            "What they do not have: MQTT 5."));
}

TEST_CASE("a client that is let in with another keep alive shows what it was") {
  overheard here;
  for (int i = 0; i < 4; ++i) {
    device of(here);
    of.asks_in("meter-7", true, 10).is_hung_up_on();
    here.passes(500ms);
  }
  device again(here);
  again.connects("meter-7", true, 60).leaves();
  here.passes(3s);
  CHECK(here.tells("cause mqtt-closed-after-connect: "));
  CHECK(here.tells("a keep alive of 10 s (the shortest that was let in: 60 s)"));
  // Of the client itself, so that a report on its connections has it.
  CHECK(here.monitor.causes().front().connection == 4);
}

TEST_CASE("a CONNECT like those that were let in, or once with another keep alive, says nothing") {
  CHECK_FALSE(has(hung_up_on([](device& of) { of.asks_in("same"); }), "hangs up"));
  overheard here;
  device usual(here), other(here), twice(here);
  usual.connects("usual");
  other.asks_in("other", true, 10).is_hung_up_on();
  here.passes(3s);
  CHECK(here.is_silent());
  // Who came with 5 s was let in: 10 s is not too short.
  twice.connects("quick", true, 5);
  for (int i = 0; i < 3; ++i) {
    device again(here);
    again.asks_in("other", true, 10).is_hung_up_on();
  }
  here.passes(3s);
  CHECK_FALSE(here.tells("keep alive"));
}

TEST_CASE("a refused user name is compared with those that were let in") {
  const auto refused = [](std::string_view name, std::string_view good) {
    overheard here;
    device phone(here), laptop(here);
    phone.user = name;
    phone.answered = 5;
    phone.connects("phone").is_hung_up_on();
    here.passes(1s);
    laptop.user = good;
    laptop.connects("laptop");
    here.passes(1s);
    std::string all;
    for (const remark& each : here.monitor.causes()) all += text_of(each);
    return all;
  };
  CHECK(has(refused("alice ", "alice"), "holds what one does not see in it: a space at the end."));
  CHECK(has(refused("alice ", "alice"), "The user \"alice\" was let in: the two differ only"));
  CHECK(has(refused("Alice", "alice"), "The user \"alice\" was let in"));
  CHECK(has(refused("\xD0\xB0lice", "alice"), "a character that is unseen or looks like another"));
  CHECK(has(refused("\"alice\"", "alice"), "quotation marks around it"));
  CHECK(has(refused(" bob", "alice"), "a space at the beginning"));
  CHECK_FALSE(has(refused("bob", "alice"), "was let in"));
  CHECK(has(refused("alice", "alice"), "was let in with the same password"));
}

TEST_CASE("a refused identifier is compared likewise") {
  overheard here;
  device good(here), odd(here);
  good.connects("Meter-7");
  odd.answered = 2;
  odd.connects("meter-7 ").is_hung_up_on();
  CHECK(here.tells("Its identifier \"meter-7 \" holds what one does not see in it"));
  CHECK(here.tells("\"Meter-7\" was let in: the two differ only in blanks, case"));
}

TEST_CASE("a message that is hung up on is compared with those that were taken") {
  const auto hung_up = [](int qos, bool retain) {
    overheard here;
    device good(here), odd(here);
    good.connects("good").publishes_well("a");
    odd.connects("odd").publishes("b", qos, qos == 0 ? 0 : 9, "x", retain).is_hung_up_on();
    here.passes(3s);
    return here.told();
  };
  CHECK(has(hung_up(2, false), "cause mqtt-qos-not-supported: The broker hangs up on odd"));
  CHECK(has(hung_up(2, false), "right after it has published at QoS 2 (times: 1"));
  CHECK(has(hung_up(1, true), "cause mqtt-retain-not-supported"));
  CHECK(has(hung_up(1, true), "published with the retain flag (times: 1; the last time to \"b\""));
  CHECK(has(hung_up(2, true), "what no message had that it took: QoS 2, the retain flag"));
  CHECK(has(hung_up(1, false), "cause auth-acl-publish-closes"));
  CHECK_FALSE(has(hung_up(1, false), "takes messages"));
}

TEST_CASE("where the topic was taken before, only what else is unlike explains a hang-up") {
  const auto hung_up = [](bool retain) {
    overheard here;
    for (int i = 0; i < 3; ++i) {
      device odd(here);
      odd.connects("odd").publishes_well("a").publishes("a", 1, 9, "x", retain).is_hung_up_on();
      here.passes(3s);
    }
    std::string all;
    for (const remark& each : here.monitor.causes()) all += each.id + ": " + text_of(each) + '\n';
    return all;
  };
  CHECK(has(hung_up(true), "published with the retain flag (times: 3;"));
  CHECK_FALSE(has(hung_up(false), "not-supported"));
  CHECK_FALSE(has(hung_up(false), "auth-acl-publish-closes"));
}

TEST_CASE("a right that was suspected first is taken back once something is unlike") {
  overheard here;
  for (int i = 0; i < 3; ++i) {
    device odd(here);
    odd.connects("odd").publishes("a", 1, 9, "x", true).is_hung_up_on();
    here.passes(3s);
    device good(here);
    good.connects("good").publishes_well("b");
    here.passes(30s);
  }
  CHECK(here.tells("cause auth-acl-publish-closes"));  // nothing had been taken by then
  REQUIRE(here.monitor.causes().size() == 1);
  CHECK(here.monitor.causes()[0].id == "mqtt-retain-not-supported");
}

TEST_CASE("a connection that ends again and again outweighs a subscription that is refused") {
  const auto first_of_recap = [](int times) {
    overheard here;
    device other(here);
    other.connects("other").publishes_well("c");
    for (int i = 0; i < times; ++i) {
      device odd(here);
      odd.connects("odd").subscribes("a", 1, 128).publishes("b", 2, 9).is_hung_up_on();
      here.passes(3s);
    }
    const auto& all = here.monitor.causes();
    REQUIRE(all.size() == 2);
    CHECK(all[0].id == "auth-acl-subscribe-refused");
    CHECK_FALSE(ends_again(all[0]));
    return ends_again(all[1]);
  };
  CHECK(first_of_recap(2));
  CHECK_FALSE(first_of_recap(1));
}

TEST_CASE("a silence is told with what was heard in it and before it") {
  enum class does { nothing, hears, pings_late, pings };
  const auto told = [](does what) {
    overheard here;
    device app(here);
    app.connects("app", true, 10).subscribes("a");
    if (what == does::pings_late || what == does::pings) {
      here.passes(what == does::pings ? 9s : 13s);
      app.sends(packet_type::pingreq).hears(packet_type::pingresp);
    }
    here.passes(8s);
    if (what == does::hears) app.gets("a");
    here.passes(8s);
    app.is_hung_up_on();
    here.passes(3s);
    CHECK(here.tells("cause session-keepalive-expired"));
    CHECK_FALSE(here.tells("blocked"));
    return here.told();
  };
  CHECK(has(told(does::nothing), "It has sent no ping (PINGREQ) at all."));
  CHECK(has(told(does::hears), "what it hears does not count as a sign of life"));
  CHECK(
      has(told(does::pings_late), "It pings, and too seldom: it had let up to 13 s pass before."));
  for (const char* other : {"no ping", "what it hears", "too seldom"})
    CHECK_FALSE(has(told(does::pings), other));
}

TEST_CASE("the answer to an earlier message does not make the one that is hung up on a taken one") {
  const auto hung_up = [](std::uint16_t answered, packet_type by, std::uint8_t reason) {
    overheard here;
    device good(here), odd(here, v5);
    good.connects("good").publishes_well("a");
    odd.connects("odd").publishes("b", 1, 1);
    odd.publishes("b", by == packet_type::pubrec ? 2 : 1, 2, "x", true);
    odd.hears(by, answered, reason).is_hung_up_on();
    // Another one is hung up on for the same.
    here.passes(30s);
    device next(here, v5);
    next.connects("next").publishes("b", 1, 1, "x", true).is_hung_up_on();
    here.passes(3s);
    return here.told();
  };
  constexpr std::string_view retained = "has published with the retain flag";
  CHECK(has(hung_up(1, packet_type::puback, 0), retained));
  CHECK_FALSE(has(hung_up(2, packet_type::puback, 0), retained));
  CHECK_FALSE(has(hung_up(2, packet_type::pubrec, 0), retained));
  // A refusal is no acceptance either.
  CHECK(has(hung_up(2, packet_type::puback, 0x87), retained));
}

TEST_CASE("what one broker, or one of its ports, takes says nothing of another one") {
  const auto hung_up = [](std::uint16_t port) {
    overheard here;
    device good(here, protocol_version::v3_1_1, 1883);
    good.connects("good").publishes_well("a");
    for (int i = 0; i < 2; ++i) {
      device cut(here, protocol_version::v5, port);
      cut.asks_in("cut").is_hung_up_on();
      here.passes(3s);
      device odd(here, protocol_version::v3_1_1, port);
      odd.connects("odd").publishes("b", 2, 9).is_hung_up_on();
      here.passes(3s);
    }
    here.monitor.finish(here.now);
    return here.told();
  };
  CHECK(has(hung_up(1883), "MQTT 5"));
  CHECK(has(hung_up(1883), "takes messages of another QoS"));
  CHECK_FALSE(has(hung_up(1884), "takes messages of another QoS"));
  const auto refused = [](std::uint16_t port) {
    overheard here;
    device good(here, protocol_version::v3_1_1, 1883), bad(here, protocol_version::v3_1_1, port);
    good.user = "alice";
    good.connects("good");
    bad.user = "alice ";
    bad.answered = 5;
    bad.connects("bad");
    return here.told();
  };
  CHECK(has(refused(1883), "The user \"alice\" was let in"));
  CHECK_FALSE(has(refused(1884), "The user \"alice\" was let in"));
}

TEST_CASE("of messages sent one behind the other, each counts with what it had") {
  // The first of two was taken with what it had, once the answer behind it came.
  const auto asks = [](bool is_answered) {
    overheard here;
    device good(here), odd(here);
    good.connects("good").publishes("a", 0, 0, "x", true).publishes("b", 0, 0, "x");
    good.sends(packet_type::pingreq);
    if (is_answered) good.hears(packet_type::pingresp);
    here.passes(30s);
    odd.connects("odd").publishes("c", 0, 0, "x", true).is_hung_up_on();
    here.passes(3s);
    return here.told();
  };
  CHECK_FALSE(has(asks(true), "the retain flag."));
  // One of several without an answer is why, and not the last one of necessity.
  overheard here;
  device good(here), odd(here);
  good.connects("good").publishes_well("a");
  odd.connects("odd").publishes("b", 1, 1, "x", true).publishes("c", 1, 2).is_hung_up_on();
  here.passes(3s);
  CHECK(
      here.tells("Messages just before it were not answered either, and may be why. What they "
                 "had and none that was taken: the retain flag."));
  CHECK_FALSE(here.tells("What no message had that was taken"));
  // What was sent long before is not why.
  overheard later;
  device fine(later), slow(later);
  fine.connects("fine").publishes_well("a");
  slow.connects("slow").publishes("b", 0, 0, "x", true);
  later.passes(5s);
  slow.publishes("c", 1, 2).is_hung_up_on();
  later.passes(3s);
  CHECK_FALSE(later.tells("Messages just before it"));
}

TEST_CASE("who leaves before it has asked for anything is told to who misses messages") {
  for (const bool is_quick : {true, false}) {
    missing_scene here(symptom::nothing_arrives);
    for (int i = 0; i < 3; ++i) {
      device script(here);
      script.connects("script");
      if (!is_quick) here.passes(2s);
      is_quick ? script.breaks_off() : script.leaves();
      here.passes(1s);
    }
    CHECK(has(here.end(), "script (10.0.0.3) itself ended its connections (3), each within"));
    CHECK(has(here.told(), "gone before it could have read") == is_quick);
  }
}

TEST_CASE("a check whether the broker lives, a publisher and who subscribes are not told so") {
  missing_scene quiet(symptom::none);
  missing_scene here(symptom::nothing_arrives);
  for (overheard* const in : {static_cast<overheard*>(&quiet), static_cast<overheard*>(&here)}) {
    device panel(*in);
    panel.connects("panel").subscribes("a");
    for (int i = 0; i < 3; ++i) {
      device check(*in), sensor(*in), reader(*in);
      check.connects("check").leaves();
      sensor.connects("sensor").publishes("a").leaves();
      reader.connects("reader").subscribes("a").leaves();
      in->passes(1s);
    }
  }
  CHECK_FALSE(has(quiet.end(), "ended its connections"));
  here.end();
  for (const remark& each : here.monitor.causes()) {
    if (each.id != "delivery-not-subscribed") continue;
    CHECK(has(text_of(each), "check ("));
    CHECK(each.how == strength::fits);  // possible, and no more
  }
}

TEST_CASE("a subscription that nothing fits is told after a short while, to who misses messages") {
  for (const symptom seen : {symptom::nothing_arrives, symptom::none}) {
    missing_scene here(seen);
    device reader(here), meter(here);
    reader.connects("reader").subscribes("empty/topic");
    meter.connects("meter");
    for (int i = 0; i < 4; ++i) {
      meter.publishes("house/meter");
      here.passes(1s);
    }
    CHECK(
        has(here.end(), "nobody published anything that matches; published was \"house/meter\"") ==
        (seen != symptom::none));
  }
}

TEST_CASE("a retained message of before is known by having been handed out") {
  for (const auto how : {retain_handling::send_if_new, retain_handling::send}) {
    missing_scene here(symptom::no_last_value);
    for (int i = 0; i < 2; ++i) {
      device panel(here, v5);
      panel.connects("panel", false, 60, with(property_id::session_expiry_interval, 3600), {},
                     i > 0);
      subscription asked;
      asked.filter = "plant/+/state";
      asked.retained = how;
      byte_buffer out;
      REQUIRE_FALSE(encode_subscribe(out, v5, 1, {&asked, 1}));
      panel.client_sends(out);
      const std::byte granted{};
      suback_packet answer;
      answer.packet_id = 1;
      answer.codes = {&granted, 1};
      out.clear();
      REQUIRE_FALSE(encode(out, v5, packet_type::suback, answer));
      panel.broker_sends(out);
      const bool comes = i == 0 || how == retain_handling::send;
      if (comes) panel.broker_sends(panel.message("plant/7/state", 0, 0, "running", true, {}));
      here.passes(2s);
      panel.leaves();
    }
    CHECK(has(here.end(), "with Retain Handling 1, and its session has that") ==
          (how == retain_handling::send_if_new));
  }
}
