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

/// The datagrams between a sensor and a gateway.
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
  /// A machine (by default the gateway's) answers with ICMP in place of the gateway.
  radio& icmp(std::string_view head, unsigned from = 2) {
    byte_list body = hex(head);
    put(body, last_);
    segment by;
    by.from = {host(from), 0};
    by.to = {host(1), 0};
    text_.add(by.ip4(body, 0x4000, 1), now_ += 1);
    return *this;
  }
  /// The last datagram once more, as another interface of the machine captured it.
  radio& seen_again(unsigned interface, unsigned host_of_gateway = 2) {
    byte_list bytes = last_;
    bytes[19] = static_cast<std::byte>(host_of_gateway);
    text_.add(cooked(bytes, interface), now_ += 0.01);
    return *this;
  }
  radio& cooked_from(unsigned interface) {
    interface_ = interface;
    text_ = pcap_text(link_type::linux_cooked_2);
    return *this;
  }
  radio& with_id(unsigned id) {
    ends_.ip_id = id;
    return *this;
  }
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
    last_ = by.ip4(udp, 0x4000, 17);
    text_.add(interface_ == 0 ? last_ : cooked(last_, interface_), now_ += after_ms);
    return *this;
  }
  /// The Linux cooked header, version 2: protocol, interface, kind of link, direction.
  static byte_list cooked(const byte_list& ip, unsigned interface) {
    byte_list out;
    put16(out, 0x0800);
    put16(out, 0);
    put32(out, interface);
    put16(out, 1);
    put16(out, 0);
    put32(out, 0);
    put32(out, 0);
    put(out, ip);
    return out;
  }

  segment ends_;
  pcap_text text_;
  byte_list last_;
  unsigned interface_ = 0;
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
  const captured_client& client = heard.clients[0];
  CHECK(client.name == "sen1 (10.0.0.1)");
  CHECK(client.from.made.is_healthy);
  CHECK(client.from.known.asked.typed == "mqtt-sn://10.0.0.2:1884");
  const auto& steps = client.from.known.capture->streams[0].steps;
  REQUIRE(steps.size() == 6);
  CHECK(steps[0].what == "CONNECT");
  CHECK(steps[0].from_client);
  CHECK(steps[4].what == "PUBLISH");
  CHECK(steps[4].detail == "topic a/b, QoS 1, packet 2, 2 bytes");
  CHECK_FALSE(steps[5].from_client);
  const std::string page = capture_page(heard, {});
  CHECK(has(page, "sen1 (10.0.0.1)"));
  CHECK(has(page, "The gateway took the client. Messages from it: 1, to it: 0."));
}

TEST_CASE("a gateway is found on any port by the CONNECT that is sent there") {
  radio air(20000);
  air.comes_in();
  CHECK(air.heard().clients.size() == 1);
  // On another port, without CONNECT, these bytes may belong to any protocol.
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

  // Nobody answered, and the capture was long enough to know that.
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
    for (const captured_client& each : air.heard().clients) CHECK(each.from.made.causes.empty());
  }
}

TEST_CASE("ICMP about a datagram says why no gateway answers, and who says so") {
  const std::string hello = "0A 04 04 01 00 3C 73 65 6E 31";
  radio closed;
  closed.sensor(hello).icmp("03 03 00 00 00 00 00 00");
  const recording told = closed.heard();
  REQUIRE(told.clients.size() == 1);
  const diagnosis& made = told.clients[0].from.made;
  REQUIRE_FALSE(made.causes.empty());
  CHECK(made.causes[0].id == "sn-port-closed");
  CHECK(made.causes[0].how_sure == certainty::certain);
  const auto& steps = told.clients[0].from.known.capture->streams[0].steps;
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].what == "ICMP");
  CHECK(steps[1].is_bad);
  CHECK_FALSE(steps[1].from_client);

  radio filtered;
  filtered.sensor(hello).icmp("03 0D 00 00 00 00 00 00", 9);
  CHECK(filtered.heard().clients.at(0).from.made.causes.at(0).id == "sn-filtered");
  // The port was closed before the gateway started; then the gateway answered.
  radio mended;
  mended.sensor(hello).icmp("03 03 00 00 00 00 00 00").comes_in();
  CHECK(mended.heard().clients.at(0).from.made.is_healthy);
  // A PUBLISH of QoS -1 gets no other answer than this.
  radio blind;
  blind.sensor("09 0C 62 61 62 00 00 68 69").icmp("03 03 00 00 00 00 00 00");
  CHECK(blind.heard().clients.at(0).from.made.causes.at(0).id == "sn-port-closed");
  // Messages to a client that has left are not the gateway's fault.
  radio gone;
  gone.comes_in().gateway("09 0C 20 00 07 00 02 68 69").icmp("03 03 00 00 00 00 00 00", 1);
  CHECK(gone.heard().clients.at(0).from.made.is_healthy);
}

TEST_CASE("a datagram that is seen on two interfaces of the machine is one") {
  const std::string hello = "0A 04 04 01 00 3C 73 65 6E 31";
  radio air;
  air.cooked_from(2).with_id(77).sensor(hello).seen_again(3);
  const recording once = air.heard();
  REQUIRE(once.clients.size() == 1);
  CHECK(once.clients[0].from.known.endpoints[0].gateway->sent == 1);
  // The packets of an address translation, as Docker does it.
  radio translated;
  translated.cooked_from(2).with_id(77).sensor(hello).seen_again(3, 200);
  CHECK(translated.heard().clients.size() == 1);
  // A repeated datagram is a repetition on the same interface, or with another IP number.
  radio twice;
  twice.cooked_from(2).with_id(77).sensor(hello).seen_again(2);
  CHECK(twice.heard().clients.at(0).from.known.endpoints[0].gateway->sent == 2);
}

TEST_CASE("clients behind a forwarder are told apart by their nodes") {
  radio air;
  air.sensor("05 FE 00 0A 0B 0A 04 04 01 00 3C 73 65 6E 31")
      .gateway("05 FE 00 0A 0B 03 05 00")
      .sensor("05 FE 00 0A 0C 0A 04 04 01 00 3C 73 65 6E 32")
      .gateway("05 FE 00 0A 0C 03 05 01");
  const recording heard = air.heard();
  REQUIRE(heard.clients.size() == 2);
  CHECK(heard.clients[0].from.made.is_healthy);
  CHECK(heard.clients[1].from.made.causes.at(0).id == "sn-congestion");
}
