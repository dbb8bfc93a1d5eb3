// Clients of MQTT-SN in a capture.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "mqtt-doctor/capture/page.hpp"
#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/facts/facts_json.hpp"
#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex;

namespace {

/// Datagrams between a sensor and a gateway.
class radio {
 public:
  explicit radio(std::uint16_t port = 1884) {
    ends_.from = {host(1), 50000};
    ends_.to = {host(2), port};
  }
  radio& sensor(std::string_view digits, double after_ms = 10) {
    return send(ends_, digits, after_ms);
  }
  radio& gateway(std::string_view digits, double after_ms = 10) {
    segment back = ends_;
    std::swap(back.from, back.to);
    return send(back, digits, after_ms);
  }
  radio& comes_in() { return sensor("0A 04 04 01 00 3C 73 65 6E 31").gateway("03 05 00"); }
  recording heard() const {
    memory_source bytes(text_.bytes());
    recording_options how;
    how.name = "sensors.pcap";
    return read_recording(bytes, how);
  }

 private:
  radio& send(const segment& by, std::string_view digits, double after_ms) {
    const auto payload = hex(digits);
    byte_list udp;
    put16(udp, by.from.port);
    put16(udp, by.to.port);
    put16(udp, static_cast<unsigned>(8 + payload.size()));
    put16(udp, 0);
    put(udp, bytes_view(payload));
    text_.add(by.ip4(udp, 0x4000, 17), now_ += after_ms);
    return *this;
  }

  segment ends_;
  pcap_text text_;
  double now_ = 0;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a capture tells what passed between a sensor and its gateway") {
  radio air;
  air.comes_in()
      .sensor("09 0A 00 00 00 01 61 2F 62")  // REGISTER a/b
      .gateway("07 0B 00 07 00 01 00")       // REGACK 7
      .sensor("09 0C 20 00 07 00 02 68 69")  // PUBLISH QoS 1
      .gateway("07 0D 00 07 00 02 00");      // PUBACK
  const recording heard = air.heard();
  REQUIRE(heard.clients.size() == 1);
  const captured_client& one = heard.clients[0];
  CHECK(one.name == "sen1 (10.0.0.1)");
  CHECK(one.from.made.is_healthy);
  CHECK(one.from.seen.asked.typed == "mqtt-sn://10.0.0.2:1884");
  const auto& steps = one.from.seen.capture->streams[0].steps;
  REQUIRE(steps.size() == 6);
  CHECK(steps[0].what == "CONNECT");
  CHECK(steps[0].from_client);
  CHECK(steps[4].what == "PUBLISH");
  CHECK(steps[4].detail == "a/b, QoS 1, 2 B");
  CHECK_FALSE(steps[5].from_client);
  const std::string page = capture_page(heard, {});
  CHECK(has(page, "sen1 (10.0.0.1)"));
  CHECK(has(page, "The gateway took the client."));
}

TEST_CASE("a gateway is found on any port by the CONNECT that is sent there") {
  radio air(20000);
  air.comes_in();
  CHECK(air.heard().clients.size() == 1);
  // The same bytes without one are anything.
  radio other(20000);
  other.sensor("02 16").gateway("02 17");
  CHECK(other.heard().clients.empty());
}

TEST_CASE("return codes and silence in a capture become the causes of a look at the gateway") {
  radio refused;
  refused.sensor("0A 04 04 01 00 3C 73 65 6E 31").gateway("03 05 01");
  const recording full = refused.heard();
  REQUIRE(full.clients.size() == 1);
  REQUIRE(full.clients[0].from.made.causes.size() == 1);
  CHECK(full.clients[0].from.made.causes[0].id == "sn-congestion");
  CHECK(full.clients[0].from.made.exit_code == 10);

  radio unknown;
  unknown.comes_in().sensor("09 0C 20 00 07 00 02 68 69").gateway("07 0D 00 07 00 02 02");
  REQUIRE(unknown.heard().clients.size() == 1);
  CHECK(unknown.heard().clients[0].from.made.causes.at(0).id == "sn-invalid-topic-id");

  // Nobody answered, and the capture went on long enough to tell.
  radio silent;
  silent.sensor("0A 04 04 01 00 3C 73 65 6E 31").sensor("0A 04 04 01 00 3C 73 65 6E 31", 10'000);
  const diagnosis mute = silent.heard().clients.at(0).from.made;
  REQUIRE_FALSE(mute.causes.empty());
  CHECK(mute.causes[0].id == "sn-udp-dropped");
  for (const finding& cause : mute.causes) {
    CHECK(cause.how_sure != certainty::certain);
    CHECK(cause.id != "sn-host-away");  // a capture asks nobody over TCP
  }
  radio brief;
  brief.sensor("0A 04 04 01 00 3C 73 65 6E 31");
  CHECK(brief.heard().clients.at(0).from.made.causes.empty());
}

TEST_CASE("DISCONNECT that the client asked for is no fault, and one it did not is") {
  radio left;
  left.comes_in().sensor("02 18").gateway("02 18");
  CHECK(left.heard().clients.at(0).from.made.is_healthy);
  radio thrown;
  thrown.comes_in().gateway("02 18", 300);
  CHECK_FALSE(thrown.heard().clients.at(0).from.made.is_healthy);
}

TEST_CASE("messages of QoS -1 have no connection, and miss none") {
  radio air;
  air.sensor("09 0C 62 61 62 00 00 68 69");
  const recording heard = air.heard();
  REQUIRE(heard.clients.size() == 1);
  CHECK(heard.clients[0].from.made.is_healthy);
  CHECK(has(capture_page(heard, {}), "without a connection (QoS -1)"));
}

TEST_CASE("a search is no connection, and one that began before the capture is said to have") {
  radio search;
  search.sensor("03 01 00").gateway("03 02 01");
  CHECK(has(capture_page(search.heard(), {}), "It searched for a gateway, and did not connect."));
  radio late;
  late.sensor("02 16").gateway("02 17");
  const recording heard = late.heard();
  REQUIRE(heard.clients.size() == 1);
  CHECK(heard.clients[0].from.made.is_healthy);
  CHECK(has(capture_page(heard, {}), "before the capture began"));
}

TEST_CASE("a datagram of a capture that is cut at any byte is no message, and no fault") {
  const std::string whole = "0A 04 04 01 00 3C 73 65 6E 31";
  for (std::size_t size = 2; size < whole.size(); size += 3) {
    radio air;
    air.sensor(std::string_view(whole).substr(0, size));
    for (const captured_client& one : air.heard().clients) CHECK(one.from.made.causes.empty());
  }
}
