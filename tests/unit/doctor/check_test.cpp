// mqtt-doctor check: the summary of many outcomes.
#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <thread>

#include "common/columns.hpp"
#include "mqtt-doctor/check/lines.hpp"
#include "mqtt-doctor/check/memory.hpp"
#include "mqtt-doctor/check/on_change.hpp"
#include "mqtt-doctor/check/pool.hpp"
#include "mqtt-doctor/check/prometheus.hpp"
#include "mqtt-doctor/check/target_list.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::doctor {
namespace {

using words_list = std::vector<std::string>;

check_label label(std::string target, std::string name = {}) {
  check_label made;
  made.target = std::move(target);
  made.name = std::move(name);
  return made;
}

outcome well() {
  outcome made;
  made.state = check_state::ok;
  made.exit_code = 0;
  made.started = "2026-11-21T04:27:25.5Z";
  made.ms = 40;
  made.connected_ms = 12.5;
  made.round_trip_ms = 3;
  made.certificate_ends = "2027-02-09T00:00:00Z";
  made.certificate_days = 80;
  made.steps.push_back({step_name::port, step_state::good, 2.5});
  made.steps.push_back({step_name::login, step_state::untested, 0});
  return made;
}

outcome failing(check_state state, std::string cause, int code) {
  outcome made;
  made.state = state;
  made.cause = std::move(cause);
  made.exit_code = code;
  made.words = words("Nothing listens on port {port}.", {{"port", "1883"}});
  made.started = "2026-11-21T04:27:25Z";
  made.ms = 3000;
  return made;
}

}  // namespace

TEST_CASE("a line of the table is no wider than the terminal, whatever the name and the script") {
  report_style how;
  const outcome bad = failing(check_state::problem, "tcp-refused", 4);
  for (const std::string name :
       {"a", "温度传感器的第一个代理服务器", "a-very-long-name.of.a.broker.example:1883"}) {
    const check_label of = label("t", name);
    for (const std::size_t columns : {40u, 60u, 80u}) {
      how.columns = columns;
      const std::string line = check_table(how, 44).line({of, bad});
      CHECK(tools::columns_of(line.substr(0, line.size() - 1)) <= columns);
      CHECK(line.back() == '\n');
    }
  }
  how.columns = 0;  // not a terminal: nothing is lost
  CHECK(check_table(how, 4).line({label("host"), bad}) ==
        "problem  host    3.0 s  tcp-refused: Nothing listens on port 1883.\n");
}

TEST_CASE("a warning that is accepted does not count, a problem always does") {
  facts known;
  diagnosis made;
  finding warned;
  warned.id = "tcp-refused-loopback-listener";
  warned.how_bad = severity::warning;
  made.warnings.push_back(warned);
  CHECK(outcome_of(known, made).state == check_state::warning);
  CHECK(outcome_of(known, made).cause == warned.id);
  CHECK(outcome_of(known, made, {warned.id}).state == check_state::ok);
  CHECK(outcome_of(known, made, {"tls-cert-expires-soon"}).state == check_state::warning);
  made.causes.push_back(warned);
  CHECK(outcome_of(known, made, {warned.id}).state == check_state::problem);
}

TEST_CASE("the exit status of many is that of the problem furthest down") {
  const check_label of = label("t");
  const outcome good = well();
  const outcome login = failing(check_state::problem, "login", 8);
  const outcome name = failing(check_state::problem, "name", 3);
  const outcome soon = failing(check_state::warning, "soon", 0);
  CHECK(worst_code(std::vector<checked>{{of, good}, {of, soon}}) == 0);
  CHECK(worst_code(std::vector<checked>{{of, login}, {of, name}, {of, good}}) == 3);
  CHECK(nagios_code(std::vector<checked>{{of, good}}) == 0);
  CHECK(nagios_code(std::vector<checked>{{of, good}, {of, soon}}) == 1);
  CHECK(nagios_code(std::vector<checked>{{of, soon}, {of, login}}) == 2);
}

