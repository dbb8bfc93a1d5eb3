// Captures of network faults, made by tests/lab/lab/stage_capture.py on the client, the router and
// the server. Each must give the cause, the place of capture, and the packets that prove the
// cause.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

recording read_capture(const std::string& name, capture_place said = capture_place::none) {
  const std::string bytes =
      testing::read_file(std::string(PROJECT_ROOT) + "/tests/unit/doctor/captures/" + name);
  REQUIRE_FALSE(bytes.empty());
  memory_source source(as_bytes(bytes));
  recording_options how;
  how.name = name;
  how.place = said;
  return read_recording(source, how);
}

/// The first finding about the last client; null when nothing is wrong.
const finding* first_finding(const recording& of) {
  for (auto client = of.clients.rbegin(); client != of.clients.rend(); ++client) {
    if (!client->from.made.causes.empty()) return &client->from.made.causes.front();
  }
  return nullptr;
}

/// The place and the cause, like "server: tcp-timeout-host-firewall".
std::string told_of(const recording& of) {
  const finding* const found = first_finding(of);
  return std::string(of.about.place.word()) + ": " + (found == nullptr ? "" : found->id);
}

std::string told_by(const std::string& name, capture_place said = capture_place::none) {
  return told_of(read_capture(name, said));
}

std::string words_of(const std::string& name, capture_place said = capture_place::none) {
  const recording read = read_capture(name, said);
  const finding* const found = first_finding(read);
  REQUIRE(found != nullptr);
  std::string text = in_english(found->cause);
  for (const sentence& evidence : found->evidence) text += " | " + in_english(evidence);
  return text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an unanswered SYN means another thing on each machine of the path") {
  CHECK(told_by("server_drops-client.pcap") == "client: tcp-timeout-security-group");
  CHECK(told_by("server_drops-router.pcap") == "router: tcp-timeout-security-group");
  CHECK(told_by("server_drops-server.pcap") == "server: tcp-timeout-host-firewall");
  CHECK(told_by("router_drops-client.pcap") == "client: tcp-timeout-security-group");
  CHECK(told_by("router_drops-router.pcap", capture_place::router) ==
        "router: tcp-timeout-security-group");
  CHECK(read_capture("router_drops-server.pcap").clients.empty());
}

TEST_CASE("a rejection is told by who sends it") {
  for (const char* const place : {"client", "router", "server"}) {
    CHECK(told_by("server_rejects_by_icmp-" + std::string(place) + ".pcap") ==
          std::string(place) + ": tcp-refused-by-icmp");
    CHECK(told_by("nobody_listens-" + std::string(place) + ".pcap") ==
          std::string(place) + ": tcp-refused-not-running");
    CHECK(told_by("another_port_is_open-" + std::string(place) + ".pcap") ==
          std::string(place) + ": tcp-refused-wrong-port");
  }
  CHECK(has(words_of("server_rejects_by_icmp-client.pcap"), "A rule at 10.77.2.2 rejects"));
  CHECK(has(words_of("another_port_is_open-client.pcap"),
            "10.77.1.2 asks for port 1884, and MQTT is spoken at port 1883"));
  CHECK(told_by("router_rejects_by_reset-client.pcap") == "client: tcp-refused-not-running");
  CHECK(told_by("router_rejects_by_reset-router.pcap", capture_place::router) ==
        "router: tcp-refused-by-firewall-reset");
  CHECK(told_by("no_route_behind_the_router-client.pcap") == "client: tcp-unreachable-no-route");
}

TEST_CASE("a SYN-ACK that is lost is told by where it was seen last") {
  CHECK(told_by("answers_are_dropped_on_the_router-server.pcap") == "server: path-no-route-back");
  CHECK(told_by("answers_are_dropped_on_the_router-router.pcap") == "router: path-no-route-back");
  CHECK(told_by("answers_are_dropped_on_the_router-client.pcap") ==
        "client: tcp-timeout-security-group");
  CHECK(told_by("client_drops_the_answers-server.pcap") == "server: path-no-route-back");
  CHECK(told_by("client_drops_the_answers-client.pcap") == "client: tcp-local-policy");
}

TEST_CASE("SYN that is dropped while connections wait unserved is a full queue") {
  for (const char* const place : {"client", "router", "server"}) {
    CHECK(told_by("queue_of_the_listener_is_full-" + std::string(place) + ".pcap") ==
          std::string(place) + ": mqtt-broker-hung");
  }
}

TEST_CASE("a reset of the first router is not the broker's, one hop away as it is") {
  CHECK(told_by("router_resets_data-client.pcap") == "client: path-dpi-reset");
  CHECK(has(words_of("router_resets_data-client.pcap"),
            "came with TTL 64, all other packets of 10.77.2.2 with TTL 63"));
  CHECK(told_by("router_resets_data-router.pcap") == "router: path-dpi-reset");
  CHECK(has(words_of("router_resets_data-router.pcap"), "it is its own"));
  CHECK(first_finding(read_capture("router_resets_data-server.pcap")) == nullptr);
}

TEST_CASE("packets that are too large are missed on both ends of the narrow place") {
  CHECK(told_by("large_packets_vanish-client.pcap") == "client: path-mtu-black-hole");
  CHECK(told_by("large_packets_vanish-router.pcap") == "router: path-mtu-black-hole");
  CHECK(told_by("large_packets_vanish-server.pcap") == "server: path-mtu-black-hole");
  CHECK(has(words_of("large_packets_vanish-server.pcap"), "Packets of 1500 bytes from 10.77.1.2"));
}

TEST_CASE("silence that is cut is told to the second, and by whom") {
  CHECK(told_by("nat_forgets_and_is_silent-client.pcap") == "client: path-nat-idle-drop");
  CHECK(told_by("nat_forgets_and_is_silent-router.pcap") == "router: path-nat-idle-drop");
  CHECK(told_by("nat_forgets_and_resets-client.pcap") == "client: path-nat-idle-reset");
  CHECK(told_by("nat_forgets_and_resets-router.pcap") == "router: path-nat-idle-reset");
  CHECK(has(words_of("nat_forgets_and_resets-client.pcap"), "After 13 s without a packet"));
  CHECK(first_finding(read_capture("nat_forgets_and_resets-server.pcap")) == nullptr);
  for (const char* const place : {"client", "router", "server"}) {
    const std::string name = "balancer_closes_what_is_silent-" + std::string(place) + ".pcap";
    CHECK(told_by(name) == std::string(place) + ": proxy-idle-timeout");
    CHECK(has(words_of(name), "10.77.2.2 hangs up after 12 s without a packet"));
  }
}
