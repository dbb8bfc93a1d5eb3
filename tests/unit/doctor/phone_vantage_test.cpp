// A phone's browser and the broker's machine, diagnosed together.
#include "mqtt-doctor/phone/phone_vantage.hpp"

#include <doctest/doctest.h>

#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/phone/verdict.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "mqttkit/base/tls_codes.hpp"
#include "unit/doctor/places.hpp"

namespace mqttkit::doctor::test {
namespace {

constexpr const char* phone_address = "198.51.100.9";

/// The page's posts and the arrived connections, port by port.
class scan {
 public:
  explicit scan(const std::string& host = server_address) : host_(host) {
    facts_.host = host;
    facts_.address = phone_address;
    facts_.has_page = facts_.has_findings = true;
    facts_.watched_by = phone_watch::capture;
  }

  scan& arrives(int port, const std::string& kind, phone_arrival how) {
    phone_port_fact made;
    made.port = port;
    made.kind = fact_word<doctor::scheme>(kind);
    made.path = has_websocket(made.kind.value()) ? "/mqtt" : "";
    made.arrival = how;
    if (how > phone_arrival::absent) made.address = facts_.address;
    facts_.ports.push_back(made);
    return *this;
  }
  phone_port_fact& port() { return facts_.ports.back(); }
  scan& tries(phone_step what, phone_outcome how, int code = -1) {
    phone_step_fact made;
    made.step = what;
    made.port = port().port;
    made.kind = port().kind;
    made.path = port().path;
    made.outcome = how;
    made.code = code;
    made.version = mqtt_version::v5;
    made.user = what == phone_step::login;
    made.ms = 12;
    facts_.steps.push_back(made);
    return *this;
  }
  phone_step_fact& step() { return facts_.steps.back(); }
  /// No page was loaded: the phone scanned only the first code.
  scan& has_no_page() {
    facts_.has_page = facts_.has_findings = false;
    facts_.address.clear();
    facts_.seconds = 31;
    return *this;
  }
  phone_facts& known() { return facts_; }

  places beside(const phone& server) const {
    facts named = server.all;
    named.name.is_literal = true;
    named.name.canonical = host_;
    named.name.addresses = {host_};
    places out;
    out.of("server", server);
    out.all.emplace_back("phone", facts_of_phone(facts_, host_, named));
    return out;
  }

 private:
  std::string host_;
  phone_facts facts_;
};

phone ready_server() {
  phone made = broker_machine();
  made.accepts();
  return made;
}

page_verdict verdict_in(const places& all) {
  return verdict_of(all.all[1], &all.all[0], all.found());
}

}  // namespace

TEST_CASE("a phone whose connection to 1883 stands is well, though a page can say no more there") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::stood).tries(phone_step::fetch, phone_outcome::closed);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "healthy");
  CHECK(all.found().is_healthy);
  const page_verdict verdict = verdict_in(all);
  CHECK(verdict.is_good);
  CHECK(verdict.settings.port == 1883);
  CHECK(!verdict.settings.tls);
  CHECK(!verdict.settings.user_needed);
  CHECK(!verdict.settings.is_proven);
}

TEST_CASE("a phone that was let in over WebSocket proves what to set in the app") {
  scan made;
  made.arrives(9001, "ws", phone_arrival::stood)
      .tries(phone_step::websocket, phone_outcome::ok)
      .tries(phone_step::login, phone_outcome::ok, 0);
  const places all = made.beside(ready_server());
  CHECK(all.found().is_healthy);
  const page_verdict verdict = verdict_in(all);
  CHECK(verdict.settings.port == 9001);
  CHECK(verdict.settings.path == "/mqtt");
  CHECK(verdict.settings.user_needed);
  CHECK(verdict.settings.is_proven);
}

