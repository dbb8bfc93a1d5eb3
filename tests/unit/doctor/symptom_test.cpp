// What the user sees (--symptom) decides what is named, and makes nothing certain.
#include <doctest/doctest.h>

#include "mqtt-doctor/causes/made_finding.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "unit/doctor/phone.hpp"
#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

finding found(const char* id, certainty how_sure, strength how) {
  return static_cast<maybe_finding>(made_finding(id, how_sure, how, sentence("It is so."))).value();
}

}  // namespace

TEST_CASE("a warning that explains what is seen becomes a cause, and is likely at most") {
  diagnosis made;
  finding old = found("delivery-retained-present", certainty::certain, strength::seen);
  old.how_bad = severity::warning;
  made.warnings.push_back(old);
  diagnosis other = made;
  put_symptom_first(symptom::old_messages, made);
  REQUIRE(made.causes.size() == 1);
  CHECK(made.causes[0].how_sure == certainty::likely);
  CHECK(made.warnings.empty());
  put_symptom_first(symptom::drops, other);
  CHECK(other.causes.empty());
  CHECK(other.warnings.size() == 1);
}

TEST_CASE("of two causes the one that explains what is seen comes first") {
  diagnosis made;
  made.causes = {found("auth-acl-publish-swallowed", certainty::certain, strength::told),
                 found("delivery-duplicated", certainty::likely, strength::usual)};
  put_symptom_first(symptom::twice, made);
  CHECK(made.causes[0].id == "delivery-duplicated");
  CHECK(made.causes[1].how_sure == certainty::certain);
}

TEST_CASE("who is not let in hears nothing, whatever else is seen") {
  CHECK(symptoms_of("auth-bad-credentials").contains(symptom::nothing_arrives));
  CHECK(symptoms_of("tcp-timeout-security-group").contains(symptom::no_reaction));
  CHECK_FALSE(symptoms_of("auth-bad-credentials").contains(symptom::twice));
}

TEST_CASE("a warning about others who cannot come explains nothing to who is in") {
  finding others = found("tcp-refused-loopback-listener", certainty::certain, strength::proven);
  others.how_bad = severity::warning;
  CHECK_FALSE(explains(others, symptom::nothing_arrives));
  CHECK(explains(others, symptom::cannot_connect));
}

TEST_CASE("where nothing explains what is seen, a healthy broker is not called the end of it") {
  phone at_work;
  at_work.answers(0, -1);
  REQUIRE(at_work.found().is_healthy);
  at_work.all.asked.symptom = symptom::late;
  const diagnosis made = at_work.found();
  CHECK_FALSE(made.is_healthy);
  REQUIRE_FALSE(made.causes.empty());
  CHECK(made.causes[0].id == "symptom-unexplained");
  CHECK(made.causes[0].how_sure == certainty::possible);
  CHECK(made.exit_code == 1);
}

TEST_CASE("a note of listen that explains what is seen is told as a cause") {
  for (const symptom seen : {symptom::none, symptom::unwanted, symptom::late}) {
    overheard here;
    here.monitor = traffic_monitor(seen);
    device app(here);
    app.connects("app").subscribes("home/door");
    for (int i = 0; i < 4; ++i) {
      app.publishes("home/door", 0, 0, std::to_string(i));
      app.gets("home/door", 0, 0, std::to_string(i));
      here.passes(1s);
    }
    here.monitor.finish(here.now);
    CHECK(here.monitor.causes().empty() == (seen != symptom::unwanted));
  }
}

TEST_CASE("every symptom has its words for when nothing explains it, and a cause that shows so") {
  for (const auto& row : word_rows<symptom>) {
    if (row.value == symptom::none) continue;
    CAPTURE(row.word);
    CHECK_FALSE(unexplained_symptom(row.value, true, "broker").cause.text.empty());
    bool is_shown = false;
    for (const cause_row& cause : cause_rows())
      is_shown = is_shown || symptoms_of(cause.id).contains(row.value);
    CHECK(is_shown);
  }
}

TEST_CASE("what to record next is the port that was looked at") {
  for (const char* const target : {"192.0.2.1:1885", "'[2001:db8::1]:1885'"}) {
    const finding made = unexplained_symptom(symptom::late, true, target);
    CHECK(made.apart_command.find(" listen 1885 --capture ") != std::string::npos);
  }
}

TEST_CASE("a command to where a device tells its state is told, unless the device reads it there") {
  for (const bool is_read : {false, true}) {
    overheard here;
    here.monitor = traffic_monitor(symptom::no_reaction);
    device plug(here), app(here);
    plug.connects("plug").subscribes("cmnd/plug/#");
    if (is_read) plug.subscribes("stat/plug/POWER");
    app.connects("app");
    plug.publishes("stat/plug/POWER", 0, 0, "OFF");
    here.passes(2s);
    app.publishes("stat/plug/POWER", 0, 0, "ON");
    here.passes(5s);
    here.monitor.finish(here.now);
    CHECK(here.tells("is not subscribed to it, but to cmnd/plug/#") == !is_read);
  }
}

TEST_CASE("a value behind a blank in the topic is told where the message is empty") {
  for (const std::string_view payload : {"", "1"}) {
    overheard here;
    here.monitor = traffic_monitor(symptom::no_reaction);
    device app(here);
    app.connects("app").publishes("cmnd/plug/power 1", 0, 0, payload);
    here.passes(5s);
    here.monitor.finish(here.now);
    CHECK(here.tells("makes another topic of it") == payload.empty());
  }
}

TEST_CASE("commands above a size that get no reaction are told by that size") {
  for (const bool takes_large : {false, true}) {
    overheard here;
    here.monitor = traffic_monitor(symptom::no_reaction);
    device node(here), app(here);
    node.connects("node").subscribes("node/set");
    app.connects("app");
    for (const std::size_t size : {40u, 300u, 60u, 400u, 50u}) {
      const std::string text(size, 'x');
      app.publishes("node/set", 0, 0, text);
      node.gets("node/set", 0, 0, text);
      here.passes(100ms);
      if (size < 100 || takes_large) node.publishes("node/state", 0, 0, "done");
      here.passes(5s);
    }
    here.monitor.finish(here.now);
    CHECK(here.tells("up to 60 bytes, and to none of 300 bytes or more (2 of 5)") == !takes_large);
  }
}

TEST_CASE("connections that end after a fixed time although pings are answered are told") {
  for (const bool is_fixed : {true, false}) {
    overheard here;
    for (const int pings : {3, is_fixed ? 3 : 30}) {
      device app(here);
      app.connects("app", true, 2).subscribes("a");
      for (int i = 0; i < pings; ++i) {
        here.passes(1s);
        app.sends(mqttkit::packet_type::pingreq).hears(mqttkit::packet_type::pingresp);
      }
      app.is_hung_up_on();
      here.passes(5s);
    }
    here.monitor.finish(here.now);
    CHECK(here.tells("although it pinged and its pings were answered") == is_fixed);
  }
}
