// Bridges that bring back what they took away, plugins and their file, and how a service ended.
#include "unit/doctor/machine.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::says;
using mqttkit::doctor::test::scene;

namespace {

constexpr const char* conf = "/etc/mosquitto/mosquitto.conf";

/// Two brokers, on 1883 and 1885, each with these lines of a bridge.
scene joined(const std::string& own, const std::string& far) {
  machine here;
  here.file(conf, "listener 1883\nallow_anonymous true\n" + own);
  here.file("/etc/mosquitto/edge.conf", "listener 1885\nallow_anonymous true\n" + far);
  here.runs(812, "mosquitto", {"mosquitto", "-c", conf}, {11});
  here.runs(813, "mosquitto", {"mosquitto", "-c", "/etc/mosquitto/edge.conf"}, {12});
  here.listens("00000000", 1883, 11).listens("00000000", 1885, 12);
  here.request.ports = {1883, 1885};
  scene made;
  made.connects("connected").works();
  made.host() = here.look();
  return made;
}

bool goes_round(const std::string& own, const std::string& far = {}) {
  const scene made = joined(own, far);
  for (const auto& found : made.found()) {
    if (found.id == std::string("delivery-duplicated")) return true;
  }
  return false;
}

const std::string there = "connection there\naddress 127.0.0.1:1885\n";
const std::string back = "connection back\naddress 127.0.0.1:1883\n";

}  // namespace

TEST_CASE("two bridges between two brokers bring each other's messages back") {
  CHECK(goes_round(there + "topic plant/# both\n", back + "topic plant/# both\n"));
  CHECK(goes_round(there + "topic # out\n", back + "topic plant/+/state out\n"));
  CHECK(goes_round(there + "topic plant/# out\n" + "connection again\naddress 127.0.0.1:1885\n" +
                   "topic plant/1 in\n"));
}

TEST_CASE("a bridge to its own broker sends round what it carries") {
  CHECK(goes_round("connection me\naddress 10.77.2.2:1883\ntopic # both\n"));
  CHECK(says(joined("connection me\naddress localhost:1883\ntopic # both\n", ""),
             "this very broker"));
}

TEST_CASE("bridges that carry other topics, one way, or under another name do not go round") {
  CHECK_FALSE(goes_round(there + "topic plant/# both\n"));
  CHECK_FALSE(goes_round(there + "topic plant/# out\n", back + "topic home/# out\n"));
  CHECK_FALSE(goes_round(there + "topic plant/# out\n", back + "topic plant/# in\n"));
  CHECK_FALSE(goes_round(there + "topic plant/+ out\n", back + "topic plant/a/b out\n"));
  CHECK_FALSE(goes_round(there + "topic # out 0 \"\" far/\n", back + "topic # out 0 \"\" near/\n"));
  CHECK_FALSE(goes_round(there + "topic # both\n",
                         "connection away\naddress 192.0.2.7:1883\n"
                         "topic # both\n"));
}

TEST_CASE("the file of dynamic security must be there, for the broker's user to read and replace") {
  machine here;
  here.file("/usr/lib/mosquitto_dynamic_security.so",
            "\x7F"
            "ELF");
  const auto kinds = [&](const std::string& file) {
    std::vector<problem_kind> out;
    const configuration_fact made =
        read_configuration(here,
                           "listener 1883\nplugin /usr/lib/mosquitto_dynamic_security.so\n"
                           "plugin_opt_config_file " +
                               file + "\n");
    for (const auto& each : made.problems) {
      if (each.subject == "plugin_opt_config_file") out.push_back(each.kind.value());
    }
    return out;
  };
  CHECK(kinds("/etc/mosquitto/none.json") == std::vector{problem_kind::missing_file});
  here.file("/etc/mosquitto/closed.json", "{}", 0600);
  CHECK(kinds("/etc/mosquitto/closed.json") == std::vector{problem_kind::unreadable_file});
  here.file("/etc/mosquitto/open.json", "{}", 0644);
  CHECK(kinds("/etc/mosquitto/open.json") == std::vector{problem_kind::unwritable_file});
}

TEST_CASE("a login that fails for want of the plugin's file is told so") {
  scene made;
  made.listens("0.0.0.0").connects("connected").answers(135, 5).runs();
  configuration_fact& configuration = made.configured(true, 1883);
  configuration_problem missing =
      test::wrong(problem_kind::missing_file, false, "plugin_opt_config_file", "No such file");
  missing.file = "/etc/mosquitto/dynamic-security.json";
  configuration.problems.push_back(missing);
  CHECK(says(made, "dynamic security plugin keeps them, does not exist"));
  CHECK(says(made, "mosquitto_ctrl dynsec init /etc/mosquitto/dynamic-security.json admin"));
}

TEST_CASE("the signal that ended a service says what kind of end it was") {
  const auto ended_by = [](int number) {
    scene made;
    made.connects("refused");
    service_fact& service = made.host().services.emplace_back();
    service.name = "mosquitto.service";
    service.state = service_state::failed;
    service.enabled = service_start::enabled;
    service.result = "signal";
    service.exit_status = number;
    return made;
  };
  CHECK(says(ended_by(4), "another kind of processor"));
  CHECK(says(ended_by(6), "gave up"));
  CHECK(says(ended_by(9), "memory was short"));
  CHECK(says(ended_by(11), "one of its plugins"));
  CHECK_FALSE(says(ended_by(15), "Signal 15"));
}
