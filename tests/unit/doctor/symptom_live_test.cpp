// What the user sees, and what the probes and the broker's files make of it.
#include "mqtt-doctor/causes/made_finding.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/phone.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;
using mqttkit::doctor::test::scene;

namespace {

/// A broker that works, and a user who sees something.
phone at_work(symptom seen) {
  phone made;
  made.accepts();
  made.delivers("mqtt-doctor/abc");
  made.all.asked.symptom = seen;
  return made;
}

sending_fact sent(int qos, bool was_taken, std::int64_t bytes = 33, bool retain = false) {
  sending_fact made;
  made.topic = "mqtt-doctor/abc";
  made.qos = qos;
  made.payload_bytes = bytes;
  made.retain = retain;
  made.was_taken = was_taken;
  made.ack = was_taken && qos > 0 ? 0 : -1;
  if (!was_taken) made.end = connection_end::closed;
  made.ms = 2;
  return made;
}

will_fact will(will_end how, bool was_published, double waited_ms = 9000) {
  will_fact made;
  made.how = how;
  made.topic = "mqtt-doctor/abc/will";
  made.was_let_in = true;
  made.keep_alive_s = how == will_end::silent ? 2 : 60;
  made.was_published = was_published;
  made.after_ms = was_published ? 40 : 0;
  made.waited_ms = waited_ms;
  return made;
}

/// All that is said of the first cause.
std::string said(const diagnosis& made) {
  return made.causes.empty() ? std::string() : mqttkit::doctor::test::text_of(made.causes[0]);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The first cause on a machine where mosquitto runs with these lines.
diagnosis on_broker(symptom seen, const std::string& lines) {
  constexpr const char* conf = "/etc/mosquitto/mosquitto.conf";
  machine here;
  here.file(conf, "# ours\nlistener 1883\nallow_anonymous true\n" + lines);
  here.runs(812, "mosquitto", {"mosquitto", "-c", conf}, {11});
  here.listens("00000000", 1883, 11);
  scene made;
  made.connects("connected").works();
  made.host() = here.look();
  made.all.asked.symptom = seen;
  return diagnose(made.all);
}

}  // namespace

TEST_CASE("a kind of message that the broker does not take is told by the one that it takes") {
  phone made = at_work(symptom::cannot_send);
  made.at().sendings = {sent(0, true), sent(1, true), sent(2, false)};
  CHECK(made.first() == "mqtt-qos-not-supported");
  made.at().sendings = {sent(0, true), sent(1, true), sent(2, true), sent(1, false, 33, true)};
  CHECK(made.first() == "mqtt-retain-not-supported");
  made.at().sendings = {sent(0, true), sent(1, true), sent(1, true, 9000), sent(1, false, 60'000)};
  CHECK(made.first() == "mqtt-packet-too-large");
  CHECK(has(said(made.found()), "9000 bytes and not one of 60000"));
  CHECK(made.sureness() != certainty::certain);
}

TEST_CASE("what this user may not send on the doctor's topic says nothing of QoS 1") {
  phone made = at_work(symptom::cannot_send);
  made.at().sendings = {sent(0, true), sent(1, false)};
  made.at().sendings[1].ack = 0x87;
  CHECK(made.first() == "symptom-unexplained");
}

TEST_CASE("where all kinds are taken that is said, and the broker is not blamed") {
  phone made = at_work(symptom::cannot_send);
  made.at().sendings = {sent(0, true), sent(1, true), sent(2, true), sent(1, true, 33, true),
                        sent(1, true, 1'000'000)};
  const diagnosis found = made.found();
  CHECK(found.causes[0].id == "symptom-unexplained");
  CHECK(has(said(found), "QoS 0 to 2"));
  CHECK(has(said(found), "1000000 bytes"));
}

TEST_CASE("a will that is not published, and a silent client that is not given up") {
  phone made = at_work(symptom::shown_online);
  made.at().wills = {will(will_end::goodbye, false), will(will_end::silent, true),
                     will(will_end::broken, false)};
  CHECK(made.first() == "session-will-withheld");
  made.at().wills = {will(will_end::silent, false, 14'000), will(will_end::broken, true)};
  CHECK(made.first() == "session-keepalive-not-enforced");
  // The broker's own keep alive counts, and that was not waited for.
  made.at().wills[0].server_keep_alive_s = 60;
  CHECK(made.first() == "symptom-unexplained");
}

TEST_CASE("where no message of this user comes back, a missing will says nothing") {
  phone made = at_work(symptom::shown_online);
  made.at().deliveries[0].echoed = false;
  made.at().wills = {will(will_end::broken, false)};
  CHECK_FALSE(made.names("session-will-withheld"));
}

TEST_CASE("the word that is kept on the topic is what is shown") {
  struct row {
    symptom seen;
    const char* text;
    bool is_named;
  };
  for (const row& each :
       {row{symptom::shown_offline, "offline", true}, row{symptom::shown_offline, "Online", false},
        row{symptom::shown_online, "Online", true}, row{symptom::shown_online, "offline", false},
        row{symptom::late, "offline", false}}) {
    CAPTURE(each.text);
    phone made = at_work(each.seen);
    exchange_fact users;
    users.filter = made.all.asked.topic = "home/plug/LWT";
    users.is_users_topic = true;
    users.suback = 1;
    users.retained = 1;
    users.retained_topic = "home/plug/LWT";
    users.retained_text = each.text;
    made.at().exchanges.push_back(users);
    CHECK(made.names("delivery-state-stays") == each.is_named);
  }
}

TEST_CASE("two copies for two filters explain what comes twice, and one copy excludes it") {
  phone made = at_work(symptom::twice);
  made.at().overlap = overlap_fact{"mqtt-doctor/abc/twice", {"a", "b"}, 2};
  CHECK(made.first() == "delivery-duplicated");
  CHECK(made.sureness() == certainty::possible);
  made.at().overlap->copies = 1;
  CHECK(made.first() == "symptom-unexplained");
  CHECK(has(said(made.found()), "one copy"));
  made.all.asked.symptom = symptom::none;
  made.at().overlap->copies = 2;
  CHECK(made.found().is_healthy);
}

TEST_CASE("sessions that pile up are counted") {
  phone made = at_work(symptom::too_much);
  made.at().counters = {{"$SYS/broker/clients/disconnected", 812},
                        {"$SYS/broker/clients/connected", 9}};
  CHECK(made.first() == "session-identifier-changes");
  made.at().counters["$SYS/broker/clients/disconnected"] = 8;
  CHECK(made.first() == "symptom-unexplained");
}

TEST_CASE("a retained message that cannot be cleared explains old messages") {
  phone made = at_work(symptom::old_messages);
  retained_fact kept;
  kept.topic = "mqtt-doctor/abc/kept";
  kept.ack = 0;
  kept.kept = true;
  kept.cleared = false;
  made.at().retained = kept;
  CHECK(made.first() == "delivery-state-stays");
  made.at().retained->cleared = true;
  CHECK(made.first() == "symptom-unexplained");
}

TEST_CASE("what holds for every device is no explanation of what is seen") {
  diagnosis made;
  finding general =
      static_cast<maybe_finding>(made_finding("phone-background-sleep", certainty::possible,
                                              strength::general, sentence("It may sleep.")))
          .value();
  general.how_bad = severity::note;
  made.warnings.push_back(general);
  put_symptom_first(symptom::late, made);
  CHECK(made.causes.empty());
}

TEST_CASE("a setting is told with its file and line to who sees what it brings about, only") {
  struct row {
    symptom seen;
    const char* line;
    const char* id;
  };
  for (const row& each : {
           row{symptom::missed_while_away, "persistent_client_expiration 1h",
               "session-expired-while-away"},
           row{symptom::missed_while_away, "max_queued_messages 10", "delivery-queue-overflow"},
           row{symptom::some_missing, "max_queued_bytes 5000", "delivery-queue-overflow"},
           row{symptom::late, "max_inflight_messages 1", "delivery-late"},
           row{symptom::old_messages, "queue_qos0_messages true", "session-messages-waiting"},
           row{symptom::drops, "max_keepalive 20", "session-server-keepalive"},
           row{symptom::drops, "use_username_as_clientid true", "session-duplicate-client-id"},
           row{symptom::cannot_send, "max_packet_size 2000", "mqtt-packet-too-large"},
           row{symptom::cannot_send, "message_size_limit 2000", "mqtt-packet-too-large"},
           row{symptom::cannot_send, "max_qos 1", "mqtt-qos-not-supported"},
           row{symptom::twice, "allow_duplicate_messages true", "delivery-duplicated"},
           row{symptom::no_last_value, "retain_available false", "mqtt-retain-not-supported"},
           row{symptom::not_listed, "message_size_limit 2000", "mqtt-packet-too-large"},
           row{symptom::too_much, "sys_interval 1", "delivery-unasked"},
       }) {
    CAPTURE(each.line);
    const diagnosis made = on_broker(each.seen, std::string(each.line) + "\n");
    REQUIRE_FALSE(made.causes.empty());
    CHECK(made.causes[0].id == each.id);
    CHECK(made.causes[0].how_sure != certainty::certain);
    CHECK(has(said(made), std::string("/etc/mosquitto/mosquitto.conf:4: ") + each.line));
    CHECK(on_broker(symptom::none, std::string(each.line) + "\n").is_healthy);
    const diagnosis other = on_broker(symptom::wrong_order, std::string(each.line) + "\n");
    CHECK(other.causes[0].id == "symptom-unexplained");
  }
}

TEST_CASE("usual values of settings explain nothing") {
  for (const char* line :
       {"max_queued_messages 1000", "max_queued_bytes 0", "max_inflight_messages 20", "max_qos 2",
        "queue_qos0_messages false", "retain_available true", "message_size_limit 0",
        "sys_interval 10", "max_keepalive 65535", "upgrade_outgoing_qos false"}) {
    CAPTURE(line);
    for (const auto& row : word_rows<symptom>) {
      if (row.value == symptom::none) continue;
      const diagnosis made = on_broker(row.value, std::string(line) + "\npersistence true\n");
      REQUIRE_FALSE(made.causes.empty());
      CHECK(made.causes[0].id == "symptom-unexplained");
    }
  }
}

TEST_CASE("a bridge explains by its lines what comes back, late, or not at all") {
  const std::string far = "connection far\naddress 192.0.2.7\n";
  CHECK(on_broker(symptom::twice, far + "topic # both\ntry_private false\n").causes[0].id ==
        "delivery-duplicated");
  CHECK(on_broker(symptom::twice, far + "topic # both\n").causes[0].id == "symptom-unexplained");
  CHECK(on_broker(symptom::late, far + "topic # out\nstart_type lazy\n").causes[0].id ==
        "delivery-late");
  CHECK(on_broker(symptom::late, far + "topic # out\n").causes[0].id == "symptom-unexplained");
  CHECK(on_broker(symptom::missed_while_away, far + "topic # out\ncleansession true\n")
            .causes[0]
            .id == "session-clean-session");
}

TEST_CASE("the files of other brokers speak as well, with their line") {
  struct row {
    const char* broker;
    symptom seen;
    const char* name;
    const char* value;
    const char* id;
  };
  for (const row& each : {
           row{"emqx", symptom::no_last_value, "retainer.msg_expiry_interval", "10m",
               "delivery-message-expired"},
           row{"emqx", symptom::no_last_value, "retainer.enable", "false",
               "mqtt-retain-not-supported"},
           row{"emqx", symptom::missed_while_away, "mqtt.session_expiry_interval", "5m",
               "session-expired-while-away"},
           row{"emqx", symptom::drops, "mqtt.keepalive_multiplier", "1",
               "session-keepalive-expired"},
           row{"emqx", symptom::cannot_send, "mqtt.max_packet_size", "16KB",
               "mqtt-packet-too-large"},
           row{"rabbitmq", symptom::no_last_value, "mqtt.retained_message_store",
               "rabbit_mqtt_retained_msg_store_noop", "mqtt-retain-not-supported"},
           row{"rabbitmq", symptom::missed_while_away, "mqtt.max_session_expiry_interval_seconds",
               "600", "session-expiry-capped"},
           row{"rabbitmq", symptom::some_missing, "mqtt.mailbox_soft_limit", "50",
               "delivery-slow-consumer"},
           row{"vernemq", symptom::missed_while_away, "max_offline_messages", "20",
               "delivery-queue-overflow"},
           row{"hivemq", symptom::missed_while_away, "max-queue-size", "20",
               "delivery-queue-overflow"},
       }) {
    CAPTURE(each.name);
    scene here;
    here.connects("connected").works().listens("0.0.0.0", each.broker);
    here.runs(each.broker);
    configuration_fact& of = here.configured(true, 1883, each.broker);
    of.file = "/etc/broker.conf";
    of.settings[each.name] = each.value;
    of.places[each.name] = "/etc/broker.conf:12";
    here.all.asked.symptom = each.seen;
    const diagnosis made = diagnose(here.all);
    REQUIRE_FALSE(made.causes.empty());
    CHECK(made.causes[0].id == each.id);
    CHECK(has(said(made), "/etc/broker.conf:12"));
    here.all.asked.symptom = symptom::none;
    CHECK(diagnose(here.all).is_healthy);
  }
}

TEST_CASE("connections that end each other are one user's, and no restart of the broker") {
  phone made = at_work(symptom::drops);
  made.all.asked.port = 1883;
  watch_facts& watched = made.all.watch.emplace();
  watched.lasted_s = 25;
  watched.connections = 12;
  for (int i = 0; i < 10; ++i) {
    watch_drop drop;
    drop.is_steady = i % 2 == 0;
    drop.at_s = 1.06 * i;
    drop.stood_s = drop.idle_s = 1.06;
    drop.end = connection_end::closed;
    drop.away_s = 1.06;
    watched.drops.push_back(drop);
  }
  CHECK(made.first() == "session-duplicate-client-id");
  CHECK_FALSE(made.names("session-broker-restarted"));
}

TEST_CASE("a listener for this machine alone drops nobody who dials it from here") {
  scene here;
  here.connects("connected").works().listens("127.0.0.1");
  here.client().address = here.all.name.addresses[0] = here.all.asked.host = "127.0.0.1";
  here.runs();
  here.configured(true, 1883);
  here.all.asked.symptom = symptom::drops;
  here.all.watch.emplace().lasted_s = 25;
  const diagnosis made = diagnose(here.all);
  REQUIRE_FALSE(made.causes.empty());
  CHECK(made.causes[0].id == "symptom-unexplained");
}

TEST_CASE("facts of these probes come back from their file as they were") {
  phone made = at_work(symptom::shown_online);
  made.at().sendings = {sent(2, false, 9000, true)};
  made.at().wills = {will(will_end::silent, false)};
  made.at().overlap = overlap_fact{"t", {"a", "b"}, 2};
  made.at().counters["$SYS/broker/clients/total"] = 7;
  const std::string text = facts_to_json(made.all, false);
  facts again;
  CHECK(facts_from_json(text, again).empty());
  CHECK(facts_to_json(again, false) == text);
}
