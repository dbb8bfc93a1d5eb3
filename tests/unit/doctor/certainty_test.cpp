// Where a second explanation leaves the same facts, nothing is certain; what is in order is not
// blamed.
#include "mqtt-doctor/said/place.hpp"
#include "server_facts.hpp"
#include "unit/doctor/phone.hpp"
#include "unit/doctor/places.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::dials;
using mqttkit::doctor::test::phone;
using mqttkit::doctor::test::scene;
using mqttkit::doctor::test::sees_port;

namespace {

constexpr int bad_login = 0x86, not_authorized = 0x87;

const finding* named(const std::vector<finding>& all, const std::string& id) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const finding& each) { return each.id == id; });
  return at != all.end() ? &*at : nullptr;
}

/// The router says that the host is unreachable, after that time.
phone unreachable_after(double ms) {
  phone made;
  dials(made, "93.184.216.34", "93.184.216.34");
  made.last().connect.outcome = connect_outcome::host_unreachable;
  made.last().connect.error = "EHOSTUNREACH";
  made.last().connect.ms = ms;
  icmp_fact icmp;
  icmp.type = 3;
  icmp.code = 1;
  icmp.from = "192.0.2.1";
  made.last().connect.icmp = icmp;
  return made;
}

/// A broker on this machine that works, behind a firewall that lets one range in.
scene behind(const std::string& range, const std::string& address) {
  scene made;
  made.listens("0.0.0.0").works().firewall("nft", "source", "ip saddr " + range + " accept");
  made.host().firewall.back().source = range;
  made.host().addresses = {address};
  return made;
}

}  // namespace

TEST_CASE("\"not authorized\" to an anonymous client may be about more than its login") {
  phone nobody;
  nobody.answers(0x87, not_authorized);
  CHECK(nobody.first() == "auth-anonymous-refused");
  CHECK(nobody.sureness() == certainty::likely);
  phone told;
  told.answers(0x86, bad_login);
  CHECK(told.first() == "auth-anonymous-refused");
  CHECK(told.sureness() == certainty::certain);
  phone with_certificate;
  with_certificate.all.asked.has_certificate = true;
  with_certificate.answers(0x86, bad_login);
  CHECK(with_certificate.sureness() == certainty::likely);
}

TEST_CASE("MQTT 5 allows a password without a user name, and 3.1.1 does not") {
  phone token;
  token.all.asked.has_password = true;
  token.all.asked.version = mqtt_version::v5;
  token.answers(0x86, bad_login);
  CHECK(token.first() == "auth-password-without-username");
  CHECK(token.sureness() == certainty::likely);
  phone older;
  older.all.asked.has_password = true;
  older.answers(4, bad_login, "3.1.1");
  CHECK(older.first() == "auth-password-without-username");
  CHECK(older.sureness() == certainty::certain);
}

