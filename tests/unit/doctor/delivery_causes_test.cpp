// Messages between two connections, and causes for missing ones.
#include "common/exit_code.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

exchange_fact::run run_of(int qos, int arrived, int ack, int sent = 5) {
  exchange_fact::run made;
  made.qos = qos;
  made.sent = sent;
  made.arrived = arrived;
  made.ack = qos == 0 ? -1 : ack;
  made.acknowledged = qos == 0 || ack < 0 ? 0 : sent;
  made.arrived_qos = arrived > 0 ? qos : -1;
  for (int i = arrived; i < sent; ++i) made.lost.push_back(i + 1);
  return made;
}

/// A client that was accepted, and whose own topic works between two connections.
phone connected(const std::string& version = "5") {
  phone made;
  made.accepts(version);
  exchange_fact own;
  own.topic = own.filter = "mqtt-doctor/abc";
  own.version = fact_word<mqtt_version>(version);
  own.suback = 2;
  for (const int qos : {0, 1, 2}) own.runs.push_back(run_of(qos, 5, 0));
  made.at().exchanges.push_back(own);
  return made;
}

/// The same client, with an exchange on the user's topic in which no message arrived.
exchange_fact& with_users(phone& who, int ack, const std::string& filter = "home/door",
                          const std::string& version = "5") {
  exchange_fact users;
  users.is_users_topic = true;
  users.topic = "home/door";
  users.filter = filter;
  users.version = fact_word<mqtt_version>(version);
  users.suback = 2;
  users.publisher_pinged = users.subscriber_pinged = true;
  users.runs = {run_of(0, 0, -1), run_of(1, 0, ack)};
  who.all.asked.topic = filter;
  who.at().exchanges.push_back(users);
  return who.at().exchanges.back();
}

bool warns(const phone& who, const std::string& id, severity how_bad = severity::warning) {
  const diagnosis made = who.found();
  return made.causes.empty() &&
         std::any_of(made.warnings.begin(), made.warnings.end(), [&](const finding& found) {
           return found.id == id && found.how_bad == how_bad;
         });
}

}  // namespace

TEST_CASE("when all messages arrive nothing is wrong") {
  phone made = connected();
  exchange_fact& users = with_users(made, 0);
  users.runs = {run_of(0, 5, -1), run_of(1, 5, 0), run_of(2, 5, 0)};
  CHECK(made.first() == "healthy");
}

TEST_CASE("a filter that misses the topic is named with the slip, before anything else") {
  phone made = connected();
  made.all.asked.topic = "home/Door";
  made.all.asked.sent_to = "home/door";
  CHECK(made.first() == "delivery-topic-differs");
  CHECK(made.sureness() == certainty::certain);
  made.all.asked.topic = "#";
  made.all.asked.sent_to = "$SYS/broker/uptime";
  CHECK(made.first() == "delivery-hash-excludes-dollar");
  made.all.asked.topic = "home/+";
  made.all.asked.sent_to = "home/room/door";
  CHECK(made.first() == "delivery-wildcard-misread");
  made.all.asked.sent_to = "home/+";
  CHECK(made.first() == "mqtt-topic-violates-rules");
  made.all.asked.sent_to = "home/door";
  CHECK(made.first() == "healthy");
}

TEST_CASE("MQTT 5 says who may not write, and whether somebody listens") {
  phone refused = connected();
  with_users(refused, 0x87);
  CHECK(refused.first() == "auth-acl-publish-swallowed");
  // Access rules may name client identifiers, and the doctor's own is not among them.
  CHECK(refused.sureness() == certainty::likely);
  delivery_fact& apps = refused.delivers("home/door", true);
  apps.published = true;
  refused.at().contacts[0].mqtt->client_id_kind = client_id_kind::user;
  refused.all.asked.client_id = "phone";
  CHECK(refused.first() == "healthy");
  CHECK(refused.warns("auth-acl-publish-swallowed"));
  refused.at().deliveries.back().echoed = false;
  CHECK(refused.first() == "auth-acl-publish-swallowed");
  CHECK(refused.sureness() == certainty::certain);
  phone withheld = connected();
  with_users(withheld, 0);
  CHECK(withheld.first() == "auth-acl-read-denied-silently");
  CHECK(withheld.sureness() == certainty::likely);
}

