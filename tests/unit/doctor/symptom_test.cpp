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
