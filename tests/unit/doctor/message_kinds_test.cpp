// Delivery of special messages: No Local, retained ones and large ones.
#include "mqtt-doctor/facts/facts_json.hpp"
#include "unit/doctor/phone.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;
using mqttkit::doctor::test::scene;

namespace {

phone connected(const std::string& version = "5") {
  phone made;
  made.accepts(version);
  made.delivers("mqtt-doctor/abc");
  return made;
}

delivery_fact sent_to_ourselves(bool came_back) {
  delivery_fact delivery;
  delivery.suback = 1;
  delivery.puback = 0;
  delivery.subscribed = delivery.published = true;
  delivery.echoed = came_back;
  return delivery;
}

retained_fact kept(bool is_kept, int ack = 0) {
  retained_fact retained;
  retained.topic = "mqtt-doctor/abc";
  retained.version = mqtt_version::v5;
  retained.ack = ack;
  retained.kept = retained.cleared = is_kept;
  return retained;
}

/// One message of 5,000 bytes at each QoS.
exchange_fact& large(phone& who, int arrived, int ack) {
  who.all.asked.size = 5000;
  exchange_fact exchange;
  exchange.topic = exchange.filter = "mqtt-doctor/abc";
  exchange.version = who.at().contacts[0].mqtt->version;
  exchange.payload_bytes = 5000;
  exchange.suback = 2;
  exchange.publisher_pinged = true;
  for (const int qos : {0, 1}) {
    exchange_fact::run run;
    run.qos = qos;
    run.sent = 1;
    run.arrived = arrived;
    run.ack = qos == 0 ? -1 : ack;
    run.acknowledged = qos;
    exchange.runs.push_back(run);
  }
  return who.at().large.emplace(exchange);
}

}  // namespace

TEST_CASE("No Local keeps a client from its own messages, unless the broker forgets") {
  phone made = connected();
  made.at().no_local = sent_to_ourselves(false);
  CHECK(made.first() == "delivery-no-local");
  made.at().no_local = sent_to_ourselves(true);
  CHECK(made.first() == "healthy");
  CHECK(made.warns("delivery-no-local-ignored"));
  // Without the option no message comes back either: the cause is another.
  phone deaf;
  deaf.accepts();
  deaf.at().no_local = sent_to_ourselves(false);
  CHECK_FALSE(deaf.names("delivery-no-local"));
}

TEST_CASE("a broker without retained messages is told from a topic without one") {
  phone made = connected();
  made.all.asked.retained = true;
  made.all.asked.topic = "home/door";
  exchange_fact users;
  users.is_users_topic = true;
  users.filter = "home/door";
  users.suback = 1;
  made.at().exchanges.push_back(users);
  made.at().retained = kept(true);
  CHECK(made.first() == "delivery-retained-misunderstood");
  made.at().exchanges[0].retained = 1;
  CHECK(made.first() == "healthy");
  made.at().exchanges[0].retained = 0;
  made.at().retained = kept(false);
  CHECK(made.first() == "mqtt-retain-not-supported");
  CHECK(made.sureness() == certainty::likely);
  made.at().retained = kept(false, 0x87);
  CHECK_FALSE(made.names("mqtt-retain-not-supported"));
  made.at().retained = kept(false, 0x9a);
  CHECK(made.sureness() == certainty::certain);
  made.at().retained.reset();
  made.at().contacts[0].mqtt->limits["retain-available"] = 0;
  CHECK(made.first() == "mqtt-retain-not-supported");
}

