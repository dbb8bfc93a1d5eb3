// Unread files lower the certainty; a neighbour's files change nothing. tests/lab/ablate checks
// this for every staged case; the tests here are the faults that it found.
#include "mqttkit/base/tls_codes.hpp"
#include "server_facts.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

certainty sureness_of(const scene& at, const std::string& id) {
  for (const finding& each : at.found()) {
    if (each.id == id) return each.how_sure;
  }
  FAIL("not found: " << id);
  return certainty::possible;
}

/// mosquitto's configuration has port 1883, but no process listens there.
scene stopped_broker() {
  scene s;
  s.connects("refused");
  s.configured(false, 1883);
  return s;
}

/// Another mosquitto, with its own files and port.
void add_neighbour(scene& to) {
  to.listens("127.0.0.1", "mosquitto", 990, 21883);
  to.runs("mosquitto", 990).configuration = "/etc/other/other.conf";
  configuration_fact& its = to.configured(true, 21883);
  its.file = "/etc/other/other.conf";
  its.pid = 990;
  its.settings["log_dest"] = "file /var/log/other.log";
}

void hide_part(configuration_fact& of) {
  of.problems.push_back(wrong(problem_kind::unreadable_configuration, false));
}

/// A mosquitto refused the login; its configuration names no password file.
scene refused_without_file() {
  scene s;
  s.listens("0.0.0.0").runs();
  s.configured(true, 1883).listeners[0].settings["allow_anonymous"] = "false";
  s.all.asked.has_user = s.all.asked.has_password = true;
  s.all.asked.user_name = "phone";
  return s.answers(5, 0x87);
}

}  // namespace

TEST_CASE("nobody on the port is a stopped broker for certain where one is set up for it") {
  CHECK(sureness_of(stopped_broker(), "tcp-refused-not-running") == certainty::certain);
}

TEST_CASE("nobody on the port, and no rule read that may send it to a container: likely") {
  scene s;
  s.connects("refused");
  s.configured(false);
  CHECK(sureness_of(s, "tcp-refused-not-running") == certainty::likely);
  CHECK(says(s, "may send port 1883 on"));
  SUBCASE("the rules were read") {
    s.firewall("nft", "accept");
    CHECK(sureness_of(s, "tcp-refused-not-running") == certainty::certain);
  }
  SUBCASE("the service that starts with the machine has failed") {
    service_fact service;
    service.name = "mosquitto.service";
    service.state = service_state::failed;
    service.enabled = service_start::enabled;
    s.host().services.push_back(service);
    CHECK(sureness_of(s, "tcp-refused-not-running") == certainty::certain);
  }
}

TEST_CASE("a broker on another port does not hide why this one does not start") {
  scene s = stopped_broker();
  s.host().configurations[0].problems.push_back(
      wrong(problem_kind::unknown_variable, true, "prot"));
  REQUIRE(s.first() == "host-config-error");
  add_neighbour(s);
  CHECK(s.first() == "host-config-error");
}

TEST_CASE("the log of a broker on another port tells nothing of this one") {
  scene s;
  s.connects("refused").listens("127.0.0.1");
  s.runs();
  s.configured(true, 1883);
  add_neighbour(s);
  log_fact line;
  line.source = "/var/log/other.log";
  line.kind = log_kind::address_in_use;
  line.text = "Error: Address already in use";
  s.host().log.push_back(line);
  CHECK(s.first() == "tcp-refused-loopback-listener");
  // The broker's own log has the line.
  s.host().configurations[0].settings["log_dest"] = "stdout\nfile /var/log/other.log";
  CHECK(s.first() == "host-port-in-use");
}

TEST_CASE("an unread part of the configuration may name the password file") {
  scene s = refused_without_file();
  REQUIRE(s.first() == "auth-bad-credentials");
  REQUIRE(says(s, "names no password_file"));
  hide_part(s.host().configurations[0]);
  CHECK_FALSE(says(s, "names no password_file"));
  s.all.asked.has_user = s.all.asked.has_password = false;
  REQUIRE(s.first() == "auth-anonymous-refused");
  CHECK_FALSE(says(s, "no password_file either"));
}

TEST_CASE("an unread part of the configuration may name a listener") {
  scene s;
  s.connects("refused").listens("127.0.0.1");
  s.runs();
  s.configured(true);
  REQUIRE(says(s, "names no listener"));
  hide_part(s.host().configurations[0]);
  REQUIRE(s.first() == "tcp-refused-loopback-listener");
  CHECK_FALSE(says(s, "names no listener"));
  CHECK_FALSE(says(s, "tee"));
}

TEST_CASE("an unread part of the configuration may name the certificate") {
  scene s("mqtts", 8883);
  s.listens("0.0.0.0").runs();
  configuration_fact& its = s.configured(true, 8883);
  s.closes();
  REQUIRE(s.first() == "tls-to-plaintext-port");
  hide_part(its);
  CHECK(s.first() == "nothing");
}

TEST_CASE("a log that says a file cannot be opened leaves it open why") {
  scene s = stopped_broker();
  SUBCASE("of a password file") {
    s.logs(log_kind::file_unreadable, "Error: Unable to open pwfile \"/etc/mosquitto/passwd\".");
    CHECK(sureness_of(s, "host-file-permission") == certainty::likely);
  }
  SUBCASE("of a key") {
    s.logs(log_kind::tls_file, "Error: Unable to load server key file \"/x\". Check keyfile.");
    CHECK(sureness_of(s, "host-cert-key-problem") == certainty::likely);
  }
  SUBCASE("a key that is another certificate's is told by name") {
    s.logs(log_kind::key_mismatch, "OpenSSL Error: key values mismatch");
    CHECK(sureness_of(s, "host-cert-key-problem") == certainty::certain);
  }
}