TEST_CASE("the line for Nagios is one, with one bar before its performance data") {
  const outcome good = well();
  const check_label odd = label("host|x\n");
  const std::string made = nagios_line(std::vector<checked>{{odd, good}});
  CHECK(made.find("MQTT OK - host/x") == 0);
  CHECK(std::count(made.begin(), made.end(), '|') == 1);
  CHECK(std::count(made.begin(), made.end(), '\n') == 1);
  CHECK(made.find("| time=0.040000s;;;0 connect=0.012500s;;;0 rtt=0.003000s;;;0 "
                  "certificate_days=80\n") != std::string::npos);
  std::vector<check_label> labels;
  for (int i = 0; i < 40; ++i) labels.push_back(label("broker-" + std::to_string(i)));
  const outcome bad = failing(check_state::problem, "tcp-refused", 4);
  std::vector<checked> all;
  for (const check_label& each : labels) all.push_back({each, bad});
  const std::string many = nagios_line(all);
  CHECK(many.find("MQTT CRITICAL - ") == 0);
  CHECK(many.find("broker-7 (tcp-refused) and 32 more | ok=0 warning=0 problem=40 ") !=
        std::string::npos);
  CHECK(many.size() < 1024);  // what NRPE passes on
}

TEST_CASE("a line of JSON has null for what is not known, and what was before where asked") {
  const outcome bad = failing(check_state::problem, "tcp-refused", 4);
  check_label of = label("10.0.0.7:1883");
  of.tags = {{"site", "b\"erlin"}};
  const auto plain = nlohmann::json::parse(json_line({of, bad}, nullptr));
  CHECK(plain["state"] == "problem");
  CHECK(plain["cause"] == "tcp-refused");
  CHECK(plain["what"] == "Nothing listens on port 1883.");
  CHECK(plain["name"] == "10.0.0.7:1883");
  CHECK(plain["tags"]["site"] == "b\"erlin");
  CHECK(plain["connected_ms"].is_null());
  CHECK(plain["certificate_days"].is_null());
  CHECK_FALSE(plain.contains("was"));
  const past was{check_state::warning, "soon"};
  const auto changed = nlohmann::json::parse(json_line({of, well()}, &was));
  CHECK(changed["was"] == "warning");
  CHECK(changed["was_cause"] == "soon");
  CHECK(changed["cause"].is_null());
  CHECK(changed["steps"][0]["name"] == "port");
}

TEST_CASE("labels of metrics are escaped, and a metric without a value is left out") {
  check_label of = label("t\\\"\n");
  of.tags = {{"site", "berlin"}};
  const outcome good = well();
  const std::string text = prometheus_text(std::vector<checked>{{of, good}});
  const std::string labels = R"({target="t\\\"\n",name="t\\\"\n",site="berlin")";
  CHECK(text.find("mqtt_doctor_up" + labels + "} 1\n") != std::string::npos);
  CHECK(text.find("mqtt_doctor_step_duration_seconds" + labels + ",step=\"port\"} 0.0025\n") !=
        std::string::npos);
  CHECK(text.find("step=\"login\"") == std::string::npos);  // was not made
  CHECK(text.find("mqtt_doctor_certificate_expiry_timestamp_seconds" + labels + "} 1802131200\n") !=
        std::string::npos);
  CHECK(text.find("mqtt_doctor_cause_info") == std::string::npos);
  CHECK(text.find("mqtt_doctor_delivery_duration_seconds") == std::string::npos);
  const outcome bad = failing(check_state::problem, "tcp-refused", 4);
  const std::string down = prometheus_text(std::vector<checked>{{label("t"), bad}});
  CHECK(down.find("mqtt_doctor_up{target=\"t\",name=\"t\"} 0\n") != std::string::npos);
  CHECK(down.find(",cause=\"tcp-refused\",severity=\"problem\"} 1\n") != std::string::npos);
}