TEST_CASE("retained messages that lived in memory are gone with the broker's start") {
  const auto told = [](const std::string& persistence, const std::string& now,
                       bool is_used = true) {
    scene made;
    made.works();
    made.all.asked.retained = true;
    made.all.asked.topic = "home/door";
    made.all.local.now = now;
    exchange_fact users;
    users.is_users_topic = true;
    users.filter = "home/door";
    users.suback = 1;
    made.all.endpoints[0].exchanges.push_back(users);
    made.all.endpoints[0].retained = kept(true);
    made.listens("0.0.0.0").runs();  // since 2026-01-01T00:00:00Z
    configuration_fact& configured = made.configured(is_used, 1883);
    if (!persistence.empty()) configured.settings["persistence"] = persistence;
    const diagnosis found = diagnose(made.all);
    REQUIRE_FALSE(found.causes.empty());
    CHECK(found.causes.front().id == "delivery-retained-misunderstood");
    CHECK(found.causes.front().how_sure == certainty::likely);
    return in_english(found.causes.front().cause).find("in memory only") != std::string::npos;
  };
  CHECK(told("false", "2026-01-01T00:10:00Z"));
  CHECK(told("", "2026-01-01T00:10:00Z"));  // the default
  CHECK_FALSE(told("true", "2026-01-01T00:10:00Z"));
  CHECK_FALSE(told("false", "2026-01-03T00:10:00Z"));  // too long ago to be the reason
  CHECK_FALSE(told("false", "2026-01-01T00:10:00Z", false));
}

TEST_CASE("a retained message of our own that was not seen to go is owned up to") {
  phone value = connected();
  value.at().retained = kept(true);
  const auto state = [&] {
    const diagnosis made = value.found();
    const auto at = std::find_if(made.steps.begin(), made.steps.end(), [](const step& candidate) {
      return candidate.name == step_name::retained;
    });
    REQUIRE(at != made.steps.end());
    return at->state;
  };
  CHECK(state() == step_state::good);
  value.at().retained->cleared = false;
  CHECK(state() == step_state::doubtful);
}

TEST_CASE("who finds nothing retained and did not expect it gets a note") {
  phone made = connected();
  exchange_fact users;
  users.is_users_topic = true;
  users.filter = "home/door";
  users.suback = 1;
  made.at().exchanges.push_back(users);
  CHECK(made.first() == "healthy");
}

TEST_CASE(
    "that nothing is kept is certain for who gets messages there, and untold for who cannot") {
  const auto told = [](int others, bool is_kept_back) -> std::string {
    phone made = connected();
    exchange_fact users;
    users.is_users_topic = true;
    users.filter = users.topic = "home/door";
    users.suback = 1;
    users.others = others;
    exchange_fact::run lost;
    lost.qos = lost.sent = 1;
    lost.ack = 0;
    if (is_kept_back) users.runs = {lost};
    made.at().exchanges.push_back(users);
    for (const finding& each : made.found().warnings)
      if (each.id == "delivery-retained-misunderstood")
        return std::string(each.how_sure == certainty::certain ? "certain: " : "likely: ") +
               in_english(each.cause);
    return "";
  };
  CHECK(told(2, false).starts_with("certain: Nothing is retained"));
  CHECK(told(0, false).starts_with("likely: "));
  CHECK(told(0, false).find("may not read it") != std::string::npos);
  CHECK(told(0, true).empty());
}

TEST_CASE("a message that is too large: the broker says so, hangs up, or says nothing") {
  phone small = connected();
  large(small, 1, 0);
  CHECK(small.first() == "healthy");
  phone told = connected();
  large(told, 0, 0x95);
  CHECK(told.first() == "mqtt-packet-too-large");
  CHECK(told.sureness() == certainty::certain);
  phone closed = connected("3.1.1");
  large(closed, 0, -1).publisher_end = connection_end::closed;
  CHECK(closed.first() == "mqtt-packet-too-large");
  CHECK(closed.sureness() == certainty::likely);
  closed.at().large->publisher_end.clear();
  closed.at().large->runs[1].sent = 0;  // the write failed
  closed.at().large->publisher_pinged = false;
  CHECK(closed.first() == "mqtt-packet-too-large");
  CHECK(closed.sureness() == certainty::likely);
  phone silent = connected("3.1.1");
  large(silent, 0, 0);
  CHECK(silent.first() == "mqtt-packet-too-large");
  CHECK(silent.sureness() == certainty::possible);
  phone limited = connected();
  limited.all.asked.size = 5000;
  limited.at().contacts[0].mqtt->limits["maximum-packet-size"] = 3000;
  CHECK(limited.first() == "mqtt-packet-too-large");
  // A limit that the broker keeps is neither a cause nor a sign of health where the connections of
  // the try failed.
  limited.at().contacts[0].mqtt->limits["maximum-packet-size"] = 1'000'000;
  CHECK(limited.first() == "delivery-not-tested");
}

