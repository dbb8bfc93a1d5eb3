// MQTT-SN clients in `listen`: the event of each datagram, the remarks, and the conclusion of
// each client.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/datagram_event.hpp"
#include "mqtt-doctor/listen/sensor_tracker.hpp"
#include "support/hex.hpp"
#include "unit/sn/vectors.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using mqttkit::test::hex;
using namespace std::chrono_literals;

namespace {

/// The events of a sensor and its gateway.
class ear {
 public:
  explicit ear(bool has_gateway = true, bool shows_payload = false)
      : tracker_(
            packet_style{shows_payload},
            [this](const event& what, const event_place& where) {
              lines.push_back(line_of(what, where).substr(13));
              lines.back().pop_back();
              objects.push_back(nlohmann::json::parse(json_of(what, where)));
            },
            sensor_tracker::room::keeps_last) {
    ends_.client = "10.0.0.1:50000";
    ends_.client_address = "10.0.0.1";
    ends_.client_port = 50000;
    if (has_gateway) ends_.gateway_address = "10.0.0.2";
    ends_.gateway_port = 1884;
    comes(1);
  }
  ear& comes(std::uint64_t number) {
    number_ = number;
    tracker_.opened(number, ends_, at(0ms));
    return *this;
  }
  ear& sensor(std::string_view digits) { return says(side::client, digits); }
  ear& gateway(std::string_view digits) { return says(side::broker, digits); }
  ear& after(std::chrono::milliseconds time) {
    tracker_.look(at(time));
    return *this;
  }
  ear& refused(const icmp_fact& icmp) {
    tracker_.refused(number_, icmp, at(1ms));
    return *this;
  }
  ear& ends() {
    tracker_.conclude(at(1ms));
    return *this;
  }
  ear& comes_in() { return sensor("0A 04 04 01 00 3C 73 65 6E 31").gateway("03 05 00"); }

  bool tells(std::string_view part) const { return count(part) != 0; }
  std::size_t count(std::string_view part) const {
    std::size_t found = 0;
    for (const std::string& line : lines) found += line.find(part) != std::string::npos ? 1 : 0;
    return found;
  }
  const sensor_tracker& tracker() const { return tracker_; }

  std::vector<std::string> lines;
  std::vector<nlohmann::json> objects;

 private:
  ear& says(side from, std::string_view digits) {
    const auto bytes = hex(digits);
    sn::message said;
    std::string node;
    if (read_datagram(bytes_view(bytes), said, node)) {
      tracker_.heard(number_, from, said, at(1ms));
    } else {
      tracker_.heard_other(number_, from, bytes_view(bytes), at(1ms));
    }
    return *this;
  }
  instant at(std::chrono::milliseconds after) {
    now_ += after;
    return {moment() + 1h + now_, std::chrono::system_clock::time_point() + now_, 0};
  }

  sensor_tracker tracker_;
  sensor_ends ends_;
  std::uint64_t number_ = 0;
  std::chrono::milliseconds now_{0};
};

}  // namespace

TEST_CASE("each datagram is a line with its topic, and an object with MQTT's names") {
  ear here;
  here.comes_in()
      .sensor("09 0A 00 00 00 01 61 2F 62")  // REGISTER a/b
      .gateway("07 0B 00 07 00 01 00")       // REGACK 7
      .sensor("09 0C A0 00 07 00 02 68 69")  // PUBLISH QoS 1, sent again
      .gateway("07 0D 00 07 00 02 00");      // PUBACK
  CHECK(here.lines.at(0) == "10.0.0.1:50000 * sends datagrams");
  CHECK(here.lines.at(1) ==
        "10.0.0.1:50000 > CONNECT: client identifier sen1, keep alive 60 s, clean start");
  CHECK(here.lines.at(2) == "10.0.0.1:50000 < CONNACK: accepted");
  CHECK(here.lines.at(4) == "10.0.0.1:50000 < REGACK: accepted, topic id 7, packet 1");
  CHECK(here.lines.at(5) ==
        "10.0.0.1:50000 > PUBLISH: topic a/b, QoS 1, sent again, packet 2, 2 bytes");
  const nlohmann::json& publish = here.objects.at(5);
  CHECK(publish["event"] == "packet");
  CHECK(publish["protocol"] == "mqtt-sn");
  CHECK(publish["type"] == "PUBLISH");
  CHECK(publish["from"] == "client");
  CHECK(publish["topic"] == "a/b");
  CHECK(publish["topic_id"] == 7);
  CHECK(publish["qos"] == 1);
  CHECK(publish["dup"] == true);
  CHECK(publish["size"] == 2);
  CHECK_FALSE(publish.contains("payload"));
  ear loud(true, true);
  loud.sensor("09 0C 62 61 62 00 00 68 69");
  CHECK(loud.tells("PUBLISH: topic ab, QoS -1, 2 bytes, payload hi"));
}

