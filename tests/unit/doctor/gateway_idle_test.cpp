// How long a UDP client may be silent: the next pause to try, and the limit found.
#include "mqtt-doctor/probes/gateway/gateway_idle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "unit/doctor/gateway_facts.hpp"

namespace mqttkit::doctor {
namespace {

/// The results of pauses in a network that forgets a client after `forgets_after_s` seconds.
gateway_idle_fact watched(double limit_s, double forgets_after_s, int keep_alive_s = 60) {
  gateway_idle_fact made;
  made.keep_alive_s = keep_alive_s;
  double left = limit_s;
  while (const double pause = next_pause(made, left)) {
    left -= pause + 0.1;
    gateway_pause_fact& over = made.pauses.emplace_back();
    over.s = pause;
    over.other_got_it = true;
    over.arrived = pause < forgets_after_s;
    if (!over.arrived) made.ping_heals = 1;
  }
  return made;
}

facts facts_with(const gateway_idle_fact& idle) {
  facts all = test::gateway_facts();
  all.endpoints[0].gateway->idle = idle;
  return all;
}

}  // namespace

TEST_CASE("silences double until one is too long, and then the border is narrowed down") {
  const gateway_idle_fact made = watched(600, 30);
  CHECK(made.pauses.at(0).s == 1);
  CHECK(made.pauses.at(1).s == 2);
  CHECK(made.pauses.at(4).s == 16);
  CHECK(made.pauses.at(5).s == 32);
  CHECK(made.pauses.at(6).s == 24);
  CHECK(made.kept_s() < 30);
  CHECK(made.lost_s() >= 30);
  CHECK(made.lost_s() - made.kept_s() <= 4);
}

TEST_CASE("the last silence is as long as there is time for, and none goes beyond it") {
  const gateway_idle_fact made = watched(60, 1000);
  CHECK(made.kept_s() > 20);
  double all = 0;
  for (const gateway_pause_fact& pause : made.pauses) all += pause.s;
  CHECK(all <= 60);
  CHECK(watched(1, 1000).pauses.empty());
}

TEST_CASE("a network that forgets sooner than the keep alive speaks is a cause") {
  const diagnosis bad = diagnose(facts_with(watched(100, 30)));
  REQUIRE(bad.causes.size() == 1);
  CHECK(bad.causes[0].id == "sn-nat-forgets");
  CHECK(bad.causes[0].how_sure == certainty::likely);
  CHECK(in_english(bad.causes[0].cures.at(0).what).find("keep alive to 1") != std::string::npos);
  // A keep alive of 20 s sends in time.
  const diagnosis good = diagnose(facts_with(watched(100, 30, 20)));
  CHECK(good.causes.empty());
  CHECK(std::any_of(good.excluded.begin(), good.excluded.end(),
                    [](const exclusion& each) { return each.id == "sn-nat-forgets"; }));
  // The time was too short for a result.
  CHECK(diagnose(facts_with(watched(20, 30))).causes.empty());
}

TEST_CASE("a message that nobody got says nothing about the silence before it") {
  gateway_idle_fact made;
  made.keep_alive_s = 60;
  gateway_pause_fact& pause = made.pauses.emplace_back();
  pause.s = 4;
  CHECK(made.lost_s() == 0);
  CHECK(diagnose(facts_with(made)).causes.empty());
}

TEST_CASE("one loss without more is possible, not likely") {
  gateway_idle_fact made;
  made.keep_alive_s = 60;
  made.ping_heals = 0;
  gateway_pause_fact& pause = made.pauses.emplace_back();
  pause.s = 4;
  pause.other_got_it = true;
  const diagnosis found = diagnose(facts_with(made));
  REQUIRE(found.causes.size() == 1);
  CHECK(found.causes[0].how_sure == certainty::possible);
}

TEST_CASE("the report says how long a silence was survived") {
  const facts known = facts_with(watched(100, 1000));
  const std::string text = terminal_report(known, diagnose(known), {});
  CHECK(text.find("a message came after up to") != std::string::npos);
}

TEST_CASE("several places: a gateway that takes a client is not said to be untested") {
  std::vector<vantage> all;
  all.emplace_back("one.json", facts_with({}));
  all.emplace_back("two.json", facts_with({}));
  const diagnosis nothing;
  const std::string text = terminal_report(all, nothing, {});
  CHECK(text.find("9.9.0.7:1884 takes a client") != std::string::npos);
  CHECK(text.find("not tested") == std::string::npos);
}

TEST_CASE("a gateway that takes no change of a will is told of, not blamed") {
  facts all = facts_with({});
  gateway_fact& gateway = *all.endpoints[0].gateway;
  gateway.idle.reset();
  gateway.will_wanted = gateway.will_asked = gateway.will_changed = true;
  gateway.will_updated = 3;
  const diagnosis made = diagnose(all);
  CHECK(made.is_healthy);
  REQUIRE(made.warnings.size() == 1);
  CHECK(made.warnings[0].id == "sn-will-fixed");
  gateway.will_updated = 0;
  CHECK(diagnose(all).warnings.empty());
}

}  // namespace mqttkit::doctor
