// The parts of a cure: a command, lines of a file, values to be filled in.
#include <nlohmann/json.hpp>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/complete_cures.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
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
    cure made{{}, std::move(command)};
    return needs_terminal(made);
  };
  CHECK(asks("sudo mosquitto_passwd /etc/mosquitto/passwd alice && sudo kill -HUP 1"));
  CHECK(asks("sudoedit /etc/mosquitto/mosquitto.conf"));
  CHECK_FALSE(asks("sudo mosquitto_passwd -U /etc/mosquitto/passwd && sudo kill -HUP 1"));
  CHECK_FALSE(asks("sudo systemctl restart mosquitto"));
}

TEST_CASE("the report tells a program what each cure's text is and where it belongs") {
  phone nobody;
  nobody.answers(5, 0x87, "3.1.1");
  // On the broker's machine the doctor knows which broker runs.
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
  // A changed configuration takes effect after a restart.
  CHECK(cures[2]["command"] == "sudo systemctl restart mosquitto");
  CHECK(cures[2]["follows"] == true);
  CHECK(cures[3]["kind"] == "words");
  CHECK(cures[3]["where"] == "app");
}

TEST_CASE("a configuration is edited by a command that keeps what it said before") {
  scene low("mqtt", 443);
  low.connects("refused");
  low.configured(false, 443).problems = {wrong(problem_kind::privileged_port, false, "443")};
  REQUIRE(low.first() == "host-privileged-port");
  // mosquitto drops capabilities when it gives up root; another port needs none.
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
  phone made("mqtt", 1833);
  made.last().connect.outcome = connect_outcome::refused;
  port_fact other;
  other.port = 1883;
  other.connect.outcome = connect_outcome::connected;
  made.at().reachability.emplace().ports = {other};
  REQUIRE(made.first() == "tcp-refused-wrong-port");
  CHECK(made.sureness() == certainty::possible);
}

namespace {

/// The cure for a broker whose process holds the port; "" for an unknown broker.
finding said_of(const std::string& process, const std::string& host,
                void (*say)(made_finding&, const view&)) {
  phone value("mqtt", 1883, host);
  value.accepts("3.1.1");
  if (!process.empty())
    value.all.host.emplace().listeners.push_back(
        {"0.0.0.0", 1883, 812, process, process, "mqtt", 0});
  made_finding made("mqtt-refused", certainty::likely, strength::usual,
                    words(N_("The broker "
                             "refused the "
                             "connection.")));
  say(made, {value.all, value.at()});
  return *std::optional<finding>(made);
}

void say_all(made_finding& made, const view& known) {
  for (const broker_setting what :
       {broker_setting::kept_sessions, broker_setting::queue_length,
        broker_setting::retained_messages, broker_setting::packet_size, broker_setting::quality,
        broker_setting::window, broker_setting::empty_identifier,
        broker_setting::client_certificate, broker_setting::tls_1_2})
    set_in_broker(made, known, what);
  allow_topic(made, known, "alice", topic_right::write, "home/door");
  set_password(made, known, "alice");
  make_user(made, known);
}

}  // namespace

TEST_CASE("where nobody knows which broker it is, no broker's command and no line is given") {
  for (const auto& each : said_of("", "broker.example", say_all).cures) {
    CHECK_MESSAGE(each.command.empty(), each.command);
    CHECK(each.kind == cure_kind::words);
  }
}

TEST_CASE("a broker's settings are told in its own language, and no other's") {
  const auto all_of = [](const std::string& process) {
    std::string out;
    for (const auto& each : said_of(process, "broker.example", say_all).cures)
      out += each.file + " " + each.command + "\n";
    return out;
  };
  for (const char* process : {"emqx", "rabbitmq", "hivemq", "vernemq", "nanomq", "nats-server"}) {
    CHECK_MESSAGE(all_of(process).find("mosquitto") == std::string::npos, all_of(process));
  }
  CHECK(all_of("mosquitto").find("max_queued_messages") != std::string::npos);
  CHECK(all_of("emqx").find("mqtt.max_mqueue_len") != std::string::npos);
  CHECK(all_of("rabbitmq").find("ssl_options.fail_if_no_peer_cert = false") != std::string::npos);
  CHECK(all_of("hivemq").find("<max-queue-size>") != std::string::npos);
  CHECK(all_of("vernemq").find("vmq-passwd") != std::string::npos);
  CHECK(all_of("nats-server").find("publish: \"home.door\"") != std::string::npos);
}

TEST_CASE("a cloud's settings are looked for in its console") {
  for (const auto& each : said_of("", "a1b2c3-ats.iot.eu-west-1.amazonaws.com", say_all).cures) {
    CHECK(each.command.empty());
    CHECK(each.where == place::console);
  }
}