TEST_CASE("every message there is has a line that begins with its name") {
  for (const sn::test::vector& each : sn::test::vectors) {
    CAPTURE(each.name);
    sn::message said;
    const auto bytes = hex(each.bytes);
    std::string node;
    if (!read_datagram(bytes_view(bytes), said, node)) continue;  // an inner one may be nonsense
    const topic_lookup nothing = [](sn::topic_id_type, std::uint16_t) { return std::string(); };
    const event made = datagram_event(said, side::client, packet_style{true}, nothing);
    CHECK(made.label() == to_string(type_of(said)));
    CHECK(nlohmann::json::parse(json_of(made, {}))["type"] == made.label());
  }
}

TEST_CASE("a refusal is said once as it comes, with its cure, and in the end") {
  ear here;
  here.comes_in()
      .sensor("09 0C 20 00 07 00 02 68 69")
      .gateway("07 0D 00 07 00 02 02")
      .sensor("09 0C 20 00 07 00 03 68 69")
      .gateway("07 0D 00 07 00 03 02");
  CHECK(here.count("!! ") == 1);
  CHECK(here.tells("PUBACK: refused: invalid topic id (2)"));
  here.ends();
  CHECK(here.objects.back()["event"] == "verdict");
  CHECK(here.objects.back()["id"] == "sn-invalid-topic-id");
  CHECK(here.objects.back()["client_id"] == "sen1");
}

TEST_CASE("a CONNECT that nobody answers is said after five seconds, not before") {
  ear here;
  here.sensor("0A 04 04 01 00 3C 73 65 6E 31").after(4s);
  CHECK(here.count("!! ") == 0);
  here.after(2s).after(1s);
  CHECK(here.count("!! ") == 1);
}

TEST_CASE("DISCONNECT that nobody asked for is told as such, and ends no good conversation") {
  ear left;
  left.comes_in().sensor("02 18").gateway("02 18").ends();
  CHECK_FALSE(left.tells("nobody had asked for it"));
  CHECK(left.tells("sen1 (10.0.0.1): The gateway took the client. Messages from it: 0, to it: 0."));
  CHECK(left.tracker().ended() == 1);
  ear thrown;
  thrown.comes_in().gateway("02 18");
  CHECK(thrown.tells("< DISCONNECT: nobody had asked for it"));
  CHECK(thrown.count("!! ") == 1);
  ear asleep;  // does not leave
  asleep.comes_in().sensor("04 18 00 3C").gateway("02 18");
  CHECK(asleep.tells("> DISCONNECT: sleeps for 60 s"));
  CHECK(asleep.tracker().ended() == 0);
  CHECK_FALSE(asleep.tells("nobody had asked for it"));
}

TEST_CASE("ICMP in place of the gateway is told, and what it means") {
  ear here;
  icmp_fact closed;
  closed.type = closed.code = 3;
  closed.from = "10.0.0.2";
  closed.from_target = true;
  here.sensor("0A 04 04 01 00 3C 73 65 6E 31").refused(closed);
  CHECK(here.tells("< ICMP: from 10.0.0.2, type 3, code 3"));
  CHECK(here.tells("!! Nothing listens on UDP port 1884 of 10.0.0.2"));
  CHECK(here.objects.at(2)["icmp_code"] == 3);
  // A gateway that was away and came back is not reported as away.
  ear back;
  back.comes_in().refused(closed).gateway("02 17").ends();
  CHECK(back.objects.back()["id"] == "sn-accepted");
}

TEST_CASE("where no gateway is behind the port nobody is blamed, and what came is said") {
  ear here(false);
  here.sensor("0A 04 04 01 00 3C 73 65 6E 31").after(20s).ends();
  CHECK(here.count("!! ") == 0);
  CHECK(
      here.tells("sen1 (10.0.0.1): Its CONNECT came to this port, where no gateway is now: the "
                 "way is open."));
  CHECK(here.objects.back()["id"] == "sn-arrived");
  ear other(false);
  other.sensor("68 69 0A").ends();
  CHECK(other.tells("> UDP: no message of MQTT-SN: 68 69 0a, as text \"hi\\x0A\""));
  CHECK(other.objects.back()["id"] == "sn-other-protocol");
}

TEST_CASE("who only searched, and who was there before, are told as such") {
  ear search;
  search.sensor("03 01 00").gateway("03 02 01").ends();
  CHECK(search.tells("< GWINFO: gateway 1"));
  CHECK(search.objects.back()["id"] == "sn-searched");
  ear late;
  late.sensor("02 16").gateway("02 17").ends();
  CHECK(late.objects.back()["id"] == "sn-joined-late");
  CHECK(late.count("!! ") == 0);
}

TEST_CASE("of more clients than there is room for the one that was idle longest is concluded") {
  ear here;
  here.comes_in();
  for (std::uint64_t number = 2; number <= sensor_tracker::most_sensors + 1; ++number)
    here.comes(number).sensor("02 16");
  CHECK(here.tracker().sensors().size() == sensor_tracker::most_sensors);
  CHECK_FALSE(here.tracker().follows(1));
  here.ends();
  CHECK(here.tells("sen1 (10.0.0.1): The gateway took the client."));
}

TEST_CASE("what a gateway refuses over and over needs no room, and no thought") {
  ear here;
  here.comes_in();
  for (int i = 0; i < 2000; ++i) here.gateway("07 0D 00 07 00 02 02");
  CHECK(here.tracker().sensors().at(1).gateway().trips.size() == 1);
  CHECK(here.count("!! ") == 1);
}