TEST_CASE("a subscriber that takes small packets only is not the broker's fault") {
  phone value = connected();
  large(value, 0, 0).subscriber_limit = 1000;
  const diagnosis made = value.found();
  REQUIRE(made.causes.size() == 1);
  CHECK(made.causes[0].id == "mqtt-packet-too-large");
  CHECK(made.causes[0].cause.text.starts_with("The subscriber takes"));
  value.at().large->subscriber_limit = 1'000'000;
  CHECK(value.found().causes[0].cause.text.find("throws away") != std::string::npos);
}

TEST_CASE("facts about retained and large messages are saved and read back") {
  phone made = connected();
  made.at().retained = kept(true);
  large(made, 0, 0).subscriber_limit = 1000;
  facts read;
  REQUIRE(facts_from_json(facts_to_json(made.all, false), read).empty());
  CHECK(read.endpoints[0].retained->cleared);
  CHECK(read.endpoints[0].large->subscriber_limit == 1000);
  CHECK(diagnose(read).causes[0].id == "mqtt-packet-too-large");
}

TEST_CASE("what was asked for and not tried is never the end of a healthy run") {
  phone made = connected();
  made.all.asked.is_delivery = true;
  made.all.asked.topic = "home/door";
  CHECK(made.first() == "delivery-not-tested");
  // delivery without --publish sends the message to the doctor's own topic.
  exchange_fact own;
  own.topic = own.filter = "mqtt-doctor/abc";
  own.suback = 1;
  exchange_fact::run run;
  run.sent = run.arrived = 5;
  own.runs.push_back(run);
  made.at().exchanges.push_back(own);
  CHECK(made.first() == "delivery-not-tested");
  exchange_fact users;
  users.filter = "home/door";
  users.suback = 1;
  users.is_users_topic = true;
  made.at().exchanges.push_back(users);
  CHECK(made.first() == "healthy");
  made.all.asked.publishes = true;
  CHECK(made.first() == "delivery-not-tested");
  made.at().exchanges[0].is_users_topic = true;
  CHECK(made.first() == "healthy");
  made.all.asked.sent_via = "10.0.0.9:1883";
  CHECK(made.first() == "delivery-not-tested");
  made.at().exchanges[0].publisher_at = "10.0.0.9:1883";
  CHECK(made.first() == "healthy");
  made.all.asked.offline = true;
  CHECK(made.first() == "delivery-not-tested");
  made.all.asked.offline = false;
  made.all.asked.no_local = true;
  CHECK(made.first() == "delivery-not-tested");
  made.all.asked.no_local = false;
  made.all.asked.size = 5000;
  CHECK(made.first() == "delivery-not-tested");
}

TEST_CASE("a failed step never stands above a report that nothing is wrong") {
  phone made = connected();
  made.all.asked.retained = true;
  made.at().retained = kept(false);
  // The user may not publish there: the report has a note, and the step's result stays.
  made.at().retained->ack = 0x87;
  CHECK(made.first() != "healthy");
}

TEST_CASE("what a broker says of its packets is said where full ones were left out") {
  phone made = connected();
  made.at().contacts[0].mqtt->limits["maximum-packet-size"] = 800;
  CHECK(made.first() == "healthy");
  CHECK(made.warns("delivery-not-tested"));
  CHECK(made.warns("mqtt-packet-too-large"));
  made.at().contacts[0].mqtt->limits["maximum-packet-size"] = 8000;
  CHECK_FALSE(made.warns("delivery-not-tested"));
  CHECK_FALSE(made.warns("mqtt-packet-too-large"));
}

TEST_CASE("a broker that keeps retained messages from wildcards is told by its own message") {
  phone made = connected();
  made.all.asked.retained = true;
  made.all.asked.topic = "homeassistant/#";
  made.at().retained = kept(true);
  CHECK(made.first() == "healthy");
  made.at().retained->tried_wildcard = true;
  CHECK(made.first() == "delivery-retained-misunderstood");
  CHECK(made.sureness() == certainty::certain);
  made.at().retained->by_wildcard = true;
  CHECK(made.first() == "healthy");
  // A subscription to one topic gets the retained message.
  made.at().retained->by_wildcard = false;
  made.all.asked.topic = "homeassistant/light";
  CHECK(made.first() == "healthy");
}
