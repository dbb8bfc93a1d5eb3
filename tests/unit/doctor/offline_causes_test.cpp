// Messages for a subscriber that was away, and causes for missing ones.
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

/// A broker that accepts the login, and a subscriber that was away for a moment: it got `kept` of
/// ten messages of QoS 1 and 2, and none of five of QoS 0.
class away {
 public:
  explicit away(int kept, const std::string& version = "3.1.1") {
    at.accepts();
    offline_fact made;
    made.topic = "mqtt-doctor/abc";
    made.version = fact_word<mqtt_version>(version);
    made.publisher_version = mqtt_version::v5;
    made.clean = false;
    made.wanted = made.suback = 1;
    made.session_present = true;
    made.away_s = 0.1;
    if (version == "5") made.expiry_s = 3600;
    for (const int qos : {0, 1, 2}) {
      offline_fact::run run;
      run.qos = qos;
      run.sent = 5;
      run.acknowledged = qos == 0 ? 0 : 5;
      run.ack = qos == 0 ? -1 : 0;
      run.arrived = qos == 0 ? 0 : std::clamp(kept - 5 * (qos - 1), 0, 5);
      run.first_no = run.arrived > 0 ? 1 : 0;
      run.last_no = run.arrived;
      made.runs.push_back(run);
    }
    at.at().offline.emplace().tries.push_back(made);
  }

  offline_facts& facts() { return *at.at().offline; }
  offline_fact& fact() { return facts().tries[0]; }
  std::string first() const { return at.first(); }
  bool warns(const std::string& id) const { return at.warns(id); }

  phone at;
};

severity severity_of(const away& each, const std::string& id) {
  const diagnosis made = each.at.found();
  for (const auto& found : made.warnings) {
    if (found.id == id) return found.how_bad;
  }
  return severity::problem;
}

}  // namespace

TEST_CASE("when all of QoS 1 and 2 waited nothing is wrong, and QoS 0 is worth a note") {
  const away made(10);
  CHECK(made.first() == "healthy");
  CHECK(severity_of(made, "delivery-qos0-not-queued") == severity::note);
}

TEST_CASE("a clean session is told from one that MQTT 5 ends at once") {
  away clean(0);
  clean.fact().clean = true;
  clean.fact().session_present = false;
  CHECK(clean.first() == "session-clean-session");
  CHECK(clean.at.found().exit_code != 0);
  away v5(0, "5");
  v5.fact().session_present = false;
  v5.fact().expiry_s = -1;
  CHECK(v5.first() == "session-v5-expires-at-once");
  // In MQTT 3.1.1 the same settings keep the session: the broker lost the messages.
  v5.fact().version = mqtt_version::v3_1_1;
  CHECK(v5.first() == "session-not-kept");
}

TEST_CASE("nothing waits for a subscription of QoS 0, asked for or granted") {
  away asked(0);
  asked.fact().wanted = asked.fact().suback = 0;
  CHECK(asked.first() == "delivery-qos0-not-queued");
  away granted(0);
  granted.fact().suback = 0;
  CHECK(granted.first() == "delivery-qos0-not-queued");
  CHECK(granted.at.found().causes[0].cause.text.find("grants QoS 0 only") != std::string::npos);
}

TEST_CASE("a broker that keeps no session for QoS 0 is not taken for one that keeps none") {
  away made(0);
  made.fact().wanted = made.fact().suback = 0;
  made.fact().session_present = false;
  CHECK(made.first() == "delivery-qos0-not-queued");
  CHECK_FALSE(made.at.names("session-not-kept"));
}

TEST_CASE("messages that expired are no full queue") {
  away expired(0, "5");
  expired.fact().message_expiry_s = 1;
  expired.fact().away_s = 3;
  CHECK(expired.first() == "delivery-message-expired");
  away in_time(10, "5");
  in_time.fact().message_expiry_s = 60;
  CHECK(in_time.first() == "healthy");
  CHECK(in_time.warns("delivery-message-expired"));
}

TEST_CASE("a queue that is full keeps some, and the number is told") {
  away full(3);
  CHECK(full.first() == "delivery-queue-overflow");
  const diagnosis made = full.at.found();
  CHECK(made.causes[0].cause.places.at("kept") == "3");
  CHECK(made.causes[0].how_sure == certainty::likely);
  // Refused messages never reached the queue.
  full.fact().runs[1].ack = 0x97;
  CHECK(full.first() != "delivery-queue-overflow");
}