TEST_CASE("MQTT 3.1.1 tells no reason: both are named, with what would tell them apart") {
  phone made = connected("3.1.1");
  with_users(made, 0, "home/door", "3.1.1");
  CHECK(made.first() == "auth-acl-publish-swallowed");
  CHECK(made.sureness() == certainty::possible);
  CHECK(made.names("auth-acl-read-denied-silently"));
}

TEST_CASE("a publisher that is hung up on, or never answered, is no silent loss") {
  phone closed = connected();
  exchange_fact& users = with_users(closed, -1);
  users.publisher_end = connection_end::closed;
  CHECK(closed.first() == "auth-acl-publish-closes");
  phone deaf = connected();
  with_users(deaf, -1);
  CHECK(deaf.first() == "auth-acl-no-puback");
}

TEST_CASE("one connection hears itself and another does not: two brokers") {
  phone made;
  made.accepts();
  delivery_fact echo;
  echo.topic = "mqtt-doctor/abc";
  echo.suback = 1;
  echo.puback = 0;
  echo.published = echo.echoed = true;
  made.at().deliveries.push_back(echo);
  exchange_fact own;
  own.topic = own.filter = "mqtt-doctor/abc";
  own.version = mqtt_version::v5;
  own.suback = 2;
  own.runs = {run_of(0, 0, -1), run_of(1, 0, 0x10), run_of(2, 0, 0)};
  made.at().exchanges.push_back(own);
  CHECK(made.first() == "delivery-two-brokers");
  CHECK(made.sureness() == certainty::likely);
}

TEST_CASE("a group that shares its messages is told from a broker that knows no groups") {
  phone half = connected();
  exchange_fact& some = with_users(half, 0, "$share/g/home/door");
  some.runs = {run_of(0, 2, -1), run_of(1, 3, 0)};
  CHECK(half.first() == "delivery-shared-subscription");
  CHECK(half.sureness() == certainty::likely);
  phone none = connected();
  with_users(none, 0x10, "$share/g/home/door");
  CHECK(none.first() == "delivery-shared-not-supported");
}

