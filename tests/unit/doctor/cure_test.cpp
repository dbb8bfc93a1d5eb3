// What the text of a cure is: a command, lines of a file, something to be filled in.
#include <nlohmann/json.hpp>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "server_facts.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

TEST_CASE("a command with a word to be filled in is told from one that runs as it stands") {
  CHECK(has_blank("sudo mosquitto_passwd /etc/mosquitto/passwd USER && true"));
  CHECK(has_blank("sudo chown mosquitto: FILE"));
  CHECK_FALSE(has_blank("sudo mosquitto_passwd /etc/mosquitto/passwd alice"));
  CHECK_FALSE(has_blank("sudo systemctl restart USERS"));
  CHECK_FALSE(has_blank("cat IOUSER"));
}

TEST_CASE("a command that asks for a password, and an editor, need a terminal") {
  const auto asks = [](std::string command) {
    cure one{{}, std::move(command)};
    return needs_terminal(one);
  };
  CHECK(asks("sudo mosquitto_passwd /etc/mosquitto/passwd alice && sudo kill -HUP 1"));
  CHECK(asks("sudoedit /etc/mosquitto/mosquitto.conf"));
  CHECK_FALSE(asks("sudo mosquitto_passwd -U /etc/mosquitto/passwd && sudo kill -HUP 1"));
  CHECK_FALSE(asks("sudo systemctl restart mosquitto"));
}

TEST_CASE("the report tells a program what each cure's text is and where it belongs") {
  phone nobody;
  nobody.answers(5, 0x87, "3.1.1");
  // The broker's machine: it is known which broker it is.
  nobody.all.host.emplace().listeners.push_back(
      {"0.0.0.0", 1883, 812, "mosquitto", "mosquitto -c x", "mosquitto", 0});
  const diagnosis made = nobody.found();
  REQUIRE(made.causes.front().id == "auth-anonymous-refused");
  const auto cures = nlohmann::json::parse(json_report(nobody.all, made))["causes"][0]["cures"];
  CHECK(cures[0]["kind"] == "pattern");
  CHECK(cures[0]["asks"] == true);
  CHECK_FALSE(cures[0].contains("follows"));
  CHECK(cures[1]["kind"] == "lines");
  CHECK(cures[1]["file"] == "mosquitto.conf");
  CHECK(cures[1]["follows"] == true);
  CHECK(cures[2]["kind"] == "words");
  CHECK(cures[2]["where"] == "app");
}

TEST_CASE("a configuration is edited by a command that keeps what it said before") {
  scene low("mqtt", 443);
  low.connects("refused");
  low.configured(false, 443).problems = {wrong(problem_kind::privileged_port, false, "443")};
  REQUIRE(low.first() == "host-privileged-port");
  // A capability is lost when mosquitto gives up root; another port is not.
  CHECK_FALSE(says(low, "setcap"));
  CHECK(says(low, "sudo sed -i.bak 's/^listener 443"));
  CHECK(says(low, "tcp dport 443 redirect to :1443"));

  scene yes;
  yes.connects("refused");
  yes.configured(false, 1883).problems = {
      wrong(problem_kind::bad_value, true, "allow_anonymous", "yes")};
  REQUIRE(yes.first() == "host-config-error");
  CHECK(says(yes, "s/yes *$/true/"));
  CHECK_FALSE(says(yes, "sudoedit"));
  scene strange;
  strange.connects("refused");
  strange.configured(false, 1883).problems = {
      wrong(problem_kind::bad_value, true, "max_qos", "seven")};
  CHECK(says(strange, "sudoedit"));
}

TEST_CASE("rules of an access list name the user who was refused, or stand above all users") {
  CHECK(access_rule("alice", "read", "home/door") == "user alice\ntopic read home/door");
  CHECK(access_rule("", "write", "home/door") == "topic write home/door");
}

TEST_CASE("another port of the same use is named when nothing there spoke MQTT") {
  phone one("mqtt", 1833);
  one.last().connect.outcome = connect_outcome::refused;
  port_fact other;
  other.port = 1883;
  other.connect.outcome = connect_outcome::connected;
  one.at().surroundings.emplace().ports = {other};
  REQUIRE(one.first() == "tcp-refused-wrong-port");
  CHECK(one.sureness() == certainty::possible);
}
