// A SYN flood is told from many clients that wait, and takes bounded memory.
#include <doctest/doctest.h>

#include <string>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/capture/wiretap.hpp"
#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex;

namespace {

const std::string connect =
    std::string(as_text(hex("10 0E 00 04 4D 51 54 54 04 02 00 3C 00 02 73 37")));  // as s7
const std::string connack = std::string(as_text(hex("20 02 00 00")));

segment syn_of(unsigned number) {
  segment made;
  made.from.address.bytes = {198, static_cast<std::uint8_t>(number >> 16),
                             static_cast<std::uint8_t>(number >> 8),
                             static_cast<std::uint8_t>(number)};
  made.from.port = static_cast<std::uint16_t>(1024 + number % 60'000);
  made.to = {host(200), 1883};
  made.flags = "S";
  made.sequence = number * 7919;
  made.ip_id = 1 + number % 60'000;
  made.ttl = 50;
  return made;
}

segment of_client(bool is_client, std::string_view flags, std::uint32_t sequence,
                  std::uint32_t acknowledgement, std::string_view payload = {}) {
  segment made;
  made.from = {host(1), 40001};
  made.to = {host(200), 1883};
  if (!is_client) std::swap(made.from, made.to);
  made.flags = flags;
  made.sequence = sequence;
  made.acknowledgement = acknowledgement;
  made.payload = payload;
  made.ttl = is_client ? 50 : 64;
  return made;
}

recording read(const pcap_text& text, capture_place place = capture_place::server) {
  memory_source source(text.bytes());
  recording_options how;
  how.name = "x.pcap";
  how.place = place;
  return read_recording(source, how);
}

bool has_cause(const captured_client& client, std::string_view id) {
  for (const finding& cause : client.from.made.causes)
    if (cause.id == id) return true;
  return false;
}

}  // namespace

TEST_CASE("SYNs from many addresses that never come twice are a flood") {
  pcap_text text;
  text.add(of_client(true, "S", 1000, 0), 0).add(of_client(false, "SA", 5000, 1001), 1);
  text.add(of_client(true, "A", 1001, 5001), 2);
  text.add(of_client(true, "AP", 1001, 5001, connect), 3);
  text.add(of_client(false, "AP", 5001, 1017, connack), 4);
  for (unsigned i = 0; i < 3000; ++i) text.add(syn_of(i), 100 + i * 0.1);
  segment waits = syn_of(900'000);  // a real one
  for (const double at : {500.0, 1500.0, 3500.0}) text.add(waits, at);
  text.add(of_client(true, "A", 1017, 5005), 5000);
  const recording found = read(text);
  REQUIRE(found.clients.size() == 3);
  std::size_t floods = 0;
  for (const captured_client& client : found.clients) {
    const capture_facts& facts = *client.from.known.capture;
    if (facts.is_flood) {
      ++floods;
      CHECK(has_cause(client, "tcp-syn-flood"));
      CHECK(facts.flood_syns == 3004);
      CHECK(client.from.made.causes.size() == 1);
    } else if (facts.streams.back().client.address == "10.0.0.1") {
      CHECK(client.from.made.causes.empty());
    } else {
      CHECK(has_cause(client, "tcp-syn-flood"));
      CHECK_FALSE(has_cause(client, "tcp-timeout-host-firewall"));
      CHECK(client.from.made.causes.front().how_sure != certainty::certain);
    }
  }
  CHECK(floods == 1);
}

TEST_CASE("many devices that ask a dead port again and again are no flood") {
  pcap_text text;
  for (unsigned i = 0; i < 3000; ++i) text.add(syn_of(i), i * 0.1);
  for (unsigned i = 0; i < 3000; ++i) text.add(syn_of(i), 1000 + i * 0.1);
  text.add(syn_of(900'000), 9000);
  const recording found = read(text);
  for (const captured_client& client : found.clients)
    CHECK_FALSE(has_cause(client, "tcp-syn-flood"));
  pcap_text brief;  // too short to know whether they ask again
  for (unsigned i = 0; i < 3000; ++i) brief.add(syn_of(i), i * 0.1);
  for (const captured_client& client : read(brief).clients)
    CHECK_FALSE(has_cause(client, "tcp-syn-flood"));
}

TEST_CASE("a flood pushes out no connection that stands, and what is kept of it is bounded") {
  std::size_t ended = 0;
  connection_tracker to(packet_style(), [](const event&, const event_place&) {});
  wiretap ear(to, {}, [&](const tcp_stream& stream, const connection_summary*) {
    ended += stream.stands() ? 1 : 0;
  });
  std::uint64_t number = 0;
  const auto take = [&](const segment& what, std::uint64_t ms) {
    const byte_list bytes = what.ip();
    captured_packet packet;
    packet.number = ++number;
    packet.time = capture_time(std::chrono::milliseconds(1'700'000'000'000 + ms));
    packet.bytes = bytes;
    packet.original_size = bytes.size();
    ear.take(packet);
  };
  take(of_client(true, "S", 1000, 0), 0);
  take(of_client(false, "SA", 5000, 1001), 1);
  take(of_client(true, "A", 1001, 5001), 2);
  for (unsigned i = 0; i < 60'000; ++i) take(syn_of(i), 10 + i / 100);
  CHECK(ended == 0);
  CHECK(ear.open() <= wiretap::most_asked + 1);
  take(of_client(true, "AP", 1001, 5001, connect), 700);
  take(of_client(false, "AP", 5001, 1017, connack), 701);
  CHECK(to.conversation_of(1) != nullptr);
  CHECK(to.conversation_of(1)->summary().connack == 0);
}
