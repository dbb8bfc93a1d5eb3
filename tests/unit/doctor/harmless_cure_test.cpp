// Cures must not disable what works; reasons are read in the files themselves.
#include <doctest/doctest.h>

#include "mqtt-doctor/probes/host/brokers.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/phone.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

constexpr const char* conf = "/etc/mosquitto/mosquitto.conf";

/// bob's login is refused, and the password file has his password unhashed.
scene plain_password(const std::string& detail) {
  scene at;
  at.listens("0.0.0.0").runs();
  auto& configuration = at.configured(true, 1883);
  configuration.settings["password_file"] = "/etc/mosquitto/passwd";
  auto plain = wrong(problem_kind::plain_password, false, "bob", detail);
  plain.file = "/etc/mosquitto/passwd";
  configuration.problems = {plain};
  at.all.asked.has_user = at.all.asked.has_password = true;
  at.all.asked.user_name = "bob";
  at.answers(5, 0x87);
  return at;
}

std::string bad_certificate(const std::string& content) {
  scene at("mqtts", 8883);
  at.connects("refused");
  auto& configuration = at.configured(false, 8883);
  auto bad = wrong(problem_kind::bad_certificate, true, "certfile", "no start line\n" + content);
  bad.file = "/etc/mosquitto/chain.pem";
  configuration.problems = {bad};
  REQUIRE(at.first() == "host-cert-key-problem");
  return text_of(at.found()[0]);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("mosquitto_passwd -U is the cure only where no password is hashed yet") {
  CHECK(says(plain_password(""), "mosquitto_passwd -U"));
  const scene mixed = plain_password("beside others");
  REQUIRE(mixed.first() == "auth-password-file-not-hashed");
  CHECK_FALSE(says(mixed, "-U"));
  CHECK(says(mixed, "sudo mosquitto_passwd /etc/mosquitto/passwd bob"));
}

TEST_CASE("a plain password among hashed ones is told from a file of plain ones") {
  machine here;
  const std::string settings = "listener 1883\npassword_file /etc/mosquitto/passwd\n";
  here.file("/etc/mosquitto/passwd", "alice:$7$101$salt$hash\nbob:secret\n");
  const auto mixed = read_configuration(here, settings);
  REQUIRE(problem(mixed, problem_kind::plain_password) != nullptr);
  CHECK_FALSE(problem(mixed, problem_kind::plain_password)->detail.empty());
  here.file("/etc/mosquitto/passwd", "alice:$apr1$salt$hash\n");
  const auto foreign = read_configuration(here, settings);
  for (const auto& each : foreign.problems)
    if (each.kind == problem_kind::plain_password) CHECK_FALSE(each.detail.empty());
  here.file("/etc/mosquitto/passwd", "alice:one\nbob:two\n");
  CHECK(problem(read_configuration(here, settings), problem_kind::plain_password)->detail.empty());
}

TEST_CASE("what a certfile holds in the place of a certificate is named") {
  const std::string joined = bad_certificate("joined lines");
  CHECK(holds(joined, "share a line"));
  CHECK(holds(joined, "sed -i.bak"));
  CHECK(holds(bad_certificate("swapped"), "swapped"));
  CHECK(holds(bad_certificate("web page"), "holds a web page"));
  CHECK(holds(bad_certificate("DER"), "-inform DER"));
  CHECK(holds(bad_certificate("request"), "request"));
  CHECK(holds(bad_certificate(""), "no certificate that can be read"));
  CHECK(holds(bad_certificate("joined lines"), "OpenSSL says: no start line\n"));
}

TEST_CASE("a certfile is read for what it holds, and the keyfile beside it") {
  machine here;
  const auto content = [&](const std::string& certificate, const std::string& key) {
    here.file("/etc/mosquitto/chain.pem", certificate).file("/etc/mosquitto/key.pem", key);
    const auto found = read_configuration(here,
                                          "listener 8883\ncertfile /etc/mosquitto/chain.pem\n"
                                          "keyfile /etc/mosquitto/key.pem\n");
    const auto* bad = problem(found, problem_kind::bad_certificate);
    REQUIRE(bad != nullptr);
    return bad->detail.substr(bad->detail.find('\n') + 1);
  };
  const std::string key = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
  const std::string certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";
  CHECK(content(key, certificate + "\n") == "swapped");
  CHECK(content(key, key) == "private key");
  CHECK(content(certificate + certificate, key) == "joined lines");
  CHECK(content("<!DOCTYPE html>\n", key) == "web page");
  CHECK(content("\n", key) == "nothing");
  CHECK(content("\x30\x82\x01", key) == "DER");
}

TEST_CASE("certfile above its listener is repeated below it, and no second listener is made") {
  machine here;
  const auto found =
      read_configuration(here,
                         "certfile /c.pem\nkeyfile /k.pem\nprotocol websockets\nlistener 8884\n"
                         "allow_anonymous true\n");
  scene at("mqtts", 8884);
  at.listens("0.0.0.0").runs();
  configuration_fact configuration = found;
  configuration.is_used = true;
  configuration.pid = 812;
  configuration.problems.clear();
  at.host().configurations = {configuration};
  at.client().tls.emplace().end = connection_end::reset;
  REQUIRE(at.first() == "tls-to-plaintext-port");
  CHECK(says(at, "\"certfile /c.pem\" stands above \"listener 8884\""));
  CHECK(says(at, "'4a certfile /c.pem\\nkeyfile /k.pem'"));
  CHECK_FALSE(says(at, "listener 8883"));
  scene web("ws", 8884);
  web.listens("0.0.0.0").runs();
  web.host().configurations = {configuration};
  REQUIRE(web.first() == "ws-handshake-to-raw-port");
  CHECK(says(web, "protocol websockets"));
}

TEST_CASE("lines above the listener they are meant for are moved, not added once more") {
  machine here;
  const auto with = [&](const char* scheme, int port, const std::string& text) {
    configuration_fact configuration = read_configuration(here, text);
    configuration.is_used = true;
    configuration.pid = 812;
    configuration.problems.clear();
    scene at(scheme, port);
    at.listens("0.0.0.0").runs();
    at.host().configurations = {configuration};
    return at;
  };
  const scene web = with("ws", 8080, "listener 1883\nprotocol websockets\nlistener 8080\n");
  REQUIRE(web.first() == "ws-handshake-to-raw-port");
  CHECK(says(web, "\"protocol websockets\" stands above \"listener 8080\""));
  CHECK(says(web, "1,3s/^[[:space:]]*protocol[[:space:]]/#&/;3a protocol websockets"));
  CHECK_FALSE(says(web, "listener 9001"));
  // Another port may well be meant to be the one for WebSocket.
  const scene own = with("ws", 8080, "listener 9001\nprotocol websockets\nlistener 8080\n");
  CHECK_FALSE(says(own, "stands above"));
}

TEST_CASE("an option that is misspelt by a letter is named, and its line mended") {
  machine here;
  const auto misspelt = [&](const std::string& line) {
    const auto found = read_configuration(here, "listener 1883\n" + line + "\n");
    const auto* unknown = problem(found, problem_kind::unknown_variable);
    return unknown != nullptr ? unknown->detail : "known";
  };
  CHECK(misspelt("allow_anonymus true") == "allow_anonymous");
  CHECK(misspelt("Allow_Anonymous true") == "allow_anonymous");
  CHECK(misspelt("pasword_file /p") == "password_file");
  CHECK(misspelt("future_option 1").empty());
  CHECK(misspelt("allow_anonymous true") == "known");
  scene at;
  at.connects("refused");
  at.configured(false, 1883).problems = {
      wrong(problem_kind::unknown_variable, true, "allow_anonymus", "allow_anonymous")};
  REQUIRE(at.first() == "host-config-error");
  CHECK(says(at, "the nearest it knows is allow_anonymous"));
  CHECK(says(at, "7s/allow_anonymus/allow_anonymous/"));
}

TEST_CASE("a listed name with a port in it is nothing to connect by") {
  phone odd("mqtts", 8883);
  odd.secured();
  odd.last().tls->chain[0].dns_names = {"broker.example:8883"};
  odd.fails(62).accepts();
  REQUIRE(odd.first() == "tls-hostname-mismatch");
  const std::string text = text_of(odd.found().causes.front());
  CHECK(holds(text, "is no name"));
  CHECK_FALSE(holds(text, "Connect by a name"));
  odd.last().tls->chain[0].dns_names = {"https://broker.example", "other.example"};
  CHECK(
      holds(text_of(odd.found().causes.front()), "Connect by a name the certificate lists: other"));
}

TEST_CASE("a private address that answers or refuses is no reason, and gets no warning") {
  phone at_home("mqtt", 1883, "10.77.2.2");
  at_home.all.name.is_literal = true;
  at_home.all.name.addresses = {"10.77.2.2"};
  at_home.last().address = "10.77.2.2";
  at_home.answers(5, 0x87);
  const auto warned = [&] {
    const diagnosis made = at_home.found();
    return std::any_of(made.warnings.begin(), made.warnings.end(), [](const finding& found) {
      return found.id == "input-private-address" && found.how_bad == severity::warning;
    });
  };
  CHECK_FALSE(warned());
  at_home.last().mqtt.reset();
  at_home.last().connect.outcome = connect_outcome::refused;
  CHECK_FALSE(warned());
  CHECK(at_home.first() != "input-private-address");
}

TEST_CASE("a character that ends an address for others is warned of, and no fault here") {
  phone typed;
  typed.with_login().accepts();
  CHECK_FALSE(typed.warns("input-url-character"));
  typed.all.asked.odd_characters = {"# in the login"};
  CHECK(typed.first() == "healthy");
  CHECK(typed.warns("input-url-character"));
  const diagnosis made = typed.found();
  for (const finding& found : made.warnings)
    if (found.id == "input-url-character") CHECK(holds(text_of(found), "%23"));
}

TEST_CASE("what follows from a broker that does not start has no cure of its own beside it") {
  diagnosis made;
  finding first, second;
  first.id = "host-config-not-used";
  first.where = layer::host;
  first.how_sure = second.how_sure = certainty::certain;
  first.weight = second.weight = 98;
  second.id = "tcp-refused-loopback-listener";
  second.where = layer::port;
  made.causes = {first, second};
  CHECK(also_of(made).empty());
  made.causes[1].id = "tcp-timeout-host-firewall";
  CHECK(also_of(made).size() == 1);
}

TEST_CASE("what is said to be next is not said to be possible as well") {
  diagnosis made;
  finding first, next;
  first.id = "tls-private-ca";
  first.where = layer::tls;
  first.weight = 80;
  first.how_sure = certainty::likely;
  next.id = "auth-anonymous-refused";
  next.where = layer::login;
  next.weight = 70;
  next.how_sure = certainty::certain;
  next.is_next = true;
  made.causes = {first, next};
  CHECK(also_of(made).size() == 1);
  CHECK(rivals_of(made).empty());
}
