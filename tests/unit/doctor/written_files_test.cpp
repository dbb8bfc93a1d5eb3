// A cure that writes to a file checks first that the file has the content that the cure expects.
#include "mqtt-doctor/causes/written_files.hpp"

#include <doctest/doctest.h>

#include "mqtt-doctor/probes/host/brokers.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

constexpr const char* users = "/etc/mosquitto/passwd";

/// alice's login is refused, and the password file has this problem.
scene refused_with(problem_kind kind, const std::string& file, const std::string& detail = {}) {
  scene at;
  at.listens("0.0.0.0").runs();
  auto& configuration = at.configured(true, 1883);
  configuration.settings["password_file"] = file;
  configuration.files = {"/etc/mosquitto/mosquitto.conf"};
  auto unknown = wrong(problem_kind::user_not_in_file, false, "alice");
  auto odd = wrong(kind, false, "password_file", detail);
  unknown.file = odd.file = file;
  configuration.problems = {unknown, odd};
  at.all.asked.has_user = at.all.asked.has_password = true;
  at.all.asked.user_name = "alice";
  at.answers(5, 0x87);
  return at;
}

configuration_fact with_users(machine& here, const std::string& text,
                              const std::string& file = users) {
  if (file != "/etc/mosquitto/mosquitto.conf") here.file(file, text);
  return read_configuration(here, "listener 1883\npassword_file " + file + "\n");
}

/// A finding with one command, after complete_cures().
finding after_guard(const scene& at, const std::string& command) {
  made_finding made("auth-bad-credentials", certainty::certain, strength::told, words("It is so."));
  made.mend(words("Mend it:"), command);
  std::vector<finding> all{*static_cast<maybe_finding>(made)};
  const view known{at.all, at.all.endpoints[0]};
  drop_harmful_writes(known, all);
  return all.front();
}

}  // namespace

TEST_CASE("what password_file names is known for a file of something else") {
  machine here;
  const auto itself = with_users(here, "", "/etc/mosquitto/mosquitto.conf");
  REQUIRE(problem(itself, problem_kind::no_password_file) != nullptr);
  CHECK(problem(itself, problem_kind::no_password_file)->detail == "configuration");
  const auto system = with_users(here, "root:x:0:0:root:/root:/bin/sh\n", "/etc/shadow");
  REQUIRE(problem(system, problem_kind::no_password_file) != nullptr);
  CHECK(problem(system, problem_kind::no_password_file)->detail == "system");
  CHECK(problem(system, problem_kind::plain_password) == nullptr);
  for (const char* text : {"{\n  \"clients\": [\n", "-----BEGIN CERTIFICATE-----\nMIIB\n",
                           "listener 1883\nallow_anonymous false\n", "user alice\ntopic read #\n"})
    CHECK(problem(with_users(here, text), problem_kind::no_password_file) != nullptr);
  for (const char* text : {"alice:$7$101$salt$hash\n", "alice:plain\n", "# nobody yet\n", ""})
    CHECK(problem(with_users(here, text), problem_kind::no_password_file) == nullptr);
}

TEST_CASE("a password file that is the access list as well has two uses") {
  machine here;
  here.file(users, "alice:$7$101$salt$hash\n");
  const auto both = read_configuration(
      here, "listener 1883\npassword_file " + std::string(users) + "\nacl_file " + users + "\n");
  REQUIRE(problem(both, problem_kind::no_password_file) != nullptr);
  CHECK(problem(both, problem_kind::no_password_file)->detail == "acl_file");
}

TEST_CASE("mosquitto_passwd is never to be run on the configuration") {
  const scene at = refused_with(problem_kind::no_password_file, "/etc/mosquitto/mosquitto.conf",
                                "configuration");
  REQUIRE(at.first() == "auth-bad-credentials");
  CHECK(says(at, "is no password file"));
  CHECK_FALSE(says(at, "mosquitto_passwd /etc/mosquitto/mosquitto.conf"));
  CHECK(says(at, "mosquitto_passwd /etc/mosquitto/passwd alice"));
  CHECK(says(at, "password_file /etc/mosquitto/passwd"));
  // The usual name for the new file may be taken.
  CHECK(says(refused_with(problem_kind::no_password_file, users), "/etc/mosquitto/users alice"));
}

TEST_CASE("a line that is no user's is taken out before mosquitto_passwd, which ends at it") {
  machine here;
  const auto stray = with_users(here, "alice:$7$101$salt$hash\n# the cellar\nbob:$7$101$s$h\n");
  REQUIRE(problem(stray, problem_kind::stray_user_line) != nullptr);
  CHECK(problem(stray, problem_kind::stray_user_line)->line == 2);
  CHECK(problem(with_users(here, "alice:$7$101$salt$hash\n"), problem_kind::stray_user_line) ==
        nullptr);
  CHECK(says(refused_with(problem_kind::stray_user_line, users),
             "sudo sed -i.bak -E '/^[^:#][^:]*:[^:[:space:]]/!d' /etc/mosquitto/passwd && sudo "
             "mosquitto_passwd /etc/mosquitto/passwd alice"));
}

TEST_CASE("no cure writes to a file of two uses, whichever cause it is of") {
  scene at;
  at.listens("0.0.0.0").runs();
  auto& configuration = at.configured(true, 1883);
  configuration.settings["password_file"] = configuration.settings["acl_file"] = users;
  for (const char* command : {"sudo mosquitto_passwd /etc/mosquitto/passwd bob",
                              "printf 'user bob\\n' | sudo tee -a /etc/mosquitto/passwd",
                              "sudo sed -i.bak '1i topic read #' /etc/mosquitto/passwd"}) {
    const finding kept = after_guard(at, command);
    CHECK(kept.cures[0].command.empty());
    CHECK(kept.cures[0].kind == cure_kind::words);
  }
  CHECK_FALSE(after_guard(at, "sudo cat /etc/mosquitto/passwd").cures[0].command.empty());
  // One file for certificate, key and authority is valid.
  configuration.settings["certfile"] = configuration.settings["cafile"] = "/etc/mosquitto/all.pem";
  CHECK_FALSE(
      after_guard(at, "sudo sed -i.bak 's/x/y/' /etc/mosquitto/all.pem").cures[0].command.empty());
  configuration.settings.erase("acl_file");
  CHECK_FALSE(
      after_guard(at, "sudo mosquitto_passwd /etc/mosquitto/passwd bob").cures[0].command.empty());
}

TEST_CASE("a folder of the system is not given away to the broker's user") {
  scene at;
  at.listens("0.0.0.0").runs();
  for (const char* folder : {"/", "/var/lib", "/var/lib/", "/home/me", "/etc", "/tmp"})
    CHECK(after_guard(at, std::string("sudo chown -R mosquitto: ") + folder)
              .cures[0]
              .command.empty());
  for (const char* folder : {"/var/lib/mosquitto/", "/srv/mosquitto", "/home/me/broker/data"})
    CHECK_FALSE(after_guard(at, std::string("sudo chown -R mosquitto: ") + folder)
                    .cures[0]
                    .command.empty());
}