TEST_CASE("a group of the doctor's own proves that the missing messages went to another member") {
  phone made = connected();
  with_users(made, 0, "$share/g/home/door");
  exchange_fact alone = made.at().exchanges.back();
  alone.filter = "$share/mqtt-doctor-abc/home/door";
  alone.runs = {run_of(1, 5, 0)};
  made.at().exchanges.push_back(alone);
  CHECK(made.first() == "delivery-shared-subscription");
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("what arrives without a group and in none of them shows a broker that knows no groups") {
  phone made = connected();
  with_users(made, 0, "$share/g/home/door");
  exchange_fact other = made.at().exchanges.back();
  other.filter = "$share/mqtt-doctor-abc/home/door";
  made.at().exchanges.push_back(other);
  other.filter = "home/door";
  other.runs = {run_of(1, 5, 0)};
  made.at().exchanges.push_back(other);
  CHECK(made.first() == "delivery-shared-not-supported");
  CHECK(made.sureness() == certainty::likely);
  // No message comes without a shared group either: the permission is missing.
  made.at().exchanges.back().runs = {run_of(1, 0, 0)};
  CHECK(made.first() == "auth-acl-read-denied-silently");
}

namespace {

/// The device publishes at another broker: its messages do not come, the doctor's own do.
phone from_elsewhere(int arrived_here, int ack_there = 0) {
  phone made = connected();
  exchange_fact& there = with_users(made, ack_there);
  there.publisher_at = "other:1883";
  exchange_fact here = there;
  here.publisher_at.clear();
  here.runs = {run_of(1, arrived_here, 0)};
  made.at().exchanges.push_back(here);
  made.all.asked.sent_via = "other:1883";
  return made;
}

}  // namespace

TEST_CASE("a bridge that does not forward is told from a topic that may not be read") {
  CHECK(from_elsewhere(5).first() == "delivery-not-forwarded");
  CHECK(from_elsewhere(0).first() == "auth-acl-read-denied-silently");
  CHECK(from_elsewhere(5, 0x87).first() == "auth-acl-publish-swallowed");
}

TEST_CASE("another broker that takes no connection is named with what it did") {
  phone made = connected();
  made.all.asked.sent_via = "other:1884";
  made.at().elsewhere.emplace();
  made.at().elsewhere->address = "192.0.2.7";
  made.at().elsewhere->port = 1884;
  made.at().elsewhere->connect.outcome = connect_outcome::refused;
  CHECK(made.first() == "delivery-other-broker");
}

TEST_CASE("a hang-up at QoS 2 after all went well below it is blamed on the QoS, not the topic") {
  phone made = connected();
  exchange_fact& exchange = made.at().exchanges[0];
  exchange.runs[2] = run_of(2, 0, -1);
  exchange.publisher_end = connection_end::closed;
  CHECK(warns(made, "mqtt-qos-not-supported"));
  CHECK(made.first() != "auth-acl-publish-closes");
}

TEST_CASE("what arrives in part, twice, half way or under another name is said") {
  phone part = connected();
  with_users(part, 0).runs = {run_of(0, 5, -1), run_of(1, 3, 0)};
  CHECK(part.first() == "delivery-queue-overflow");
  phone many = connected();
  with_users(many, 0).runs = {run_of(1, 3, 0, 3000)};
  const finding lost = many.found().causes[0];
  CHECK(lost.id == "delivery-queue-overflow");
  CHECK(lost.evidence.back().places.at("numbers").size() < 200);
  phone twice = connected();
  twice.at().exchanges[0].runs[1].duplicates = 2;
  CHECK(warns(twice, "delivery-duplicated"));
  // The subscription to # matches the message as well: two copies are right.
  phone overlapped = twice;
  overlapped.at().exchanges.push_back(overlapped.at().exchanges[0]);
  overlapped.at().exchanges[1].filter = "#";
  overlapped.at().exchanges[1].runs.clear();
  CHECK_FALSE(warns(overlapped, "delivery-duplicated"));
  phone half = connected();
  half.at().exchanges[0].runs[2] = run_of(2, 0, 0);
  half.at().exchanges[0].runs[2].acknowledged = 0;
  half.at().exchanges[0].runs[2].half_way = 5;
  CHECK(half.first() == "delivery-qos2-stuck");
  phone other = connected();
  other.at().exchanges[0].runs[0].arrived_topic = "dot/x";
  CHECK(warns(other, "delivery-topic-rewritten"));
}

TEST_CASE("a lower QoS is a note, not a fault") {
  phone made = connected();
  made.at().exchanges[0].suback = 1;
  CHECK(warns(made, "delivery-qos-downgraded", severity::note));
}

TEST_CASE("system topics that are granted and stay empty are closed") {
  phone made = connected();
  exchange_fact& users = with_users(made, -1, "$SYS/#");
  users.topic.clear();
  users.runs.clear();
  CHECK(made.first() == "delivery-sys-closed");
  users.retained = 12;
  CHECK(made.first() == "healthy");
}

TEST_CASE("a subscriber of its own that is refused is named") {
  phone made = connected();
  exchange_fact& users = with_users(made, -1);
  users.runs.clear();
  users.subscriber = "app";
  users.suback = 0x87;
  CHECK(made.first() == "auth-acl-subscribe-refused");
  users.suback = -1;
  CHECK(made.first() == "healthy");
  users.subscriber_end = connection_end::closed;
  CHECK(made.first() == "auth-acl-subscribe-refused");
}

TEST_CASE("the second login that is refused is named as the one it belongs to") {
  phone made;
  made.accepts();
  made.all.asked.publisher = "sensor";
  made.contact_for("publisher").answers(0x86, 0x86);
  CHECK(made.first() == "auth-bad-credentials");
  REQUIRE_FALSE(made.found().causes[0].cures.empty());
  CHECK(made.found().causes[0].cures[0].command == "--as-publisher sensor:FILE");
  made.last().mqtt->sent_password = true;
  // The kind of broker is unknown: no broker's command is given.
  CHECK(made.found().causes[0].cures[0].command.empty());
  made.at().contacts[0].mqtt->limits = {{"receive-maximum", 20}, {"topic-alias-maximum", 10}};
  CHECK(made.found().causes[0].cures[0].command ==
        "sudo mosquitto_passwd /etc/mosquitto/passwd sensor && sudo systemctl reload mosquitto");
  // On the broker's machine the doctor knows the file, and the program to restart.
  phone here = made;
  here.all.host.emplace();
  configuration_fact used;
  used.broker = broker_kind::mosquitto;
  used.pid = 812;
  used.settings["password_file"] = "/srv/mqtt/users";
  here.all.host->configurations.push_back(used);
  CHECK(here.found().causes[0].cures[0].command ==
        "sudo mosquitto_passwd /srv/mqtt/users sensor && sudo kill -HUP 812");
  made.last().mqtt->reason = made.last().mqtt->meaning = 0x97;  // full: not the password's fault
  CHECK(made.first() == "mqtt-refused");
  CHECK(made.found().causes[0].cures.empty());
}

TEST_CASE("a retained message under the filter is a note") {
  phone made = connected();
  exchange_fact& users = with_users(made, 0);
  users.runs = {run_of(0, 5, -1), run_of(1, 5, 0)};
  users.retained = 2;
  users.retained_topic = "home/door";
  CHECK(warns(made, "delivery-retained-present", severity::note));
  users.retained = 0;
  CHECK_FALSE(warns(made, "delivery-retained-present", severity::note));
}

TEST_CASE("where no second connection is taken, delivery is called untried") {
  phone made;
  made.accepts();
  made.contact_for("subscriber").sends("closed");
  CHECK(warns(made, "delivery-not-tested"));
}

TEST_CASE("the exit status of what goes wrong after the login does not blame the login") {
  using mqttkit::tools::exit_code;
  const auto code_of = [](const std::string& id) {
    finding found;
    found.id = id;
    return static_cast<exit_code>(exit_code_of(found));
  };
  for (const second_look& look : all_looks()) {
    const layer where = cause_of(look.id).where;
    if (where != layer::delivery && where != layer::permission) continue;
    CAPTURE(look.id);
    const exit_code code = code_of(std::string(look.id));
    const bool is_of_delivery = code == exit_code::failed || code == exit_code::lost ||
                                code == exit_code::publish_refused ||
                                code == exit_code::subscribe_refused;
    CHECK(is_of_delivery);
  }
  CHECK(code_of("session-clean-session") == exit_code::failed);
  CHECK(code_of("session-v5-expires-at-once") == exit_code::failed);
  CHECK(code_of("session-duplicate-client-id") == exit_code::lost);
  CHECK(code_of("mqtt-no-suback") == exit_code::subscribe_refused);
  CHECK(code_of("session-id-too-long") == exit_code::identifier_refused);
}

TEST_CASE("a bridge that changes topics is told by where its messages arrive") {
  const auto moved = [](const std::string& arrived, int count = 5) {
    phone made = connected();
    made.all.asked.topic = "home/door";
    made.all.asked.sent_via = "mqtt://other.example";
    exchange_fact far;
    far.is_users_topic = true;
    far.publisher_at = made.all.asked.sent_via;
    far.topic = far.filter = "home/door";
    far.version = mqtt_version::v5;
    far.suback = 2;
    far.runs = {run_of(1, 0, 0)};
    made.at().exchanges.insert(made.at().exchanges.begin(), far);
    far.is_search = true;
    far.filter = "+/home/door";
    far.runs = {run_of(1, count, 0)};
    far.runs[0].arrived_topic = arrived;
    made.at().exchanges.insert(made.at().exchanges.begin() + 1, far);
    return made;
  };
  CHECK(moved("office/home/door").first() == "delivery-bridge-prefix");
  CHECK(moved("office/home/door").found().causes.front().cause.text.find("in front") !=
        std::string::npos);
  CHECK(moved("door").found().causes.front().cause.text.find("away") != std::string::npos);
  CHECK(moved("", 0).first() == "delivery-not-forwarded");
}

TEST_CASE("a broker that does not count a level among what a filter below it names is told so") {
  const auto asked = [](int arrived) {
    phone made = connected();
    with_users(made, 0, "home/#").topic = "home";
    exchange_fact search;
    search.is_search = true;
    search.topic = "mqtt-doctor/abc";
    search.filter = "mqtt-doctor/abc/#";
    search.version = mqtt_version::v5;
    search.suback = 1;
    search.runs = {run_of(1, arrived, 0)};
    made.at().exchanges.push_back(search);
    return made;
  };
  CHECK(asked(0).first() == "delivery-parent-not-matched");
  CHECK_FALSE(asked(5).names("delivery-parent-not-matched"));
}

TEST_CASE("topics that differ come after a login that is refused, and are told all the same") {
  phone value;
  value.with_login().answers(0x86, 0x86);
  value.all.asked.topic = "home/Door";
  value.all.asked.sent_to = "home/door";
  CHECK(value.first() == "auth-bad-credentials");
  const diagnosis made = value.found();
  const auto next = std::find_if(made.causes.begin(), made.causes.end(), [](const finding& found) {
    return found.id == "delivery-topic-differs";
  });
  REQUIRE(next != made.causes.end());
  CHECK(next->is_next);
}

TEST_CASE("messages that come with less than was agreed on, or out of order, are warned of") {
  phone flat = connected();
  exchange_fact& users = with_users(flat, 0);
  users.runs = {run_of(0, 5, -1), run_of(1, 5, 0), run_of(2, 5, 0)};
  users.runs[2].arrived_qos = 0;
  CHECK(warns(flat, "delivery-qos-downgraded"));
  users.runs[2].arrived_qos = 2;
  users.suback = 1;  // then less was agreed on
  users.runs[2].arrived_qos = 1;
  CHECK_FALSE(warns(flat, "delivery-qos-downgraded"));
  phone mixed = connected();
  exchange_fact& others = with_users(mixed, 0);
  others.runs = {run_of(0, 5, -1), run_of(1, 5, 0)};
  CHECK_FALSE(warns(mixed, "delivery-disordered"));
  others.runs[1].disordered = 2;
  CHECK(warns(mixed, "delivery-disordered"));
}

TEST_CASE("QoS 2 that is never answered where QoS 1 is well is blamed on the QoS") {
  phone made = connected();
  exchange_fact& users = with_users(made, 0);
  users.runs = {run_of(0, 5, -1), run_of(1, 5, 0), run_of(2, 0, -1)};
  CHECK(made.first() == "mqtt-qos-not-supported");
  users.runs[1].acknowledged = 0;
  CHECK(made.first() != "mqtt-qos-not-supported");
}

TEST_CASE("who gets other messages of the topic may read it") {
  phone made = connected();
  exchange_fact& users = with_users(made, 0);
  CHECK(made.names("auth-acl-read-denied-silently"));
  users.others = 1;
  CHECK_FALSE(made.names("auth-acl-read-denied-silently"));
  CHECK(made.excludes("auth-acl-read-denied-silently"));
}

TEST_CASE("a reason that is told comes before any guess at rights") {
  phone quota = connected();
  with_users(quota, 0x97);
  CHECK(quota.first() == "delivery-publish-refused");
  CHECK(quota.sureness() == certainty::certain);
  phone filter = connected();
  with_users(filter, -1).suback = 0x83;
  filter.at().exchanges.back().runs.clear();
  CHECK(filter.first() == "auth-acl-subscribe-refused");
  CHECK(filter.sureness() == certainty::certain);
  phone wildcard = connected();
  with_users(wildcard, -1, "home/+").suback = -1;
  wildcard.at().exchanges.back().runs.clear();
  wildcard.at().exchanges.back().subscriber_end = connection_end::disconnect;
  wildcard.at().exchanges.back().subscriber_disconnect = 0xA2;
  CHECK(wildcard.first() == "mqtt-wildcard-not-supported");
}

TEST_CASE("nobody subscribes, says the broker to whom we subscribed") {
  phone made = connected();
  with_users(made, 0x10);
  CHECK(made.first() == "auth-acl-read-denied-silently");
}

TEST_CASE("messages acknowledged as too large are told as that, and not as missing rights") {
  phone made = connected();
  exchange_fact& users = with_users(made, 0x95);
  users.payload_bytes = 70'000;
  CHECK(made.first() == "mqtt-packet-too-large");
  CHECK(made.sureness() == certainty::certain);
  phone other = connected();
  with_users(other, 0x87);
  CHECK(other.first() != "mqtt-packet-too-large");
  // One of several QoS that is refused otherwise arrives.
  phone well = connected();
  with_users(well, 0x95).runs = {run_of(0, 5, -1), run_of(1, 5, 0x95)};
  CHECK(well.first() != "mqtt-packet-too-large");
}

TEST_CASE("at QoS 0 alone no answer names a right, and two brokers are not the first guess") {
  phone made = connected();
  exchange_fact& users = with_users(made, -1);
  users.publisher = "dev";
  users.subscriber = "phone";
  users.runs = {run_of(0, 0, -1)};
  delivery_fact own;
  own.topic = "mqtt-doctor/own";
  own.published = own.subscribed = own.echoed = true;
  own.suback = 0;
  made.at().deliveries.push_back(own);
  CHECK(made.first() == "auth-acl-publish-swallowed");
  CHECK(made.found().causes.front().how_sure == certainty::possible);
  CHECK(in_english(made.found().causes.front().cause).find("dev") != std::string::npos);
  made.at().exchanges.back().runs = {run_of(0, 5, -1)};
  CHECK(made.found().is_healthy);
}