TEST_CASE("what a page proved over WebSocket is told of the port that apps use") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::stood).tries(phone_step::fetch, phone_outcome::closed);
  const auto over = [&](const char* kind) {
    made.arrives(9001, kind, phone_arrival::stood)
        .tries(phone_step::websocket, phone_outcome::ok)
        .tries(phone_step::login, phone_outcome::ok, 0);
  };
  SUBCASE("the broker answers there") {
    over("ws");
    const page_verdict verdict = verdict_in(made.beside(ready_server()));
    CHECK(verdict.settings.port == 1883);
    CHECK(verdict.settings.path.empty());
    CHECK(verdict.settings.user_needed);
    CHECK(verdict.settings.is_proven);
    CHECK(verdict.settings.tried_port == 9001);
    REQUIRE(!verdict.text.empty());
    CHECK(in_english(verdict.text.front()).find("port 9001, path /mqtt") != std::string::npos);
  }
  SUBCASE("not in place of TLS") {
    over("wss");
    CHECK(verdict_in(made.beside(ready_server())).settings.port == 9001);
  }
  SUBCASE("not where the broker is silent there") {
    over("ws");
    phone server = ready_server();
    server.sends("silent");
    CHECK(verdict_in(made.beside(server)).settings.port == 9001);
  }
}

TEST_CASE("of a phone whose packets do not arrive, a filter before the server is blamed") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::absent)
      .tries(phone_step::fetch, phone_outcome::timeout);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "tcp-timeout-security-group");
  CHECK(all.sureness() == certainty::certain);
  CHECK(all.says("server", "Not a packet of the phone"));
  CHECK(!verdict_in(all).is_good);
}

TEST_CASE("without a page the tries at the first code's port decide") {
  scan made;
  made.has_no_page().arrives(1883, "mqtt", phone_arrival::absent);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "tcp-timeout-security-group");
}

TEST_CASE("of a phone that never came, nothing is certain, and no packet is claimed") {
  scan made;
  made.has_no_page().arrives(1883, "mqtt", phone_arrival::absent);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "tcp-timeout-security-group");
  CHECK(all.sureness() == certainty::likely);
  const diagnosis found = all.found();
  for (const auto& evidence : found.causes.front().evidence)
    CHECK(in_english(evidence).find("SYN") == std::string::npos);
}

TEST_CASE("an address of the machine itself was not copied from a tutorial") {
  scan made("192.0.2.2");
  made.has_no_page().arrives(1883, "mqtt", phone_arrival::absent);
  CHECK(made.beside(ready_server()).names("input-documentation-address"));
  made.known().machine_addresses = {"192.0.2.2"};
  CHECK(!made.beside(ready_server()).names("input-documentation-address"));
}

TEST_CASE("a look that ended before anybody could scan the code blames nothing") {
  scan made;
  made.has_no_page().arrives(1883, "mqtt", phone_arrival::absent);
  made.known().seconds = 3;
  const places all = made.beside(ready_server());
  CHECK(!all.names("tcp-timeout-security-group"));
}

TEST_CASE("packets that arrive and are not answered rule the security group out") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::unanswered)
      .tries(phone_step::fetch, phone_outcome::timeout);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "tcp-timeout-host-firewall");
  CHECK(all.excludes("tcp-timeout-security-group"));
  CHECK(!all.names("tcp-timeout-security-group"));
}

TEST_CASE("an answer that leaves and does not reach the phone is the way back") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::half_open)
      .tries(phone_step::fetch, phone_outcome::timeout);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "path-no-route-back");
  CHECK(!all.names("tcp-timeout-security-group"));
}

TEST_CASE("a refusal that is not this machine's is somebody's in between") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::absent).tries(phone_step::fetch, phone_outcome::closed);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "tcp-refused-by-firewall-reset");
  CHECK(!all.names("tcp-refused-not-running"));
}

TEST_CASE("a private address and a phone that is outside its network are named") {
  phone server = ready_server();
  server.all.host->addresses = {"192.168.1.10"};
  scan made("192.168.1.10");
  made.has_no_page().arrives(1883, "mqtt", phone_arrival::absent);
  const places all = made.beside(server);
  CHECK(all.first() == "input-private-address");
  CHECK(all.sureness() != certainty::certain);
  CHECK(all.names("path-wifi-client-isolation"));
  CHECK(!all.names("tcp-timeout-security-group"));
  // The phone's own interfaces are unknown.
  const diagnosis made_of_it = all.found();
  for (const auto& evidence : made_of_it.causes.front().evidence)
    CHECK(in_english(evidence).find("interface") == std::string::npos);
}

