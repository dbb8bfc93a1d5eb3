// Causes from facts about a gateway of MQTT-SN.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "unit/doctor/gateway_facts.hpp"

namespace mqttkit::doctor {
namespace {

/// A gateway that accepts a client and delivers the client's own message.
class sensor {
 public:
  sensor() {
    all.asked.typed = "mqtt-sn://gateway.example";
    gateway_fact& made = gateway();
    made.client_id = "mqttdoc-0123456789ab";
    made.ms = 12;
    made.sent = 1;
    made.will_wanted = made.will_asked = true;
    gateway_trip_fact round;
    round.way = trip_way::round;
    round.topic = "mqtt-doctor/0123";
    round.subscribed = round.published = round.arrived = true;
    round.suback = round.puback = 0;
    made.trips.push_back(round);
    made.sleep.emplace();
    made.sleep->fell_asleep = made.sleep->published = made.sleep->arrived = made.sleep->woke = true;
  }

  gateway_fact& gateway() { return *all.endpoints[0].gateway; }
  gateway_trip_fact& round() { return gateway().trips[0]; }
  sensor& answers(gateway_answer how) {
    gateway().answer = how;
    gateway().code = -1;
    gateway().sent = 3;
    gateway().ms = 2700;
    gateway().trips.clear();
    gateway().sleep.reset();
    gateway().will_wanted = gateway().will_asked = false;
    return *this;
  }
  sensor& icmp(int type, int code, bool from_target) {
    icmp_fact& notice = gateway().icmp.emplace();
    notice.type = type;
    notice.code = code;
    notice.from = from_target ? "9.9.0.7" : "203.0.113.1";
    notice.from_target = from_target;
    gateway().error = "ECONNREFUSED";
    return *this;
  }
  sensor& tcp(connect_outcome outcome, spoken_protocol speaks = spoken_protocol::none) {
    port_fact& port = gateway().tcp.emplace();
    port.port = 1884;
    port.connect.outcome = outcome;
    port.speaks = speaks;
    return *this;
  }
  diagnosis found() const { return diagnose(all); }
  std::string first() const {
    const diagnosis made = found();
    return made.causes.empty() ? (made.is_healthy ? "healthy" : "nothing") : made.causes[0].id;
  }
  std::string warning() const {
    const diagnosis made = found();
    return made.warnings.empty() ? "" : made.warnings[0].id;
  }
  certainty how_sure() const { return found().causes.at(0).how_sure; }

