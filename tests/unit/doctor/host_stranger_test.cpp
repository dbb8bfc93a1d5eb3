// What the broker's log tells of clients that nobody asked about.
#include "mqtt-doctor/probes/host/services.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::says;
using mqttkit::doctor::test::scene;

namespace {

std::string handshake(const std::string& reason, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) {
    out += "1796039935: New connection from 192.168.1.40:" + std::to_string(44124 + i) +
           " on port 8883.\n1796039935: OpenSSL Error[0]: error:0A00010B:SSL routines::" + reason +
           "\n1796039935: Client <unknown> disconnected: Protocol error.\n";
  }
  return out;
}

/// A broker that lets the doctor in, and whose log has these lines.
scene logged(const std::string& text) {
  scene made;
  made.listens("0.0.0.0").connects("connected").works().runs();
  made.configured(true, 1883).settings["acl_file"] = "/etc/mosquitto/acl";
  made.host().log = read_log("/var/log/mosquitto/mosquitto.log", text);
  return made;
}

}  // namespace

TEST_CASE("a handshake that fails belongs to the address of its connection, and is told once") {
  const auto log = read_log("m.log", handshake("tlsv1 alert unknown ca", 1));
  REQUIRE(log.size() == 1);
  CHECK(log[0].kind == log_kind::tls);
  CHECK(log[0].peer == "192.168.1.40");
}

TEST_CASE("devices whose handshake fails again and again are told with what is wrong") {
  CHECK(says(logged(handshake("wrong version number", 3)), "192.168.1.40 speaks without TLS"));
  CHECK(says(logged(handshake("tlsv1 alert unknown ca", 3)), "does not trust the broker's"));
  CHECK(says(logged(handshake("sslv3 alert certificate expired", 3)), "device's clock is wrong"));
  CHECK(says(logged(handshake("peer did not return a certificate", 3)), "shows no certificate"));
  CHECK(says(logged(handshake("certificate verify failed", 3)), "does not accept the certificate"));
  CHECK(says(logged(handshake("unsupported protocol", 3)), "no version of TLS"));
  CHECK(logged(handshake("wrong version number", 2)).first() == "nothing");
}

TEST_CASE("the doctor's own attempts, from an address of this machine, are no device's") {
  scene own = logged(handshake("wrong version number", 4));
  interface_fact here;
  here.address = "192.168.1.40";
  own.all.local.interfaces.push_back(here);
  CHECK(own.first() == "nothing");
}

TEST_CASE("what is no MQTT comes from a device that speaks TLS, most often") {
  std::string text;
  for (int i = 0; i < 3; ++i)
    text +=
        "1796039935: New connection from 192.168.1.41:33858 on port 1883.\n"
        "1796039935: Client <unknown> disconnected due to protocol error.\n";
  CHECK(says(logged(text), "192.168.1.41 sends something that is no MQTT"));
}

TEST_CASE("a device that publishes what it may not is told with its topic") {
  const auto denied = [](const std::string& id, const char* topic, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
      out += "1796039935: Denied PUBLISH from " + id + " (d0, q0, r0, m0, '" + topic +
             "', ... (1 bytes))\n";
    return out;
  };
  const scene made = logged(denied("esp32", "home/secret", 3));
  CHECK(says(made, "keeps the client esp32 from publishing to \"home/secret\""));
  CHECK(says(made, "'topic write home/secret'"));
  CHECK(logged(denied("esp32", "home/secret", 2)).first() == "nothing");
  CHECK(logged(denied("mqtt-doctor-1f2e", "home/secret", 4)).first() == "nothing");
}

namespace {

/// mosquitto's log of a client that subscribes, comes back `flags`, and stays for `seconds`.
std::string came_back(const std::string& flags, int seconds, const std::string& more = {}) {
  return "1796039900: New client connected from 10.0.0.9:5000 as ack (p2, c1, k4).\n"
         "1796039900: Received SUBSCRIBE from ack\n1796039900: \tdevice/+/ack (QoS 0)\n"
         "1796039900: Sending SUBACK to ack\n"
         "1796039910: Client ack closed its connection.\n"
         "1796039911: New client connected from 10.0.0.9:5001 as ack (p2, " +
         flags + ", k4).\n" + more + std::to_string(1796039911 + seconds) +
         ": Received PINGREQ from ack\n";
}

scene missed(const std::string& text, const std::string& topic = {}) {
  scene made = logged(text);
  made.all.asked.symptom = symptom::nothing_arrives;
  made.all.asked.topic = topic;
  return made;
}

}  // namespace

TEST_CASE("a client that came back without a session and did not subscribe again is told") {
  CHECK(missed(came_back("c1", 8)).first() == "delivery-not-subscribed");
  CHECK(missed(came_back("c1", 8), "device/17/ack").first() == "delivery-not-subscribed");
  CHECK(missed(came_back("c1", 8), "device/+/ack").first() == "delivery-not-subscribed");
  CHECK(says(missed(came_back("c1", 8)), "The client ack subscribed to \"device/+/ack\""));
}

TEST_CASE("a kept session, a new SUBSCRIBE, a short visit and another topic tell nothing") {
  const auto is_told = [](const scene& of) { return says(of, "has not subscribed again since"); };
  CHECK_FALSE(is_told(missed(came_back("c0", 8))));
  CHECK_FALSE(is_told(missed(came_back("c1", 8, "1796039911: Received SUBSCRIBE from ack\n"))));
  CHECK_FALSE(is_told(missed(came_back("c1", 1))));
  CHECK_FALSE(is_told(missed(came_back("c1", 8), "house/meter")));
  CHECK_FALSE(
      is_told(missed(came_back("c1", 8, "1796039912: Client ack closed its connection.\n"))));
  CHECK_FALSE(is_told(logged(came_back("c1", 8))));  // nobody misses anything
}