TEST_CASE("saved facts without the messages of QoS 0 are reasoned on as well") {
  away full(3);
  full.fact().runs.erase(full.fact().runs.begin());
  full.fact().runs.pop_back();
  const diagnosis made = full.at.found();
  CHECK(made.causes[0].id == "delivery-queue-overflow");
  CHECK(made.causes[0].cause.places.at("kept") == "3");
}

TEST_CASE("a session that ended while the subscriber was away: by its own word, or the broker's") {
  away own(0, "5");
  own.fact().session_present = false;
  own.fact().expiry_s = 1;
  own.fact().away_s = 3;
  CHECK(own.first() == "session-expired-while-away");
  away cut(0, "5");
  cut.fact().session_present = false;
  cut.fact().granted_s = 1;
  cut.fact().away_s = 3;
  CHECK(cut.first() == "session-expiry-capped");
  away warned(10, "5");
  warned.fact().granted_s = 300;
  CHECK(warned.first() == "healthy");
  CHECK(severity_of(warned, "session-expiry-capped") == severity::warning);
  warned.fact().granted_s = 3600;
  CHECK_FALSE(warned.warns("session-expiry-capped"));
}

TEST_CASE("a session that was to be kept and is gone: a restart when the broker is that young") {
  away gone(0);
  gone.fact().session_present = false;
  gone.fact().away_s = 20;
  gone.facts().uptime_s = 5000;
  CHECK(gone.first() == "session-not-kept");
  gone.facts().uptime_s = 7;
  CHECK(gone.first() == "session-lost-at-broker-restart");
}

TEST_CASE("the app's own session is missed on a young broker only") {
  away made(10);
  made.facts().client_id = "phone1";
  made.facts().uptime_s = 40;
  CHECK(made.first() == "healthy");
  CHECK(severity_of(made, "session-lost-at-broker-restart") == severity::warning);
  made.facts().uptime_s = 90'000;
  CHECK_FALSE(made.warns("session-lost-at-broker-restart"));
  CHECK(severity_of(made, "session-none-stored") == severity::note);
}

TEST_CASE("the session that -i asks about is a line of the report, found or not") {
  away made(10);
  const auto line = [&made] {
    for (const step& each : made.at.found().steps)
      if (each.name == step_name::session) return in_english(each.what);
    return std::string("none");
  };
  CHECK(line() == "none");
  made.facts().client_id = "phone1";
  CHECK(line() == "the broker has none of phone1");
  made.facts().was_found = true;
  CHECK(line() == "of phone1: present, nothing waits in it");
  made.facts().waiting = 2;
  CHECK(line() == "of phone1: present, messages that wait in it: at least 2");
}

TEST_CASE("an app that sends an expiry of 0 is not said to send none") {
  away made(0, "5");
  made.fact().session_present = false;
  made.fact().expiry_s = 0;
  CHECK(in_english(made.at.found().causes[0].cause).ends_with("and the app sends 0."));
  made.fact().expiry_s = -1;
  CHECK(in_english(made.at.found().causes[0].cause).ends_with("and the app sends none."));
}

TEST_CASE("a session of MQTT 3.1.1 that works is not summed up as MQTT 5") {
  const away made(10);
  const std::string text = terminal_report(made.at.all, made.at.found(), report_style());
  CHECK(text.find("mqtt://, MQTT 3.1.1") != std::string::npos);
}

TEST_CASE("a stored session is stale when it sends what the app does not ask for") {
  away made(10);
  made.at.all.asked.topic = "home/#";
  made.facts().client_id = "phone1";
  made.facts().was_found = true;
  made.facts().waiting = 2;
  made.facts().waiting_topics = {"home/door"};
  CHECK_FALSE(made.warns("session-stale-subscriptions"));
  CHECK(made.warns("session-messages-waiting"));
  made.facts().waiting_topics.push_back("old/door");
  CHECK(severity_of(made, "session-stale-subscriptions") == severity::warning);
}

TEST_CASE("facts of messages that waited are saved and read back, and older ones have none") {
  away made(3, "5");
  made.facts().client_id = "phone1";
  made.facts().waiting_topics = {"old/door"};
  facts read;
  REQUIRE(facts_from_json(facts_to_json(made.at.all, false), read).empty());
  REQUIRE(read.endpoints[0].offline);
  CHECK(read.endpoints[0].offline->waiting_topics == made.facts().waiting_topics);
  CHECK(read.endpoints[0].offline->tries[0].expiry_s == 3600);
  CHECK(diagnose(read).causes[0].id == made.first());
  facts older;
  REQUIRE(facts_from_json(R"({"endpoints": [{"port": 1883, "exchanges": []}]})", older).empty());
  CHECK_FALSE(older.endpoints[0].offline);
}
