// Log lines have a time: the fault that a line reports may have been fixed since.
#include "mqtt-doctor/probes/host/services.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::scene;

namespace {

constexpr const char* unreadable = "Error: Unable to open pwfile \"/etc/mosquitto/passwd\".";

/// The finding for a log line of that time, about a file that was changed just now.
log_fact complaint_of(std::time_t written) {
  machine here;
  here.file("/etc/mosquitto/mosquitto.conf",
            "listener 1883\npassword_file /etc/mosquitto/passwd\nlog_dest file /var/log/m.log\n");
  here.file("/etc/mosquitto/passwd", "");
  here.file("/var/log/m.log", std::to_string(written) + ": " + unreadable + "\n");
  const auto host = here.look();
  REQUIRE(!host.log.empty());
  return host.log.back();
}

}  // namespace

TEST_CASE("a log line says when it was written, in seconds or in the machine's own time") {
  CHECK(time_of_line("1700000000: Error: x") == 1700000000);
  CHECK_FALSE(time_of_line("Error: x"));
  CHECK_FALSE(time_of_line("12: x"));
  const auto told = time_of_line("2026-11-21T08:00:00: Error: x");
  REQUIRE(told);
  CHECK(*time_of_line("2026-11-21T08:00:05: Error: x") == *told + 5);
}

TEST_CASE("a complaint about a file that was changed since is outdated; one from after it is not") {
  CHECK(complaint_of(std::time(nullptr) - 86'400).is_outdated);
  CHECK_FALSE(complaint_of(std::time(nullptr) + 60).is_outdated);
}

TEST_CASE("what may be put right already is possible at most, and starting it comes first") {
  scene today;
  today.configured(false).file = "/etc/mosquitto/mosquitto.conf";
  today.connects("refused").logs(log_kind::file_unreadable, unreadable);
  CHECK(today.first() == "host-file-permission");
  scene yesterday = today;
  yesterday.outdated();
  CHECK(yesterday.first() == "tcp-refused-not-running");
  for (const finding& other : diagnose(yesterday.all).causes) {
    if (other.id != "host-file-permission") continue;
    CHECK(other.how_sure == certainty::possible);
    for (const cure& remedy : other.cures) CHECK(remedy.command.find("chown") == std::string::npos);
  }
}