TEST_CASE("a page that came by address, while the name fails at once, shows the phone's DNS") {
  scan from("broker.example");
  from.known().host = server_address;
  from.arrives(1883, "mqtt", phone_arrival::absent).tries(phone_step::fetch, phone_outcome::closed);
  from.arrives(9001, "ws", phone_arrival::absent).tries(phone_step::fetch, phone_outcome::closed);
  facts server;
  server.name.addresses = {server_address};
  facts found = facts_of_phone(from.known(), "broker.example", server);
  CHECK(found.name.addresses.empty());
  CHECK(found.endpoints.empty());
  // A try that took some time, or a page opened by the name, proves that the name has an address.
  from.step().outcome = phone_outcome::timeout;
  CHECK(!facts_of_phone(from.known(), "broker.example", server).name.addresses.empty());
  from.step().outcome = phone_outcome::closed;
  from.known().host = "broker.example";
  CHECK(!facts_of_phone(from.known(), "broker.example", server).name.addresses.empty());
}

TEST_CASE("a login that the broker refuses the phone is told as if it had been tried here") {
  scan made;
  made.arrives(9001, "ws", phone_arrival::stood)
      .tries(phone_step::websocket, phone_outcome::ok)
      .tries(phone_step::login, phone_outcome::refused, 0x86);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "auth-bad-credentials");
  CHECK(all.found().exit_code == 8);
}

TEST_CASE("a user whose name stays on the phone is not taken for one without a name") {
  phone server = ready_server();
  configuration_fact& file = server.all.host->configurations.emplace_back();
  file.file = "/etc/mosquitto/mosquitto.conf";
  scan made;
  made.arrives(9001, "ws", phone_arrival::stood)
      .tries(phone_step::websocket, phone_outcome::ok)
      .tries(phone_step::login, phone_outcome::refused, 0x87);
  const places all = made.beside(server);
  REQUIRE(all.first() == "auth-bad-credentials");
  const finding first = all.found().causes.front();
  for (const cure& each : first.cures) {
    CHECK(in_english(each.what).find("anonymous") == std::string::npos);
    CHECK(each.command.find("anonymous") == std::string::npos);
  }
}

TEST_CASE("the newest login counts") {
  scan made;
  made.arrives(9001, "ws", phone_arrival::stood)
      .tries(phone_step::websocket, phone_outcome::ok)
      .tries(phone_step::login, phone_outcome::refused, 0x86)
      .tries(phone_step::login, phone_outcome::ok, 0);
  CHECK(made.beside(ready_server()).found().is_healthy);
}

TEST_CASE("a private authority's certificate that the server takes is unknown to the phone") {
  phone server = broker_machine("mqtts", 8883);
  server.secured("CN=Our CA", "broker.example").accepts();
  server.all.asked.has_ca = true;
  scan made;
  made.arrives(8883, "mqtts", phone_arrival::stood).tries(phone_step::tls, phone_outcome::failed);
  made.port().said_hello = made.port().was_greeted = made.port().left_tls = true;
  const places all = made.beside(server);
  CHECK(all.first() == "tls-unknown-ca");
  const diagnosis found = all.found();
  const auto& cures = found.causes.front().cures;
  CHECK(std::any_of(cures.begin(), cures.end(), [](const cure& remedy) {
    return in_english(remedy.what).find("iPhone: open the file") != std::string::npos;
  }));
}

TEST_CASE("a certificate that this machine trusts and the phone turns away is the phone's matter") {
  phone server = broker_machine("mqtts", 8883);
  server.secured().accepts();
  scan made;
  made.arrives(8883, "mqtts", phone_arrival::stood).tries(phone_step::tls, phone_outcome::failed);
  made.port().said_hello = made.port().was_greeted = made.port().left_tls = true;
  made.port().alert = tls_alert::certificate_expired;
  const places all = made.beside(server);
  CHECK(all.first() == "phone-distrusts-certificate");
  CHECK(all.found().exit_code == 5);
}

