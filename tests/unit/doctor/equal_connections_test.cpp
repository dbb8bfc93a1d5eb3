// Servers behind a load balancer take turns: one accepted connection does not stand for all.
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

TEST_CASE("of connections made alike one is hung up on: several servers, and never for certain") {
  phone turns;
  turns.accepts();
  turns.contact_for("repeat").sends("closed").ends("closed");
  turns.contact_for("repeat").accepts();
  CHECK(turns.first() == "proxy-backends-differ");
  CHECK(turns.sureness() == certainty::likely);
  phone alike;
  alike.accepts();
  alike.contact_for("repeat").accepts();
  alike.contact_for("repeat").accepts();
  CHECK(alike.first() == "healthy");
}

TEST_CASE("another broker behind the same address refuses the login that the first one takes") {
  phone other;
  other.with_login().accepts();
  other.contact_for("repeat").with_login().answers(5, 0x87);
  CHECK(other.first() == "proxy-backends-differ");
  CHECK_FALSE(other.names("auth-bad-credentials"));
  phone refused;
  refused.accepts();
  refused.contact_for("repeat").last().connect = {
      connect_outcome::refused, "ECONNREFUSED", 1, {}, 0, ""};
  refused.contact_for("repeat").accepts();
  CHECK(refused.first() == "proxy-backends-differ");
}

TEST_CASE("the first of a balancer's servers is dead: MQTT 5 is not to blame") {
  // The servers take turns: dead, alive, dead, alive.
  phone turns;
  turns.all.asked.version = mqtt_version::v5;
  turns.sends("closed");
  turns.contact_for("version").accepts("3.1.1");
  turns.contact_for("repeat").sends("closed", 1, "3.1.1").ends("closed");
  turns.contact_for("repeat").accepts("5");
  CHECK(turns.first() == "proxy-backends-differ");
  CHECK_FALSE(turns.names("mqtt-v5-closed-silently"));
  CHECK(turns.excludes("mqtt-v5-closed-silently"));
  // Three servers take turns: dead, alive, alive.
  phone three;
  three.sends("closed");
  three.contact_for("version").accepts("3.1.1");
  three.contact_for("repeat").accepts("3.1.1");
  three.contact_for("repeat").accepts("5");
  CHECK(three.first() == "proxy-backends-differ");
  // A broker without MQTT 5 closes at each CONNECT of MQTT 5, and at nothing else.
  phone old;
  old.all.asked.version = mqtt_version::v5;
  old.sends("closed");
  old.contact_for("version").accepts("3.1.1");
  old.contact_for("repeat").accepts("3.1.1");
  old.contact_for("repeat").sends("closed");
  CHECK(old.first() == "mqtt-v5-closed-silently");
}

TEST_CASE("a connection that was late alone is a warning, for the machine may have been busy") {
  phone late;
  late.accepts();
  late.contact_for("repeat").sends("silent", 1500);
  late.contact_for("repeat").accepts();
  CHECK(late.first() == "healthy");
  CHECK(late.warns("proxy-backends-differ"));
}

TEST_CASE("a limit on new connections lets none in that comes later; a balancer does") {
  const connect_fact refused{connect_outcome::refused, "ECONNREFUSED", 1, {}, 0, ""};
  phone limited;
  limited.accepts();
  limited.contact_for("repeat").last().connect = refused;
  limited.contact_for("repeat").last().connect = refused;
  CHECK(limited.names("tcp-refused-rate-limit"));
  phone balanced;
  balanced.accepts();
  balanced.contact_for("repeat").last().connect = refused;
  balanced.contact_for("repeat").accepts();
  CHECK_FALSE(balanced.names("tcp-refused-rate-limit"));
}
