// Files of different times: a change between them is no difference of the places.
#include "unit/doctor/places.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::broker_machine;
using mqttkit::doctor::test::client;
using mqttkit::doctor::test::is_refused;
using mqttkit::doctor::test::phone;
using mqttkit::doctor::test::places;
using mqttkit::doctor::test::stays_silent;

namespace {

constexpr const char* before = "2026-11-21T07:50:00Z";
constexpr const char* between = "2026-11-21T07:55:00Z";

phone earlier(phone made) {
  made.all.started = made.all.local.now = before;
  return made;
}

phone started_between(const std::string& scheme = "mqtt", int port = 1883) {
  phone made = broker_machine(scheme, port);
  made.all.host->brokers[0].started = between;
  return made;
}

}  // namespace

TEST_CASE("refused before the broker was started: ask again, and blame no firewall") {
  phone laptop = earlier(client());
  is_refused(laptop);
  phone server = started_between();
  server.accepts();
  const places both = places().of("laptop", laptop).of("server", server);
  CHECK(both.first() == "input-file-outdated");
  CHECK(both.sureness() == certainty::likely);
  for (const finding& other : both.found().causes) CHECK(other.how_sure != certainty::certain);
  // The broker ran all the time.
  server.all.host->brokers[0].started = "2026-11-20T00:00:00Z";
  const places steady = places().of("laptop", laptop).of("server", server);
  CHECK(steady.first() == "tcp-refused-by-firewall-reset");
}

TEST_CASE("a login that was refused before the broker was started anew, and is taken now") {
  phone laptop = earlier(client());
  laptop.answers(5, 0x87);
  phone server = started_between();
  server.accepts();
  const places both = places().of("laptop", laptop).of("server", server);
  CHECK(both.first() == "input-file-outdated");
  CHECK(both.sureness() == certainty::likely);
  // A run with another login asks another question.
  phone alice = earlier(client());
  alice.with_login().answers(4, 0x86);
  const places other = places().of("laptop", alice).of("server", server);
  CHECK_FALSE(other.names("input-file-outdated"));
}

TEST_CASE("a certificate that was renewed since is no other server's") {
  phone laptop = earlier(client("mqtts", 8883));
  laptop.secured().fails(10);
  laptop.last().tls->is_done = false;
  laptop.last().tls->chain[0].fingerprint = "old";
  phone server = broker_machine("mqtts", 8883);
  server.secured().accepts();
  server.last().tls->chain[0].fingerprint = "new";
  server.all.host->brokers[0].started = between;
  const places renewed = places().of("laptop", laptop).of("server", server);
  CHECK(renewed.first() == "input-file-outdated");
  server.last().tls->chain[0].fingerprint = "old";
  const places same = places().of("laptop", laptop).of("server", server);
  CHECK_FALSE(same.names("input-file-outdated"));
}

TEST_CASE("of files that lie hours apart nothing is certain that takes them for one moment") {
  phone laptop = client();
  stays_silent(laptop);
  laptop.all.local.is_outgoing_read = true;
  laptop.all.started = laptop.all.local.now = "2026-11-21T03:00:00Z";
  phone server = broker_machine();
  server.accepts();
  server.all.host->brokers[0].started = "2026-11-20T00:00:00Z";
  const places both = places().of("laptop", laptop).of("server", server);
  CHECK(both.first() == "tcp-timeout-security-group");
  CHECK(both.sureness() == certainty::likely);
  laptop.all.started = laptop.all.local.now = before;
  const places soon = places().of("laptop", laptop).of("server", server);
  CHECK(soon.sureness() == certainty::certain);
}
