// The choice of the listener that a phone is to try: probes, page and verdict must agree on the
// same one.
#include <doctest/doctest.h>

#include "mqtt-doctor/phone/broker_choice.hpp"
#include "mqtt-doctor/phone/phone_vantage.hpp"
#include "mqtt-doctor/phone/plan.hpp"
#include "mqtt-doctor/report/document.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "unit/doctor/places.hpp"

namespace mqttkit::doctor::test {
namespace {

void listens(host_facts& on, const std::string& address, int port, const std::string& process) {
  listener_fact made;
  made.address = address;
  made.port = port;
  made.process = process;
  on.listeners.push_back(made);
}

configured_listener block(int port, listener_protocol by) {
  configured_listener made;
  made.port = port;
  made.protocol = by;
  return made;
}

}  // namespace

TEST_CASE("what others reach comes before what only the machine itself does") {
  host_facts host;
  listens(host, "127.0.0.1", 1883, "mosquitto");
  listens(host, "0.0.0.0", 8883, "mosquitto");
  listens(host, "::", 9001, "mosquitto");
  const auto found = broker_listeners(host, 8080);
  REQUIRE(found.size() == 3);
  CHECK(found[0].port == 8883);
  CHECK(found[0].by == scheme::mqtts);
  CHECK(found[1].port == 9001);
  CHECK(found[2].port == 1883);
  CHECK(!found[2].is_for_others);
  CHECK(say(words_of_choice(found, "203.0.113.5")) ==
        "Listening here: 8883 (mqtts, mosquitto), 9001 (ws, mosquitto). The phone is to try 8883; "
        "for another name it: mqtt-doctor phone ws://203.0.113.5:9001/mqtt");
  CHECK(say(words_of_inner(found)) == "Only this machine itself reaches 1883 (mqtt, mosquitto).");
}

TEST_CASE("of several brokers the usual port comes first, and one alone leaves no choice") {
  host_facts host;
  listens(host, "0.0.0.0", 1884, "mosquitto");
  listens(host, "0.0.0.0", 1883, "beam.smp");
  listens(host, "::", 1884, "mosquitto");
  auto found = broker_listeners(host, 0);
  REQUIRE(found.size() == 2);
  CHECK(found[0].port == 1883);
  CHECK(
      say(words_of_choice(found, "broker.example")).find("mqtt-doctor phone broker.example:1884") !=
      std::string::npos);
  host.listeners.erase(host.listeners.begin() + 1);
  found = broker_listeners(host, 0);
  REQUIRE(found.size() == 1);
  CHECK(words_of_choice(found, "broker.example").empty());
  CHECK(words_of_inner(found).empty());
}

TEST_CASE("one port for others is no choice, whatever listens for the machine itself") {
  host_facts host;
  listens(host, "0.0.0.0", 1883, "mosquitto");
  listens(host, "127.0.0.1", 1884, "mosquitto");
  CHECK(words_of_choice(broker_listeners(host, 0), "203.0.113.5").empty());
  CHECK(!words_of_inner(broker_listeners(host, 0)).empty());
}

TEST_CASE("a listener's protocol is what its configuration says, or the port inside a container") {
  host_facts host;
  listens(host, "0.0.0.0", 1884, "mosquitto");
  listens(host, "0.0.0.0", 18830, "docker-proxy");
  listens(host, "0.0.0.0", 18083, "docker-proxy");
  listens(host, "0.0.0.0", 443, "nginx");
  configuration_fact file;
  file.listeners = {block(1884, listener_protocol::websockets)};
  host.configurations.push_back(file);
  container_fact container;
  container.ports = "0.0.0.0:18830->1883/tcp, 0.0.0.0:18083->18083/tcp";
  host.containers.push_back(container);
  const auto found = broker_listeners(host, 0);
  REQUIRE(found.size() == 2);
  CHECK(found[0].port == 18830);
  CHECK(found[0].by == scheme::mqtt);
  CHECK(found[1].by == scheme::ws);
}

TEST_CASE("the page's own port is no listener of a broker") {
  host_facts host;
  listens(host, "::", 8083, "mqtt-doctor");
  CHECK(broker_listeners(host, 8083).empty());
  phone_plan plan;
  facts server;
  server.host.emplace() = host;
  plan_from(server, 8083, plan);
  REQUIRE(plan.listeners.size() == 1);
  CHECK(plan.listeners[0].port == 1883);
}

TEST_CASE("a port is closed, open to the machine itself, or open to others") {
  host_facts host;
  listens(host, "127.0.0.1", 1883, "mosquitto");
  CHECK(access_to_port(host, 1884) == port_access::closed);
  CHECK(access_to_port(host, 1883) == port_access::for_itself);
  listens(host, "::", 1883, "mosquitto");
  CHECK(access_to_port(host, 1883) == port_access::open);
}

TEST_CASE("the phone tries no port that only the machine itself reaches, but the one in question") {
  facts server;
  listens(server.host.emplace(), "127.0.0.1", 1883, "mosquitto");
  listens(*server.host, "0.0.0.0", 8883, "mosquitto");
  phone_plan plan;
  server.asked.port = 8883;
  plan_from(server, 0, plan);
  REQUIRE(plan.listeners.size() == 1);
  CHECK(plan.listeners[0].port == 8883);
  server.asked.port = 1883;
  plan_from(server, 0, plan);
  REQUIRE(plan.listeners.size() == 2);
  CHECK(plan.listeners[0].port == 1883);
}

TEST_CASE("the phone tries no port of another broker than the one in question") {
  facts server;
  host_facts& host = server.host.emplace();
  for (const int pid : {7, 8}) {
    process_fact broker;
    broker.pid = pid;
    broker.name = broker_kind::mosquitto;
    host.brokers.push_back(broker);
    listens(host, "0.0.0.0", 1883 + pid, "mosquitto");
    host.listeners.back().pid = pid;
    configuration_fact file;
    file.pid = pid;
    file.listeners = {block(9000 + pid, listener_protocol::websockets)};
    host.configurations.push_back(file);
  }
  listens(host, "0.0.0.0", 8083, "nginx");  // that may pass on to either
  host.listeners.back().pid = 9;
  phone_plan plan;
  server.asked.port = 1883 + 8;
  plan_from(server, 0, plan);
  REQUIRE(plan.listeners.size() == 3);
  CHECK(plan.listeners[0].port == 1891);
  CHECK(plan.listeners[1].port == 9008);
  CHECK(plan.listeners[2].port == 8083);
}

TEST_CASE("of several ports the server's verdict is about the one in question") {
  phone server = broker_machine();
  server.accepts();
  endpoint_facts shut = server.all.endpoints[0];
  shut.port = 1884;
  shut.contacts[0].mqtt.reset();
  shut.contacts[0].connect.outcome = connect_outcome::refused;
  server.all.endpoints.push_back(shut);
  server.all.asked.port = 1884;
  CHECK(diagnose(server.all).endpoint == 1);
  server.all.asked.port = 1883;
  CHECK(diagnose(server.all).endpoint == 0);
}

TEST_CASE("of a phone that never came the report claims no step") {
  phone server = broker_machine();
  server.accepts();
  phone_facts nobody;
  nobody.watched_by = phone_watch::capture;
  nobody.seconds = 31;
  phone_port_fact port;
  port.port = 1883;
  port.kind = scheme::mqtt;
  port.arrival = phone_arrival::absent;
  nobody.ports.push_back(port);
  facts named = server.all;
  named.name.addresses = {server_address};
  places both;
  both.of("server", server);
  both.all.emplace_back("phone", facts_of_phone(nobody, server_address, named));
  const std::string text = terminal_report(both.all, diagnose_together(both.all), report_style());
  CHECK(text.find("no phone has come") != std::string::npos);
  const std::string row = text.substr(text.find("\n  phone"));
  CHECK(row.substr(0, row.find('\n', 1)).find("\u2717") == std::string::npos);
  const document page = document_of(both.all, diagnose_together(both.all), false);
  REQUIRE(!page.panels.empty());
  for (const auto& line : page.panels.back().steps) CHECK(line.state == step_state::untested);
}

TEST_CASE("a further port out of reach is no failure of an app at the first") {
  phone server = broker_machine();
  server.accepts();
  phone_facts came;
  came.watched_by = phone_watch::capture;
  came.address = "198.51.100.9";
  came.has_page = came.has_findings = true;
  for (const int number : {1883, 9001}) {
    phone_port_fact port;
    port.port = number;
    port.kind = number == 1883 ? scheme::mqtt : scheme::ws;
    port.arrival = number == 1883 ? phone_arrival::stood : phone_arrival::absent;
    port.address = came.address;
    came.ports.push_back(port);
    phone_step_fact step;
    step.step = phone_step::fetch;
    step.port = number;
    step.outcome = number == 1883 ? phone_outcome::closed : phone_outcome::timeout;
    came.steps.push_back(step);
  }
  facts named = server.all;
  named.asked.port = 0;
  named.name.addresses = {server_address};
  CHECK(vantage("phone", facts_of_phone(came, server_address, named)).made.is_healthy);
  came.ports.front().arrival = phone_arrival::absent;
  came.steps.front().outcome = phone_outcome::timeout;
  CHECK(!vantage("phone", facts_of_phone(came, server_address, named)).made.is_healthy);
}

}  // namespace mqttkit::doctor::test