TEST_CASE("without an IPv6 address of its own a device lacks no free ports") {
  phone made;
  dials(made, "::1", "::1");
  made.last().connect.outcome = connect_outcome::no_local_port;
  made.all.local.interfaces = {{"eth0", "192.0.2.7", 24}};
  CHECK(made.first() == "tcp-client-offline");
  made.all.local.interfaces.push_back({"eth0", "2001:db8::7", 64});
  CHECK(made.first() == "tcp-ephemeral-ports-exhausted");
  CHECK(made.sureness() == certainty::likely);
  dials(made, "93.184.216.34", "93.184.216.34");
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("an own address that the machine does not have is told before a lack of ports") {
  phone made;
  dials(made, "93.184.216.34", "93.184.216.34");
  made.last().connect.outcome = connect_outcome::no_local_port;
  made.all.local.interfaces = {{"eth0", "192.0.2.7", 24}};
  made.all.asked.family_because = "-A 192.0.2.9";
  CHECK(made.first() == "tcp-local-policy");
  CHECK(made.sureness() == certainty::certain);
  made.all.asked.family_because = "-A 192.0.2.7";
  CHECK(made.first() == "tcp-ephemeral-ports-exhausted");
  made.all.asked.family_because = "-4";
  CHECK(made.first() == "tcp-ephemeral-ports-exhausted");
}

TEST_CASE("a quick \"host unreachable\" is a router's rule only where the host lives") {
  phone absent = unreachable_after(40);
  const diagnosis of_absent = absent.found();
  const finding* const rule = named(of_absent.causes, "tcp-unreachable-router-acl");
  REQUIRE(rule != nullptr);
  CHECK(rule->how_sure == certainty::possible);
  phone alive = unreachable_after(40);
  sees_port(alive, 443);
  CHECK(alive.first() == "tcp-unreachable-router-acl");
  CHECK(alive.sureness() == certainty::certain);
}

TEST_CASE("a machine that takes connections at another port is not absent") {
  phone slow = unreachable_after(3100);
  CHECK(slow.first() == "tcp-unreachable-host-down");
  sees_port(slow, 443);
  CHECK_FALSE(slow.names("tcp-unreachable-host-down"));
}

TEST_CASE("a search for a neighbour that ends is no rule of this machine") {
  phone searched = unreachable_after(976);
  searched.last().connect.icmp->from_self = true;
  CHECK_FALSE(searched.names("tcp-local-policy"));
  CHECK(searched.first() == "tcp-unreachable-host-down");
  phone refused = unreachable_after(0.2);
  refused.last().connect.icmp->from_self = true;
  CHECK(refused.first() == "tcp-local-policy");
}

/// A name that was asked for and led to no address.
phone unknown_name(const std::string& host = "broker.example") {
  phone made("mqtt", 1883, host);
  made.all.name.addresses.clear();
  made.all.endpoints.clear();
  return made;
}

dns_fact reply_to(record_type type, dns_outcome outcome, int rcode = 0) {
  dns_fact made;
  made.server = "192.0.2.53";
  made.type = type;
  made.outcome = outcome;
  made.rcode = rcode;
  return made;
}

TEST_CASE("one question without a reply may be a lost packet, two are a silent name server") {
  phone made = unknown_name();
  made.all.name.lookup = lookup_outcome::again;
  made.all.name.questions = {reply_to(record_type::a, dns_outcome::timeout)};
  CHECK(made.first() == "dns-resolver-silent");
  CHECK(made.sureness() == certainty::likely);
  made.all.name.questions.push_back(reply_to(record_type::aaaa, dns_outcome::timeout));
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("that a name has no address, or is none, is certain once two name servers say so") {
  phone empty = unknown_name(), none = unknown_name();
  for (const record_type type : {record_type::a, record_type::aaaa}) {
    empty.all.name.questions.push_back(reply_to(type, dns_outcome::answered));
    none.all.name.questions.push_back(reply_to(type, dns_outcome::answered, 3));
  }
  CHECK(empty.first() == "dns-no-address-for-family");
  CHECK(empty.sureness() == certainty::likely);
  CHECK(none.first() == "dns-nxdomain");
  CHECK(none.sureness() == certainty::likely);
  empty.all.name.elsewhere = {reply_to(record_type::a, dns_outcome::answered)};
  none.all.name.elsewhere = {reply_to(record_type::a, dns_outcome::answered, 3)};
  CHECK(empty.sureness() == certainty::certain);
  CHECK(none.sureness() == certainty::certain);
  // One that does not answer confirms nothing.
  none.all.name.elsewhere = {reply_to(record_type::a, dns_outcome::timeout)};
  CHECK(none.sureness() == certainty::likely);
}

TEST_CASE("a date of a certificate is certain where another clock agrees with this one") {
  for (const int wrong : {9, 10}) {  // not yet valid, expired
    phone made("mqtts", 8883);
    made.secured().fails(wrong).accepts();
    certificate_fact& leaf = made.last().tls->chain[0];
    (wrong == 9 ? leaf.not_before : leaf.not_after) =
        wrong == 9 ? "2027-01-01T00:00:00Z" : "2026-11-01T00:00:00Z";
    leaf.days_left = wrong == 9 ? 400 : -20;
    CAPTURE(wrong);
    CHECK(made.first() == (wrong == 9 ? "tls-not-yet-valid" : "tls-expired"));
    CHECK(made.sureness() == certainty::likely);
    made.all.local.http_date = "Sat, 21 Nov 2026 08:00:03 GMT";
    made.all.local.clock_error_s = -3;
    CHECK(made.sureness() == certainty::certain);
  }
}

TEST_CASE("of a missing link and a foreign authority the one that shows is surer than the other") {
  const auto sureness_of = [](const phone& who, const std::string& id) {
    const diagnosis made = who.found();
    const finding* const found = named(made.causes, id);
    REQUIRE(found != nullptr);
    return found->how_sure;
  };
  phone cut("mqtts", 8883), own("mqtts", 8883);
  cut.all.asked.has_ca = own.all.asked.has_ca = true;
  cut.secured("CN=Lab Issuing CA").fails(20).accepts();
  CHECK(sureness_of(cut, "tls-missing-intermediate") == certainty::likely);
  CHECK(sureness_of(cut, "tls-unknown-ca") == certainty::possible);
  own.secured("CN=Home CA").fails(20).accepts();
  CHECK(sureness_of(own, "tls-unknown-ca") == certainty::certain);
  CHECK(sureness_of(own, "tls-missing-intermediate") == certainty::possible);
}

TEST_CASE("alert 112 names the name; alert 40 that goes without it only speaks for that") {
  phone told("mqtts", 8883), tried("mqtts", 8883);
  for (phone* each : {&told, &tried}) each->all.asked.scheme = scheme::mqtts;
  told.alert(112);
  CHECK(told.first() == "tls-sni-refused");
  CHECK(told.sureness() == certainty::certain);
  tried.alert(40);
  tried.contact_for("no-sni").secured("CN=Known CA", "");
  CHECK(tried.first() == "tls-sni-refused");
  CHECK(tried.sureness() == certainty::likely);
}

TEST_CASE("what CONNACK announces is certain; what a subscription was granted is a sign") {
  const auto sureness_of = [](const phone& who) {
    const diagnosis made = who.found();
    const finding* const found = named(made.warnings, "mqtt-qos-not-supported");
    REQUIRE(found != nullptr);
    return found->how_sure;
  };
  phone announced, granted;
  announced.accepts().last().mqtt->limits["maximum-qos"] = 1;
  CHECK(sureness_of(announced) == certainty::certain);
  granted.accepts();
  granted.delivers("mqtt-doctor/x").suback = 0;
  CHECK(sureness_of(granted) == certainty::likely);
}

TEST_CASE("a name server that fails may have no way out itself") {
  phone made;
  made.all.name.addresses.clear();
  made.all.endpoints.clear();
  made.all.name.lookup = lookup_outcome::again;
  dns_fact reply;
  reply.server = "192.0.2.53";
  reply.type = record_type::a;
  reply.outcome = dns_outcome::answered;
  reply.rcode = 2;
  made.all.name.questions = {reply};
  CHECK(made.first() == "dns-server-failure");
  CHECK(made.sureness() == certainty::likely);
  made.all.name.elsewhere = {reply};
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("a .local name that a name server knows is no fault") {
  phone made("mqtt", 1883, "broker.local");
  dns_fact reply;
  reply.server = "192.0.2.53";
  reply.type = record_type::a;
  reply.outcome = dns_outcome::answered;
  reply.rcode = 0;
  reply.addresses = made.all.name.addresses;
  made.all.name.questions = {reply};
  made.accepts();
  const diagnosis found = made.found();
  CHECK(found.is_healthy);
  const finding* const about = named(found.warnings, "dns-mdns-name");
  REQUIRE(about != nullptr);
  CHECK(about->how_bad == severity::note);
}

TEST_CASE("alerts about a client certificate name the fault, or several") {
  phone odd("mqtts", 8883);
  odd.all.asked.has_certificate = true;
  odd.secured().alert(43, true, true);
  CHECK(odd.first() == "tls-client-cert-wrong-purpose");
  CHECK(odd.sureness() == certainty::likely);
  phone old("mqtts", 8883);
  old.all.asked.has_certificate = true;
  old.secured().alert(45, true, true);
  CHECK(old.first() == "tls-client-cert-expired");
  CHECK(old.sureness() == certainty::likely);
  old.all.asked.certificate_ends = "2026-01-01T00:00:00Z";
  CHECK(old.sureness() == certainty::certain);
}

TEST_CASE("403 may be a rule, or a folder without a page") {
  phone made("ws", 80);
  made.status(403, "403 Forbidden");
  CHECK(made.first() == "ws-redirected-or-guarded");
  CHECK(made.sureness() == certainty::likely);
  phone asked("ws", 80);
  asked.status(403, "403 Forbidden", "<title>Just a moment...</title>");
  CHECK(asked.sureness() == certainty::certain);
}

TEST_CASE("a code other than 0x9A says of a retained message no more than that it was not taken") {
  phone made;
  made.accepts();
  made.all.asked.retained = true;
  retained_fact& tried = made.at().retained.emplace();
  tried.ack = 0x97;
  CHECK(made.sureness() == certainty::likely);
  tried.ack = 0x9A;
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("a firewall that lets the machine's own private network in is set up as usual") {
  const auto home = behind("10.77.0.0/16", "10.77.2.2").found();
  const finding* const about = named(home, "tcp-timeout-source-allowlist");
  REQUIRE(about != nullptr);
  CHECK(about->how_bad == severity::note);
  CHECK(named(behind("10.0.0.0/8, 192.168.0.0/16", "192.168.3.4").found(),
              "tcp-timeout-source-allowlist")
            ->how_bad == severity::note);
  // The machine stands on the Internet, or in a network that is left out.
  CHECK(named(behind("10.77.0.0/16", "93.184.216.34").found(), "tcp-timeout-source-allowlist")
            ->how_bad == severity::warning);
  CHECK(
      named(behind("10.78.0.0/16", "10.77.2.2").found(), "tcp-timeout-source-allowlist")->how_bad ==
      severity::warning);
}

TEST_CASE("a limit that a home never meets is not warned of") {
  const auto with = [](const std::string& rule) {
    scene made;
    made.listens("0.0.0.0").works().firewall("iptables", "limit", rule);
    return named(made.found(), "tcp-refused-rate-limit") != nullptr;
  };
  CHECK_FALSE(with("-m connlimit --connlimit-above 50 -j REJECT"));
  CHECK(with("-m connlimit --connlimit-above 3 -j REJECT"));
  CHECK_FALSE(with("ct count over 200 drop"));
  CHECK_FALSE(with("limit rate over 600/minute burst 100 packets drop"));
  CHECK(with("limit rate over 10/minute burst 5 packets drop"));
  CHECK(with("-m hashlimit --hashlimit-above 6/min -j DROP"));
}

TEST_CASE("what refuses at an address of another machine is not this one's listener") {
  scene made;
  made.connects("refused").listens("10.77.2.2");
  made.client().address = "203.0.113.9";
  made.all.local.is_target = false;
  made.runs();
  const auto found = made.found();
  CHECK(named(found, "tcp-refused-loopback-listener") == nullptr);
  const finding* const about = named(found, "tcp-port-forward-wrong");
  REQUIRE(about != nullptr);
  CHECK(about->how_sure == certainty::likely);
  for (const cure& each : about->cures) CHECK(each.command.empty());
}

TEST_CASE("what lies before a machine that does not answer by its public address is not certain") {
  scene made;
  made.connects("silent").listens("0.0.0.0").firewall("nft", "accept");
  made.client().address = "203.0.113.9";
  made.all.local.is_target = false;
  const auto found = made.found();
  const finding* const about = named(found, "tcp-timeout-security-group");
  REQUIRE(about != nullptr);
  CHECK(about->how_sure == certainty::likely);
}

TEST_CASE("\"max_connections exceeded\" of some hour is no reason while few are connected") {
  const auto with_standing = [](int standing) {
    scene made;
    made.closes().listens("0.0.0.0").logs(log_kind::max_connections, "max_connections exceeded");
    made.host().listeners.back().connections = standing;
    made.runs();
    made.configured(true, 1883).listeners[0].settings["max_connections"] = "50";
    const auto found = made.found();
    const finding* const about = named(found, "mqtt-max-connections");
    REQUIRE(about != nullptr);
    return about->how_sure;
  };
  CHECK(with_standing(50) == certainty::certain);
  CHECK(with_standing(3) == certainty::possible);
}

TEST_CASE("a listener for the machine's own programs beside one for the rest is no fault") {
  scene made;
  made.works().listens("127.0.0.1").listens("0.0.0.0", "mosquitto", 812, 8883);
  made.client().address = "127.0.0.1";
  made.runs();
  configured_listener secure;
  secure.port = 8883;
  made.configured(true, 1883).listeners.push_back(secure);
  const auto beside = made.found();
  const finding* const about = named(beside, "tcp-refused-loopback-listener");
  REQUIRE(about != nullptr);
  CHECK(about->how_bad == severity::warning);
  for (const cure& each : about->cures) CHECK(each.command.empty());
  scene alone;
  alone.works().listens("127.0.0.1");
  alone.client().address = "127.0.0.1";
  alone.runs();
  alone.configured(true, 1883);
  CHECK(named(alone.found(), "tcp-refused-loopback-listener")->how_bad == severity::problem);
}

TEST_CASE("an address of a name that refuses belongs to a machine that lives") {
  const auto other = [](connect_outcome how) {
    phone made;
    made.accepts();
    made.contact_for("address").last().address = "2001:db8::7";
    made.contact_for("address").last().connect.outcome = how;
    const diagnosis found = made.found();
    const finding* const about = named(found.causes, "dns-one-of-several-dead");
    REQUIRE(about != nullptr);
    return in_english(about->cause);
  };
  CHECK(other(connect_outcome::refused).find("refuses port 1883") != std::string::npos);
  CHECK(other(connect_outcome::silent).find("does not answer") != std::string::npos);
}

TEST_CASE("a second start that failed beside a broker that works is no second configuration") {
  scene made;
  made.works().listens("0.0.0.0").logs(log_kind::address_in_use, "Error: Address already in use");
  made.runs();
  made.configured(true, 1883);
  const auto found = made.found();
  const finding* const about = named(found, "host-port-in-use");
  REQUIRE(about != nullptr);
  CHECK(about->how_bad == severity::note);
  CHECK(about->cures.empty());
}

TEST_CASE("a message that comes at QoS 1 in the place of 2 is not lost") {
  const auto come_at = [](int qos) {
    phone made;
    made.accepts();
    made.all.asked.is_delivery = true;
    exchange_fact exchange;
    exchange.topic = exchange.filter = "home/door";
    exchange.is_users_topic = true;
    exchange.wanted = exchange.suback = 2;
    exchange_fact::run run;
    run.qos = 2;
    run.sent = run.arrived = 5;
    run.arrived_qos = qos;
    exchange.runs = {run};
    made.at().exchanges = {exchange};
    const diagnosis found = made.found();
    const finding* const about = named(found.warnings, "delivery-qos-downgraded");
    REQUIRE(about != nullptr);
    return about->how_bad;
  };
  CHECK(come_at(1) == severity::note);
  CHECK(come_at(0) == severity::warning);
}

TEST_CASE("a line names the broker's address, and not the device's or a part of a program") {
  CHECK(broker_in("[I][mqtt.client:293]: MQTT Connected!").host.empty());
  CHECK(broker_in("Listener tcp:default on 0.0.0.0:1883 started.").host.empty());
  CHECK(broker_in("WiFi connected, IP address: 192.168.1.44").host.empty());
  CHECK(broker_in("got ip:192.168.1.44, mask: 255.255.255.0").host.empty());
  CHECK(broker_in("WiFi ok, IP address: 192.168.1.44. Connecting to 192.168.1.2 failed, rc=-2")
            .host == "192.168.1.2");
  CHECK(broker_in("[fd00::2]:1883 refused").host == "fd00::2");
}