TEST_CASE("what is remembered is read back, and a damaged file is named with its line") {
  check_memory written;
  written.note("Hall 3 \"x\"", failing(check_state::problem, "tcp-refused", 4));
  written.note("b", well());
  check_memory read;
  CHECK(read.read(written.text()) == "");
  CHECK(read.of("Hall 3 \"x\"") == past{check_state::problem, "tcp-refused"});
  CHECK(read.of("never seen") == past{check_state::ok, ""});
  CHECK(
      check_memory().read("{\"name\":\"a\",\"state\":\"ok\",\"cause\":null}\n{\"name\":\"b\"}\n") ==
      "2: not what mqtt-doctor check wrote; remove the file");
  CHECK(check_memory().read("\n") != "");
  CHECK(check_memory().read("{\"name\":\"a\",\"state\":\"fine\",\"cause\":null}\n") != "");
}

TEST_CASE("a file is replaced as a whole, or left as it is with nothing beside it") {
  const testing::temp_folder folder;
  const std::string file = folder.file("x.prom");
  CHECK(replace_file(file, "one\n") == "");
  CHECK(replace_file(file, "two\n") == "");
  CHECK(testing::read_file(file) == "two\n");
  CHECK(replace_file(folder.file("none/x.prom"), "x") == "No such file or directory");
  // A folder has the file's name: the rename fails, and the temporary file is removed.
  std::filesystem::create_directory(folder.file("taken"));
  CHECK(replace_file(folder.file("taken"), "x") != "");
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    left.insert(entry.path().filename().string());
  CHECK(left == std::set<std::string>{"taken", "x.prom"});
}

TEST_CASE("a line of the list is parted as a shell would, without expanding anything") {
  const auto split = [](std::string_view line) {
    words_list out;
    const std::string wrong = split_target_line(line, out);
    if (!wrong.empty()) out = {"!", wrong};
    return out;
  };
  CHECK(split("  # nothing") == words_list{});
  CHECK(split("") == words_list{});
  CHECK(split("host -t 'a b/#' # why") == words_list{"host", "-t", "a b/#"});
  CHECK(split("host -t a/#") == words_list{"host", "-t", "a/#"});
  CHECK(split("host -t \"#\"") == words_list{"host", "-t", "#"});
  CHECK(split("host --name $HOME") == words_list{"host", "--name", "$HOME"});
  CHECK(split("host 'x").at(0) == "!");
}

TEST_CASE("the command of a change gets the fields in its environment, and hangs for nobody") {
  const testing::temp_folder folder;
  check_label of = label("t", "Hall 3; rm -rf /");
  of.tags = {{"site", "berlin"}};
  const outcome bad = failing(check_state::problem, "tcp-refused", 4);
  const auto variables = change_variables({of, bad}, past{check_state::ok, ""});
  const std::string file = folder.file("out");
  const words_list command{
      "sh", "-c",
      "printf '%s|' \"$MQTT_CHECK_NAME\" \"$MQTT_CHECK_STATE\" "
      "\"$MQTT_CHECK_WAS\" \"$MQTT_CHECK_CAUSE\" \"$MQTT_CHECK_TAG_site\" > \"$0\"",
      file};
  CHECK(run_on_change(command, variables) == "");
  CHECK(testing::read_file(file) == "Hall 3; rm -rf /|problem|ok|tcp-refused|berlin|");
  CHECK(run_on_change({"sh", "-c", "exit 3"}, variables) == "it ended with status 3");
  CHECK(run_on_change({"/no/such/program"}, variables) == "No such file or directory");
}

TEST_CASE("no more targets than asked for are examined at a time, and each is told once") {
  std::mutex guard;
  std::size_t running = 0, most = 0;
  constexpr std::size_t count = 40, jobs = 4;
  check_round round(count, jobs, [&](std::size_t index) {
    {
      const std::lock_guard lock(guard);
      most = std::max(most, ++running);
    }
    std::this_thread::yield();
    const std::lock_guard lock(guard);
    --running;
    if (index == 7) throw std::runtime_error("out of something");
    return well();
  });
  std::set<std::size_t> ended;
  while (ended.size() < count) {
    pollfd event{round.descriptor(), POLLIN, 0};
    REQUIRE(::poll(&event, 1, 60'000) == 1);
    round.take([&](std::size_t index, outcome&& found) {
      CHECK(ended.insert(index).second);
      CHECK((found.state == check_state::problem) == (index == 7));
    });
  }
  const std::lock_guard lock(guard);
  CHECK(most <= jobs);
}

}  // namespace mqttkit::doctor
