// mqtt-doctor check: many brokers at a time, for a person, for Nagios, for Prometheus.
#include <nlohmann/json.hpp>
#include <sstream>

#include "peak.hpp"
#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/ports.hpp"
#include "support/silent_port.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

using nlohmann::json;

process_options check(const words& arguments, const std::string& list = {}) {
  process_options options;
  // The brokers of these tests are for their own machine.
  options.command =
      words{program("mqtt-doctor"), "check", "--accept", "tcp-refused-loopback-listener"} +
      arguments;
  options.environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}};
  if (!list.empty()) {
    options.input = input_from::text;
    options.text = list;
  }
  return options;
}

std::string port_of(const mosquitto& broker) { return std::to_string(broker.port()); }

std::vector<json> objects(const std::string& text) {
  std::vector<json> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(json::parse(line));
  return all;
}

}  // namespace

TEST_CASE("each broker has a line, in the order of the list, and the worst decides the status") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const std::string closed = std::to_string(free_port());
  const std::string list = "# a fleet\n127.0.0.1:" + closed +
                           " --name first\n127.0.0.1:" + port_of(broker) + "   # well\n";
  const finished ran = run(check({"--targets", "-"}, list));
  CHECK(ran.code == 4);
  CHECK(ran.err.empty());
  CHECK(ran.out.find("problem  first ") == 0);
  CHECK(ran.out.find("\nok       127.0.0.1:" + port_of(broker)) != std::string::npos);
  CHECK(ran.out.find("brokers: 2, ok: 1, warnings: 0, problems: 1\n") != std::string::npos);
  const finished quiet = run(check({"--targets", "-", "--quiet"}, list));
  CHECK(quiet.code == 4);
  CHECK(quiet.out + quiet.err == "");
  const finished chinese = run(check({"--targets", "-", "--lang", "zh"}, list));
  CHECK(chinese.out.find("问题  first ") == 0);
  const std::vector<json> told = objects(run(check({"--targets", "-", "--json"}, list)).out);
  REQUIRE(told.size() == 2);
  CHECK(told[0]["name"] == "first");
  CHECK(told[0]["state"] == "problem");
  CHECK(told[0]["cause"].get<std::string>().starts_with("tcp-refused"));
  CHECK(told[0]["exit_code"] == 4);
  CHECK(told[1]["state"] == "ok");
  CHECK(told[1]["cause"].is_null());
  CHECK(told[1]["connected_ms"].get<double>() > 0);
  CHECK(told[1]["delivery_ms"].get<double>() > 0);
}

TEST_CASE("every mistake in the list is named with its line, and nothing is sent") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const temp_folder folder;
  const std::string file =
      folder.write("brokers.txt", "127.0.0.1:" + port_of(broker) +
                                      "\nmqtt://h:99999\n\nh --cafile nowhere.pem\n"
                                      "h 'x\n127.0.0.1:" +
                                      port_of(broker) + "\n--tag a=b\nmqtt://me:secret@h x\n");
  const finished ran = run(check({"--targets", file}));
  CHECK(ran.code == 2);
  CHECK(ran.out.empty());
  CHECK(ran.err.find(file + ":2: the target: the port must be 1 to 65535\n") != std::string::npos);
  CHECK(ran.err.find(file + ":4: nowhere.pem: cannot read the CA file") != std::string::npos);
  CHECK(ran.err.find(file + ":5: a ' without its other half\n") != std::string::npos);
  CHECK(ran.err.find(file + ":6: two are called ") != std::string::npos);
  CHECK(ran.err.find(file + ":7: a target is missing\n") != std::string::npos);
  CHECK(ran.err.find(file + ":8: 'mqtt://me:***@h' and 'x' are two targets") != std::string::npos);
  CHECK(line_count(ran.err) == 6);
  CHECK(broker.log().find("mqtt-doctor") == std::string::npos);
  const finished missing = run(check({"--targets", folder.file("none")}));
  CHECK(missing.code == 16);
  CHECK(missing.err == "mqtt-doctor: " + folder.file("none") + ": No such file or directory\n");
  CHECK(run(check({"--targets", "-"}, "# none\n")).code == 2);
}

TEST_CASE("Nagios gets one line with performance data, and 0, 2 or 3") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const std::string open = "127.0.0.1:" + port_of(broker);
  const std::string closed = "127.0.0.1:" + std::to_string(free_port());
  const finished good = run(check({open, "--nagios"}));
  CHECK(good.code == 0);
  CHECK(good.out.find("MQTT OK - " + open + " | time=0.") == 0);
  const finished bad = run(check({open, closed, "--nagios"}));
  CHECK(bad.code == 2);
  CHECK(bad.out.find("MQTT CRITICAL - ") == 0);
  CHECK(line_count(bad.out) == 1);
  const finished unknown = run(check({open, "--nagios", "--targets", "/no/such/file"}));
  CHECK(unknown.code == 3);
  CHECK(unknown.out == "MQTT UNKNOWN - /no/such/file: No such file or directory\n");
  const finished usage = run(check({open, "--nagios", "--bad"}));
  CHECK(usage.code == 3);
  CHECK(usage.out.find("MQTT UNKNOWN - unknown option '--bad'") == 0);
}