TEST_CASE("where another port is open a certificate the browser does not know stops no app") {
  phone server = broker_machine();
  server.accepts();
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::stood).tries(phone_step::fetch, phone_outcome::closed);
  made.arrives(8883, "mqtts", phone_arrival::stood).tries(phone_step::tls, phone_outcome::failed);
  made.port().left_tls = true;
  const places all = made.beside(server);
  CHECK(all.found().is_healthy);
  CHECK(verdict_in(all).settings.port == 1883);
}

TEST_CASE("what a browser's rules forbid is told as that") {
  scan made;
  made.arrives(9001, "ws", phone_arrival::none)
      .tries(phone_step::websocket, phone_outcome::blocked);
  made.step().reason = "mixed";
  made.arrives(1883, "mqtt", phone_arrival::stood).tries(phone_step::fetch, phone_outcome::closed);
  CHECK(made.beside(ready_server()).first() == "phone-mixed-content");
  made.known().steps[0].reason = "local-network";
  CHECK(made.beside(ready_server()).first() == "phone-local-network");
}

TEST_CASE("a broker without WebSocket is worth a note, and no more") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::stood).tries(phone_step::fetch, phone_outcome::closed);
  const diagnosis alone = made.beside(ready_server()).all[1].made;
  CHECK(alone.is_healthy);
  CHECK(std::any_of(alone.warnings.begin(), alone.warnings.end(), [](const finding& note) {
    return note.id == "phone-no-websocket" && note.how_bad == severity::note;
  }));
}

TEST_CASE("drops with the screen off are a warning beside what works") {
  scan made;
  made.arrives(9001, "ws", phone_arrival::stood)
      .tries(phone_step::websocket, phone_outcome::ok)
      .tries(phone_step::connect, phone_outcome::ok, 0)
      .tries(phone_step::keep_alive, phone_outcome::dropped);
  made.step().count = 2;
  made.step().hidden_ms = 90'000;
  const places all = made.beside(ready_server());
  CHECK(all.found().is_healthy);
  CHECK(all.warns("phone-background-sleep"));
}

TEST_CASE("without packets to look at, what the browser says alone is less sure") {
  scan made;
  made.known().watched_by = phone_watch::sockets;
  made.arrives(1883, "mqtt", phone_arrival::none).tries(phone_step::fetch, phone_outcome::timeout);
  const places all = made.beside(ready_server());
  CHECK(all.first() == "tcp-timeout-security-group");
  CHECK(!all.says("server", "Not a packet of the phone"));
}

TEST_CASE(
    "a request that fails at once where the broker takes connections is none that was refused") {
  scan made;
  made.known().watched_by = phone_watch::sockets;
  made.arrives(1883, "mqtt", phone_arrival::none).tries(phone_step::fetch, phone_outcome::closed);
  CHECK(made.beside(ready_server()).found().is_healthy);
}

TEST_CASE("what was found with a phone is found again in the file of --json") {
  scan made;
  made.arrives(1883, "mqtt", phone_arrival::absent)
      .tries(phone_step::fetch, phone_outcome::timeout);
  const places all = made.beside(ready_server());
  const std::string text = json_report(all.all, all.found());
  std::vector<named_facts> read;
  REQUIRE(all_facts_of_contents("look.json", text, "look.json", read) == "");
  REQUIRE(read.size() == 2);
  CHECK(read[0].name == "server");
  CHECK(read[1].name == "phone");
  std::vector<vantage> again;
  for (const named_facts& place : read) again.emplace_back(place.name, place.known);
  const diagnosis later = diagnose_together(again);
  REQUIRE(!later.causes.empty());
  CHECK(later.causes.front().id == all.first());
  // A file of a single place is read and named as before.
  read.clear();
  REQUIRE(all_facts_of_contents("a.json", facts_to_json(all.all[1].known, false), "a.json", read) ==
          "");
  REQUIRE(read.size() == 1);
  CHECK(read[0].name == "a.json");
  CHECK(read[0].known.phone->steps.size() == 1);
}

}  // namespace mqttkit::doctor::test