TEST_CASE("a mosquitto whose process was not looked at is still a broker") {
  scene s;
  s.closes().listens("0.0.0.0", "mosquitto", 812);
  CHECK(s.first() != "mqtt-not-a-broker");
}

TEST_CASE("a router close by and this device's own rules say no in the same words") {
  phone made("mqtt", 1883, "93.184.216.5");
  made.last().address = "93.184.216.5";
  made.all.name.addresses = {"93.184.216.5"};
  made.last().connect = {connect_outcome::host_unreachable, "EHOSTUNREACH", 0.4, {}, 0, ""};
  REQUIRE(made.names("tcp-local-policy"));
  for (const finding& cause : made.found().causes) CHECK(cause.how_sure != certainty::certain);
  // Only the kernel reports this, and only for IPv4.
  made.last().connect = {connect_outcome::forbidden, "EACCES", 0.1, {}, 0, ""};
  CHECK(made.first() == "tcp-local-policy");
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("a web page is no broker for certain once WebSocket and a Wi-Fi's page were looked for") {
  phone made;
  made.says("http", "HTTP/1.1 400 Bad Request");
  REQUIRE(made.first() == "mqtt-not-a-broker");
  CHECK(made.sureness() == certainty::likely);
  made.contact_for("upgrade").status(404, "404 Not Found");
  CHECK(made.sureness() == certainty::likely);
  made.at().reachability.emplace().test_net = connect_outcome::net_unreachable;
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("the end of a certificate is certain where this clock is not alone with it") {
  phone made("mqtts", 8883);
  made.secured().fails(verify_code::has_expired);
  certificate_fact& leaf = made.last().tls->chain[0];
  leaf.not_after = "2026-11-18T00:00:00Z";
  leaf.days_left = -4;
  made.all.local.built = "2026-10-01";
  REQUIRE(made.first() == "tls-expired");
  CHECK(made.sureness() == certainty::likely);
  SUBCASE("a server says the same day") {
    made.all.local.http_date = "Sat, 21 Nov 2026 08:00:02 GMT";
    made.all.local.clock_error_s = -2;
    CHECK(made.sureness() == certainty::certain);
  }
  SUBCASE("this program was made after it") {
    made.all.local.built = "2026-11-20";
    CHECK(made.sureness() == certainty::certain);
  }
}

TEST_CASE("a question that one name server loses is not dropped where another one answers") {
  phone made;
  made.accepts();
  const auto ask = [&](const char* server, record_type type, dns_outcome outcome) {
    dns_fact asked;
    asked.server = server;
    asked.type = type;
    asked.outcome = outcome;
    asked.rcode = outcome == dns_outcome::answered ? 0 : -1;
    made.all.name.questions.push_back(asked);
  };
  made.all.name.lookup = lookup_outcome::ok;
  made.all.name.lookup_ms = 2000;
  ask("192.0.2.1", record_type::aaaa, dns_outcome::timeout);
  ask("192.0.2.2", record_type::a, dns_outcome::answered);
  CHECK_FALSE(made.names("dns-aaaa-queries-dropped"));
  CHECK_FALSE(made.warns("dns-aaaa-queries-dropped"));
  ask("192.0.2.1", record_type::a, dns_outcome::answered);
  CHECK((made.names("dns-aaaa-queries-dropped") || made.warns("dns-aaaa-queries-dropped")));
}

TEST_CASE("who asked for messages and saw some get lost is not told that all is well") {
  phone made;
  made.accepts();
  exchange_fact own;
  own.topic = own.filter = "mqtt-doctor/abc";
  own.suback = 1;
  exchange_fact::run run;
  run.sent = 5;
  run.acknowledged = run.arrived = 3;
  own.runs.push_back(run);
  made.at().exchanges.push_back(own);
  made.all.asked.is_delivery = true;
  CHECK_FALSE(made.found().is_healthy);
  CHECK(made.found().exit_code != 0);
}

TEST_CASE("behind a proxy the broker in question is the one it leads to") {
  scene s;
  s.listens("0.0.0.0", "nginx", 700).closes();
  proxy_fact proxy;
  proxy.port = 1883;
  proxy.target = "127.0.0.1:1884";
  s.host().proxies.push_back(proxy);
  add_neighbour(s);
  log_fact line;
  line.source = "/var/log/other.log";
  line.kind = log_kind::max_connections;
  line.text = "Client connection denied, max_connections exceeded.";
  s.host().log.push_back(line);
  CHECK(s.first() != "mqtt-max-connections");
  s.host().proxies[0].target = "127.0.0.1:21883";
  CHECK(s.first() == "mqtt-max-connections");
}

TEST_CASE("another broker's container is not for certain the one that was meant") {
  const auto with_container = [](const char* ports, bool is_set_up) {
    scene s;
    s.connects("refused");
    if (is_set_up) s.configured(false, 1883);
    container_fact& made = s.host().containers.emplace_back();
    made.name = "emqx";
    made.image = "emqx/emqx:5";
    made.ports = ports;
    const auto all = s.found();
    const auto at = std::find_if(all.begin(), all.end(), [](const finding& each) {
      return each.id == "tcp-docker-port-not-published";
    });
    return at == all.end() ? std::string("none") : std::string(to_string(at->how_sure));
  };
  CHECK(with_container("1883/tcp", false) == "certain");
  CHECK(with_container("1883/tcp", true) == "likely");
  CHECK(with_container("0.0.0.0:8094->1883/tcp", false) == "likely");
  CHECK(with_container("0.0.0.0:8094->1883/tcp", true) == "none");
}