TEST_CASE("metrics of a TLS broker are what promtool takes, and say when the certificate ends") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  const mosquitto broker(options);
  const temp_folder folder;
  const std::string metrics = folder.file("mqtt.prom");
  const std::string list =
      "mqtts://localhost:" + std::to_string(broker.tls_port()) + " --cafile " +
      test_certificates().ca() +
      " --name 'Hall 3' --tag 'site=b\"er'\n127.0.0.1:" + std::to_string(free_port()) + "\n";
  CHECK(run(check({"--targets", "-", "--prometheus", metrics, "--quiet"}, list)).code == 4);
  const std::string text = read_file(metrics);
  CHECK(text.find(",name=\"Hall 3\",site=\"b\\\"er\"} 1\n") != std::string::npos);
  CHECK(text.find("mqtt_doctor_certificate_expiry_timestamp_seconds{") != std::string::npos);
  CHECK(text.find("cause=\"tcp-refused") != std::string::npos);
  NEEDS_PROGRAM("promtool");
  process_options lint;
  lint.command = {"promtool", "check", "metrics"};
  lint.input = input_from::text;
  lint.text = text;
  const finished checked = run(std::move(lint));
  CHECK(checked.code == 0);
  CHECK(checked.out + checked.err == "");
}

TEST_CASE("what the plain look warns of is a warning in the table, unless it is meant so") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const std::string target = "127.0.0.1:" + port_of(broker);
  const auto look = [](words command) {
    process_options options;
    options.command = words{program("mqtt-doctor")} + command;
    options.environment = {{"LC_ALL", "C.UTF-8"}};
    return run(std::move(options));
  };
  const finished plain = look({target});
  REQUIRE(plain.out.find("Warning: The broker listens on 127.0.0.1 only") != std::string::npos);
  const finished table = look({"check", target});
  CHECK(table.code == plain.code);
  CHECK(table.out.starts_with("warning  " + target));
  CHECK(table.out.find("tcp-refused-loopback-listener: The broker listens on 127.0.0.1 only") !=
        std::string::npos);
  CHECK(look({"check", target, "--nagios"}).code == 1);
  CHECK(look({"check", target, "--accept", "tcp-refused-loopback-listener"}).out.starts_with("ok"));
  CHECK(look({"check", target, "--accept", "nonsense"}).err ==
        "mqtt-doctor: --accept nonsense: there is no such cause; mqtt-doctor-causes(7) lists "
        "them\n");
}

TEST_CASE("with a state only changes are told, and a command hears of each") {
  NEEDS_MOSQUITTO();
  const temp_folder folder;
  const std::string heard = folder.file("heard");
  const words command{
      "--state", folder.file("state"), "--on-change",
      "sh -c 'echo $MQTT_CHECK_WAS $MQTT_CHECK_STATE $MQTT_CHECK_CAUSE >> \"$0\"' " + heard};
  mosquitto broker;
  broker.stop();
  const auto once = [&] { return run(check(words{"127.0.0.1:" + port_of(broker)} + command)); };
  const finished down = once();
  CHECK(down.code == 4);
  CHECK(down.out.find("problem") == 0);
  const finished still = once();
  CHECK(still.code == 4);
  CHECK(still.out.empty());
  broker.start();
  const finished up = once();
  CHECK(up.code == 0);
  CHECK(up.out.find("ok ") == 0);
  CHECK(once().out.empty());
  const std::string text = read_file(heard);
  CHECK(line_count(text) == 2);
  CHECK(text.find("ok problem tcp-refused") == 0);
  CHECK(text.find("\nproblem ok\n") != std::string::npos);
  folder.write("state", "rubbish\n");
  const finished damaged = once();
  CHECK(damaged.code == 16);
  CHECK(damaged.err.find(folder.file("state") + ":1: not what mqtt-doctor check wrote") !=
        std::string::npos);
}

TEST_CASE("--every goes on until a signal, also while a broker is silent") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  process rounds(check({"127.0.0.1:" + port_of(broker), "--every", "1s", "--json"}));
  REQUIRE(rounds.wait_until([](const process& p) { return line_count(p.out()) >= 2; }));
  rounds.signal(SIGTERM);
  const auto ended = rounds.wait();
  REQUIRE(ended);
  CHECK(ended->status() == 143);
  const std::vector<json> told = objects(rounds.out());
  CHECK_FALSE(told[0].contains("was"));
  CHECK(told[1]["was"] == "ok");
  const silent_port silent;
  const std::size_t before = count_of(broker.log(), "mqtt-doctor");
  process stuck(check({"127.0.0.1:" + std::to_string(silent.number()),
                       "127.0.0.1:" + port_of(broker), "--every", "60s"}));
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(broker.logs("mqtt-doctor", before + 1));
  stuck.signal(SIGINT);
  REQUIRE(stuck.wait());
  CHECK(std::chrono::steady_clock::now() - begin < 9s);  // sooner than the silent one's deadline
}

TEST_CASE("300 brokers, 50 at a time, take little memory and hold no descriptor back") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  std::string list;
  for (int i = 1; i <= 300; ++i)
    list += "127.0.0.1:" + port_of(broker) + " --name b" + std::to_string(i) + "\n";
  process all(check({"--targets", "-", "--every", "60s"}, list));
  REQUIRE(all.prints("brokers: 300, ok: 300, warnings: 0, problems: 0\n"));
  constexpr long most_kib = 64 * 1024;
  if (counts_memory) CHECK(peak_of(all.pid()) < most_kib);
  all.signal(SIGTERM);
  REQUIRE(all.wait());
}

}  // namespace mqttkit::testing