  facts all = test::gateway_facts();
};

bool has(const diagnosis& made, const std::string& id) {
  return std::any_of(made.causes.begin(), made.causes.end(),
                     [&](const finding& cause) { return cause.id == id; });
}

}  // namespace

TEST_CASE("a gateway that takes a client and brings its message is healthy") {
  const sensor made;
  CHECK(made.first() == "healthy");
  CHECK(made.found().exit_code == 0);
  CHECK(made.warning().empty());
  const std::string report = terminal_report(made.all, made.found(), {});
  CHECK(report.find("Nothing is wrong from here.") != std::string::npos);
  CHECK(report.find("1884 (UDP)") != std::string::npos);
  CHECK(report.find("on this network") != std::string::npos);
  // The loopback address tells nothing about other machines.
  sensor here;
  here.gateway().address = "127.0.0.1";
  const std::string own = terminal_report(here.all, here.found(), {});
  CHECK(own.find("whether others can is not tested") != std::string::npos);
}

TEST_CASE("a port that is closed over UDP is certain when its own machine says so") {
  sensor made;
  made.answers(gateway_answer::closed).icmp(3, 3, true);
  CHECK(made.first() == "sn-port-closed");
  CHECK(made.how_sure() == certainty::certain);
  CHECK(made.found().exit_code == 4);
  // A router between may report its refusal by name.
  made.icmp(3, 3, false);
  CHECK(made.first() == "sn-port-closed");
  CHECK(made.how_sure() == certainty::likely);
}

TEST_CASE("a firewall that refuses UDP names itself, and no way is told from it") {
  sensor made;
  made.answers(gateway_answer::unreachable).icmp(3, 13, false);
  CHECK(made.first() == "sn-filtered");
  CHECK(made.how_sure() == certainty::certain);
  made.icmp(3, 1, false);
  CHECK(made.first() == "sn-unreachable");
  made.gateway().icmp.reset();
  made.gateway().error = "ENETUNREACH";
  CHECK(made.first() == "sn-unreachable");
}

TEST_CASE("silence over UDP alone is never certain") {
  sensor made;
  made.answers(gateway_answer::silent).tcp(connect_outcome::silent);
  CHECK(made.first() == "sn-host-away");
  CHECK(made.how_sure() == certainty::possible);
  made.tcp(connect_outcome::refused);
  CHECK(made.first() == "sn-udp-dropped");
  CHECK(made.how_sure() == certainty::likely);
  CHECK(has(made.found(), "sn-gateway-mute"));
  CHECK_FALSE(has(made.found(), "sn-host-away"));
  for (const finding& cause : made.found().causes) CHECK(cause.how_sure != certainty::certain);
}

TEST_CASE("a broker's TCP port that was taken for a gateway's is certain only when UDP is closed") {
  sensor made;
  made.answers(gateway_answer::silent).tcp(connect_outcome::connected, spoken_protocol::mqtt);
  CHECK(made.first() == "sn-brokers-port");
  CHECK(made.how_sure() == certainty::likely);
  made.answers(gateway_answer::closed).icmp(3, 3, true);
  CHECK(made.first() == "sn-brokers-port");
  CHECK(made.how_sure() == certainty::certain);
  // A gateway (UDP) and a broker (TCP) may have the same port number.
  sensor both;
  both.tcp(connect_outcome::connected, spoken_protocol::mqtt);
  CHECK(both.first() == "healthy");
}

TEST_CASE("a gateway on another port, at another address, or that answers from elsewhere") {
  sensor made;
  made.answers(gateway_answer::closed).icmp(3, 3, true);
  made.gateway().elsewhere = {1885};
  CHECK(made.first() == "sn-other-port");
  sensor other;
  other.answers(gateway_answer::silent);
  gateway_info_fact there;
  there.id = 3;
  there.from = "9.9.0.9:1884";
  other.gateway().nearby.push_back(there);
  CHECK(other.first() == "sn-other-address");
  CHECK(other.how_sure() == certainty::likely);
  // The dialled gateway; its answers to other searches tell nothing about the address.
  other.gateway().nearby[0].from = "9.9.0.7:1884";
  CHECK(other.first() != "sn-other-address");
  sensor odd;
  odd.answers(gateway_answer::silent);
  odd.gateway().answered_from = "9.9.0.8:40000";
  CHECK(odd.first() == "sn-answers-from-elsewhere");
  CHECK(odd.how_sure() == certainty::certain);
}

TEST_CASE("what answers and is no gateway is said to be none") {
  sensor made;
  made.answers(gateway_answer::echo);
  made.gateway().text = "\\x03\\x01\\x00";
  CHECK(made.first() == "sn-no-gateway");
  made.answers(gateway_answer::other);
  CHECK(made.first() == "sn-no-gateway");
  CHECK(made.how_sure() == certainty::certain);
}

TEST_CASE("a gateway that answers the search and takes nobody has lost its broker, most likely") {
  sensor made;
  made.answers(gateway_answer::silent);
  made.gateway().found.push_back({1, "9.9.0.7:1884", "", 1});
  CHECK(made.first() == "sn-broker-away");
  CHECK(made.how_sure() == certainty::likely);
  made.answers(gateway_answer::disconnect);
  CHECK(made.first() == "sn-broker-away");
}

TEST_CASE("return codes are told in words, wherever they stood") {
  sensor made;
  made.answers(gateway_answer::connack);
  for (const auto& [code, id] : {std::pair(1, "sn-congestion"), std::pair(2, "sn-invalid-topic-id"),
                                 std::pair(3, "sn-not-supported"), std::pair(9, "sn-rejected")}) {
    made.gateway().code = code;
    CHECK(made.first() == id);
    CHECK(made.how_sure() == certainty::certain);
  }
  for (int gateway_trip_fact::*const where :
       {&gateway_trip_fact::suback, &gateway_trip_fact::regack, &gateway_trip_fact::puback}) {
    sensor later;
    later.round().*where = 2;
    later.round().arrived = false;
    CHECK(later.first() == "sn-invalid-topic-id");
    CHECK(later.found().exit_code == 1);
  }
}

TEST_CASE("a message that is lost in the gateway is told from one that is lost behind it") {
  sensor made;
  made.round().arrived = false;
  CHECK(made.first() == "sn-message-lost");
  sensor via;
  via.all.asked.sent_via = "mqtt://broker.example";
  gateway_trip_fact way = via.round();
  way.way = trip_way::to_mqtt;
  way.arrived = false;
  via.gateway().trips.push_back(way);
  CHECK(via.first() == "sn-not-to-mqtt");
  CHECK(via.how_sure() == certainty::likely);
  via.gateway().trips.back().way = trip_way::from_mqtt;
  CHECK(via.first() == "sn-not-from-mqtt");
  // If messages between two own clients are lost as well, the cause is less certain.
  via.round().arrived = false;
  CHECK(has(via.found(), "sn-message-lost"));
  via.gateway().trips.pop_back();
  via.round().arrived = true;
  via.all.endpoints[0].elsewhere.emplace().connect.outcome = connect_outcome::refused;
  CHECK(via.first() == "sn-via-not-reached");
}

TEST_CASE("an identifier is in use where another one is left alone") {
  sensor made;
  made.gateway().ended_ms = 300;
  CHECK(made.first() == "sn-ended-by-gateway");
  made.gateway().is_users_id = true;
  made.gateway().client_id = "sensor1";
  made.gateway().own_id_code = 0;
  made.gateway().own_id_stayed = true;
  CHECK(made.first() == "sn-identifier-in-use");
  CHECK(made.how_sure() == certainty::likely);
  made.gateway().own_id_stayed = false;
  CHECK(made.first() == "sn-ended-by-gateway");
  CHECK(has(made.found(), "sn-identifier-in-use"));
}

TEST_CASE("what a sleeping client misses, and a will nobody asks for, are warnings") {
  sensor made;
  made.gateway().sleep->arrived = false;
  CHECK(made.first() == "healthy");
  CHECK(made.warning() == "sn-sleeper-not-buffered");
  // Nothing was sent, so nothing can be lost.
  made.gateway().sleep->published = false;
  CHECK(made.warning().empty());
  made.gateway().sleep->fell_asleep = false;
  CHECK(made.warning() == "sn-no-sleep");
  made.gateway().sleep.emplace().fell_asleep = true;
  made.gateway().sleep->was_too_early = true;
  CHECK(made.warning() == "sn-sent-to-sleeper");
  sensor without;
  without.gateway().will_asked = false;
  CHECK(without.warning() == "sn-will-ignored");
}

TEST_CASE("a group that nobody answers at is no address of a tutorial") {
  sensor made;
  made.answers(gateway_answer::silent);
  made.all.asked.host = made.gateway().address = "225.1.1.1";
  made.all.name.addresses = {"225.1.1.1"};
  made.gateway().is_group = true;
  CHECK(made.first() == "sn-search-unanswered");
  CHECK(made.found().causes.size() == 1);
}

TEST_CASE("facts about a gateway are read as they were written, and say the same") {
  sensor made;
  made.answers(gateway_answer::closed).icmp(3, 3, true);
  made.gateway().elsewhere = {1885};
  facts read;
  REQUIRE(facts_from_json(facts_to_json(made.all, true), read).empty());
  CHECK(facts_to_json(read, true) == facts_to_json(made.all, true));
  CHECK(diagnose(read).causes.at(0).id == made.first());
}

}  // namespace mqttkit::doctor