TEST_CASE("lines for a file stand behind a bar, and the command that makes them hold does not") {
  phone plain;
  diagnosis made;
  finding found;
  found.id = "tls-to-plaintext-port";
  cure lines{words("Write it:"), "listener 8883\ncertfile /c", place::server};
  lines.kind = cure_kind::lines;
  lines.file = "/etc/mosquitto/mosquitto.conf";
  cure then{words("Then:"), "sudo systemctl restart mosquitto", place::server};
  then.kind = cure_kind::command;
  found.cures = {lines, then};
  made.causes = {found};
  report_style how;
  how.utf8 = false;
  const std::string page = terminal_report(plain.all, made, how);
  CHECK(page.find("Write it: (/etc/mosquitto/mosquitto.conf)\n    | listener 8883\n"
                  "    | certfile /c\n") != std::string::npos);
  CHECK(page.find("\n      sudo systemctl restart mosquitto\n") != std::string::npos);
}

TEST_CASE("behind lines stands the command after which they are in force") {
  const auto commands = [](const std::string& file, bool is_followed) {
    facts all;
    all.endpoints.emplace_back();
    finding found;
    cure lines{words("Write it:"), "x 1", place::server};
    lines.kind = cure_kind::lines;
    lines.file = file;
    found.cures = {lines};
    if (is_followed) {
      found.cures.push_back({words("Then:"), "own", place::server});
      found.cures.back().follows = true;
    }
    std::vector<finding> made{found};
    complete_cures({all, all.endpoints[0]}, made);
    std::vector<std::string> out;
    for (const cure& each : made[0].cures) out.push_back(each.command);
    return out;
  };
  using list = std::vector<std::string>;
  CHECK(commands("mosquitto.conf", false) == list{"x 1", "sudo systemctl restart mosquitto"});
  CHECK(commands("nginx.conf", false) ==
        list{"x 1", "sudo nginx -t && sudo systemctl reload nginx"});
  CHECK(commands("mosquitto.conf", true) == list{"x 1", "own"});
  CHECK(commands("openssl.cnf", false) == list{"x 1"});  // nobody waits for it
}

TEST_CASE("a broker that was started by hand is started again as it was, not by its service") {
  scene home;
  home.listens("127.0.0.1");
  home.runs().configuration = "/home/pi/my.conf";
  home.host().brokers[0].user = "pi";
  home.host().has_systemd = true;
  service_fact service;
  service.name = "mosquitto.service";
  service.state = service_state::inactive;
  service.configuration = "/etc/mosquitto/mosquitto.conf";
  home.host().services.push_back(service);
  const view known{home.all, home.all.endpoints[0]};
  CHECK(restart_command(*look_at(known)) ==
        stop_command(812) + "; sudo -u pi mosquitto -d -c /home/pi/my.conf");
  // Another one runs by the service.
  home.host().services[0].state = service_state::active;
  CHECK(restart_command(*look_at(known)).starts_with("sudo kill 812;"));
  home.host().services[0].configuration = "/home/pi/my.conf";
  CHECK(restart_command(*look_at(known)) == "sudo systemctl restart mosquitto");
}

TEST_CASE("lines say where in the broker's files they belong, and what they take the place of") {
  scene home;
  home.listens("0.0.0.0").runs();
  configuration_fact& from = home.configured(true, 1883);
  const std::string included = "/etc/mosquitto/conf.d/b.conf";
  from.files = {from.file, included};
  from.listeners[0].line = 3;
  from.listeners[0].settings["file"] = from.file;
  from.settings["max_queued_messages"] = "10";
  from.settings["file of max_queued_messages"] = included;
  const view known{home.all, home.all.endpoints[0]};
  const auto completed = [&](const char* text) {
    finding made;
    cure lines{words(N_("Let it:")), text};
    lines.kind = cure_kind::lines;
    lines.file = "mosquitto.conf";
    made.cures = {lines};
    std::vector<finding> all{made};
    complete_cures(known, all);
    return all[0].cures;
  };
  const auto queue = completed("max_queued_messages 1000");
  REQUIRE(queue.size() == 3);
  CHECK(queue[0].file == included);
  CHECK(in_english(queue[1].what).find("\"max_queued_messages 10\"") != std::string::npos);
  CHECK(queue[2].command == restart_command(*look_at(known)));
  const auto quality = completed("max_qos 2");
  REQUIRE(quality.size() == 3);
  CHECK(in_english(quality[1].what).find("below \"listener 1883\"") != std::string::npos);
  // A second listener would find the port taken.
  const auto certificate = completed("listener 1883\ncertfile /etc/mosquitto/server.crt");
  CHECK(certificate[0].command == "certfile /etc/mosquitto/server.crt");
}
