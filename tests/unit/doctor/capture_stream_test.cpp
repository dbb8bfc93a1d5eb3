// Streams of a capture: their bytes, and the events of TCP around them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqtt-doctor/capture/capture_file.hpp"
#include "mqtt-doctor/capture/wiretap.hpp"
#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex;
using mqttkit::test::hex_text;

namespace {

const std::string connect = hex_text("10 0E 00 04 4D 51 54 54 04 02 00 3C 00 02 73 37");  // as s7
const std::string connack = hex_text("20 02 00 00");
const std::string publish = hex_text("30 07 00 03 61 2F 62 6F 6E");
const std::string ping = hex_text("C0 00");

/// The captured packets of a client at 10.0.0.1:50000 and a broker at 10.0.0.2:1883.
class tap {
 public:
  explicit tap(link_type link = link_type::raw) : text_(link) {}

  tap& client(std::string_view flags, std::string_view payload = {}, double after_ms = 1) {
    return send(true, flags, payload, after_ms, true);
  }
  tap& broker(std::string_view flags, std::string_view payload = {}, double after_ms = 1) {
    return send(false, flags, payload, after_ms, true);
  }
  /// Bytes that were sent and are missing in the capture.
  tap& client_unseen(std::string_view payload) { return send(true, "AP", payload, 0, false); }
  tap& stands() {
    client("S");
    broker("SA");
    return client("A");
  }
  /// The last segment again, unchanged.
  tap& client_again(double after_ms) { return again(true, after_ms); }
  tap& broker_again(double after_ms) { return again(false, after_ms); }
  tap& packet(const byte_list& ip, double after_ms = 1) {
    text_.add(ip, now_ += after_ms);
    return *this;
  }

  struct result {
    std::vector<stream_fact> streams;
    std::vector<std::string> lines;
    capture_place place = capture_place::none;
    wiretap::counts counts;
    bool says(std::string_view part) const {
      for (const std::string& line : lines)
        if (line.find(part) != std::string::npos) return true;
      return false;
    }
  };
  result heard() const {
    result out;
    connection_tracker to(packet_style(), [&](const event& what, const event_place& where) {
      out.lines.push_back(line_of(what, where).substr(13));
    });
    std::vector<const connection_summary*> summaries;
    memory_source from(text_.bytes());
    capture_file file(from);
    wiretap ear(to, {}, [&](const tcp_stream& stream, const connection_summary*) {
      // The time at which the capture ended is known only after the last packet.
      out.streams.push_back(stream.story(ear_->last()));
      out.place = stream.place();
    });
    ear_ = &ear;
    captured_packet captured;
    while (file.next(captured)) ear.take(captured);
    ear.finish();
    out.counts = ear.counted();
    to.conclude("still open", ear.instant_of(ear.last()));
    return out;
  }
  stream_fact story() const {
    const result all = heard();
    REQUIRE(all.streams.size() == 1);
    return all.streams[0];
  }

  unsigned client_ttl = 64, broker_ttl = 57;
  unsigned client_mss = 1460, broker_mss = 1460;
  bool client_sums = true, broker_sums = true;
  unsigned client_window = 65535, broker_window = 65535;

 private:
  tap& send(bool is_client, std::string_view flags, std::string_view payload, double after_ms,
            bool is_captured) {
    segment made;
    if (!is_client) std::swap(made.from, made.to);
    made.flags = flags;
    made.payload = payload;
    made.sequence = next_[is_client ? 0 : 1];
    made.acknowledgement = flags.find('A') == std::string_view::npos ? 0 : next_[is_client ? 1 : 0];
    made.ttl = is_client ? client_ttl : broker_ttl;
    made.window = is_client ? client_window : broker_window;
    made.ip_id = ++id_;
    made.is_summed = is_client ? client_sums : broker_sums;
    if (flags.find('S') != std::string_view::npos) made.mss = is_client ? client_mss : broker_mss;
    next_[is_client ? 0 : 1] += static_cast<std::uint32_t>(payload.size()) +
                                (flags.find_first_of("SF") == std::string_view::npos ? 0u : 1u);
    now_ += after_ms;
    kept_[is_client ? 0 : 1] = std::string(payload);
    made.payload = kept_[is_client ? 0 : 1];
    last_[is_client ? 0 : 1] = made;
    if (is_captured) text_.add(made, now_);
    return *this;
  }
  tap& again(bool is_client, double after_ms) {
    segment made = last_[is_client ? 0 : 1];
    made.ip_id = ++id_;
    text_.add(made, now_ += after_ms);
    return *this;
  }

  pcap_text text_;
  double now_ = 0;
  unsigned id_ = 100;
  std::uint32_t next_[2]{4000, 9000};
  std::string kept_[2];
  segment last_[2];
  mutable wiretap* ear_ = nullptr;
};

std::string in(const std::vector<std::int64_t>& packets) {
  std::string out;
  for (const std::int64_t packet : packets)
    out += (out.empty() ? "" : " ") + std::to_string(packet);
  return out;
}

}  // namespace

TEST_CASE("a conversation is told from its packets, with their numbers") {
  tap wire;
  wire.stands().client("AP", connect).broker("A").broker("AP", connack).client("AP", publish);
  wire.client("AF", hex_text("E0 00")).broker("AF").client("A");
  const auto found = wire.heard();
  CHECK(found.says("#3 10.0.0.1:50000 * connected"));
  CHECK(found.says("#4 10.0.0.1:50000 > CONNECT: MQTT 3.1.1, client identifier s7"));
  CHECK(found.says("#6 10.0.0.1:50000 < CONNACK: accepted"));
  CHECK(found.says("#7 10.0.0.1:50000 > PUBLISH: topic a/b"));
  CHECK(found.says("#8 10.0.0.1:50000 > DISCONNECT"));
  REQUIRE(found.streams.size() == 1);
  CHECK(found.streams[0].ending == stream_ending::closed_by_client);
  CHECK(in(found.streams[0].ended_in) == "8");
  CHECK(found.streams[0].client.bytes == 27);
  CHECK(found.streams[0].client.again == 0);
}

TEST_CASE("packets sent again or out of order change nothing about what is heard") {
  tap straight, mixed;
  straight.stands().client("AP", connect).broker("AP", connack);
  straight.client("AP", publish).client("AP", ping);
  mixed.stands().client("AP", connect).client_again(300).broker("AP", connack);
  mixed.broker_again(250).client("AP", publish).client_again(400).client("AP", ping);
  const auto made = straight.heard(), other = mixed.heard();
  CHECK(made.lines.size() == other.lines.size());
  CHECK(other.streams[0].client.again == 2);
  CHECK(in(other.streams[0].client.again_in) == "5 9");
  CHECK(other.streams[0].broker.again == 1);
}

TEST_CASE("a packet that was captured twice was sent once") {
  tap wire;
  wire.stands();
  const tap before = wire;
  wire.client("AP", connect);
  segment copy;
  copy.flags = "AP";
  copy.payload = connect;
  copy.sequence = 4001;
  copy.acknowledgement = 9001;
  copy.ip_id = 104;
  copy.ttl = 63;
  wire.packet(copy.ip(), 0.05);
  CHECK(wire.story().client.again == 0);
}

TEST_CASE("an unanswered SYN is told with its count, its time and its packets") {
  tap wire;
  wire.client("S").client_again(1000).client_again(2000);
  const stream_fact stream = wire.story();
  CHECK(stream.ending == stream_ending::unanswered);
  CHECK(in(stream.ended_in) == "1 2 3");
  CHECK(stream.attempts == 3);
  CHECK(stream.waited_s == doctest::Approx(3.0));
  tap once;  // the capture ends before an answer can be missed
  CHECK(once.client("S").story().ending == stream_ending::cut_short);
}

TEST_CASE("a SYN answered by RST or ICMP is told with that answer") {
  tap refused;
  refused.client("S").broker("RA");
  CHECK(refused.story().ending == stream_ending::refused);
  CHECK(in(refused.story().ended_in) == "1 2");
  tap rejected;
  rejected.client("S");
  segment quoted;
  quoted.flags = "S";
  quoted.sequence = 4000;
  byte_list body = hex("03 0D 00 00 00 00 00 00");
  put(body, quoted.ip());
  segment router;
  router.from.address = host(254);
  router.to.address = host(1);
  rejected.packet(router.ip4(body, 0, 1));
  const stream_fact stream = rejected.story();
  CHECK(stream.ending == stream_ending::unreachable);
  REQUIRE(stream.icmp.size() == 1);
  CHECK(stream.icmp[0].code == 13);
  CHECK(stream.icmp[0].from == "10.0.0.254");
  CHECK(in(stream.ended_in) == "1 2");
}

TEST_CASE("a SYN-ACK without an ACK points to the way back") {
  tap wire;
  wire.client("S").broker("SA").client_again(1000).broker_again(1).broker_again(2000);
  const stream_fact stream = wire.story();
  CHECK(stream.ending == stream_ending::half_open);
  CHECK(in(stream.ended_in) == "2 4 5");
}

TEST_CASE("a handshake that is followed by silence is told as that") {
  tap wire;
  wire.stands();
  segment other;
  other.from.port = 60000;
  other.flags = "S";
  wire.packet(other.ip(), 5000);
  const auto found = wire.heard();
  CHECK(found.streams[0].ending == stream_ending::silent);
}

TEST_CASE("the side that ended a connection is told, and by the TTL whether it did itself") {
  tap fin;
  fin.stands().client("AP", connect).broker("AF");
  CHECK(fin.story().ending == stream_ending::closed_by_broker);
  tap rst;
  rst.stands().client("AP", connect).broker("R");
  CHECK(rst.story().ending == stream_ending::reset_by_broker);
  CHECK(rst.story().reset_ttl == 57);
  tap foreign;
  foreign.stands().client("AP", connect);
  foreign.broker_ttl = 61;
  foreign.broker("R");
  const stream_fact stream = foreign.story();
  CHECK(stream.ending == stream_ending::reset_on_the_way);
  CHECK_FALSE(stream.by_client);
  CHECK(stream.broker.ttl == 57);
  CHECK(stream.reset_ttl == 61);
  tap after;  // closed, and then a reset to what came late
  after.stands().client("AP", connect).client("AF").broker("R");
  CHECK(after.story().ending == stream_ending::closed_by_client);
}

TEST_CASE("large segments that never arrive are told from a connection that is gone") {
  const std::string large(1400, 'x');
  tap mtu;
  mtu.stands().client("AP", connect).broker("AP", connack);
  segment duplicate;  // what comes from the other side acknowledges no more than before
  std::swap(duplicate.from, duplicate.to);
  duplicate.sequence = 9005;
  duplicate.acknowledgement = 4017;
  duplicate.ttl = 57;
  mtu.client("AP", large).client_again(300).packet(duplicate.ip(), 100).client_again(600);
  mtu.client_again(1200);
  const stream_fact stream = mtu.story();
  CHECK(stream.ending == stream_ending::vanished);
  CHECK(stream.by_client);
  CHECK(stream.client.largest_lost == 1440);
  CHECK(stream.client.largest_acknowledged == 56);
  CHECK(in(stream.client.lost_in) == "6 7 9 10");
  tap gone;
  gone.stands().client("AP", connect).broker("AP", connack).client("A");
  gone.client("AP", ping, 300'000).client_again(300).client_again(600).client_again(1200);
  const stream_fact idle = gone.story();
  CHECK(idle.ending == stream_ending::forgotten);
  CHECK(idle.idle_s == doctest::Approx(300));
  CHECK(in(idle.ended_in) == "7 8 9 10");
  tap reset;  // what forgot answers with RST
  reset.stands().client("AP", connect).broker("AP", connack).client("A");
  reset.client("AP", ping, 300'000).broker("R", "", 30);
  CHECK(reset.story().ending == stream_ending::forgotten);
  tap alive;  // one that was answered is not lost, however often it was sent
  alive.stands().client("AP", connect).client_again(300).client_again(600).broker("AP", connack);
  alive.client("AF").broker("AF");
  CHECK(alive.story().ending == stream_ending::closed_by_client);
}

TEST_CASE("where only one direction was captured nothing is said of the other") {
  tap wire;
  wire.client("S").client("A").client("AP", connect).client_again(300).client_again(600);
  wire.client_again(1200);
  CHECK(wire.story().ending == stream_ending::open);
}

TEST_CASE("a receive window that stays shut is told with its time") {
  tap wire;
  wire.stands().client("AP", connect).broker("AP", connack);
  wire.client_window = 0;
  wire.client("A");
  wire.broker("AP", "x", 8000).client("A", "", 1);
  const stream_fact stream = wire.story();
  CHECK(stream.client.is_shut);
  CHECK(stream.client.shut_in == 6);
  CHECK(stream.client.shut_s == doctest::Approx(8.001));
  wire.client_window = 1000;
  wire.client("A");
  CHECK_FALSE(wire.story().client.is_shut);
  CHECK(wire.story().client.shut_s == doctest::Approx(8.002));
}

TEST_CASE("TTL and the times between SYN, SYN-ACK and ACK tell where it was captured") {
  tap at_client;
  CHECK(at_client.stands().heard().place == capture_place::client);
  tap at_server;
  at_server.client_ttl = 50;
  at_server.broker_ttl = 64;
  CHECK(at_server.stands().heard().place == capture_place::server);
  tap between;
  between.client_ttl = 127;
  CHECK(between.stands().heard().place == capture_place::router);
  tap near_client;
  near_client.broker_ttl = 64;
  near_client.client("S").broker("SA", "", 30).client("A", "", 0.1);
  CHECK(near_client.heard().place == capture_place::client);
  tap near_server;
  near_server.broker_ttl = 64;
  near_server.client("S").broker("SA", "", 0.1).client("A", "", 30);
  CHECK(near_server.heard().place == capture_place::server);
  tap nobody_knows;
  nobody_knows.broker_ttl = 64;
  CHECK(nobody_knows.stands().heard().place == capture_place::none);
}

TEST_CASE("a capture that begins in the middle says so and tells what it can") {
  tap wire;
  wire.client("AP", publish).broker("A").client("AP", ping).broker("AP", hex_text("D0 00"));
  const auto found = wire.heard();
  CHECK(found.says("was connected before the capture began"));
  CHECK(found.says("PUBLISH: topic a/b"));
  CHECK(found.says("< PINGRESP"));
  CHECK(found.streams[0].is_late);
  CHECK(found.streams[0].client.port == 50000);
  CHECK_FALSE(found.says("!!"));
}

TEST_CASE("bytes the capture missed are said, and what follows is read") {
  tap wire;
  wire.stands().client("AP", connect).broker("AP", connack);
  wire.client_unseen(publish).client("AP", publish).broker("A", "", 30).client("AP", ping, 50);
  wire.client("AP", publish, 50);
  const auto found = wire.heard();
  CHECK(found.says("9 bytes are not in the capture"));
  CHECK(found.says("PINGREQ"));
  CHECK(found.streams[0].client.missed == 9);
}

TEST_CASE("ports that are used anew are another connection") {
  tap wire;
  wire.stands().client("AP", connect).client("AF").broker("AF");
  segment again;
  again.flags = "S";
  again.sequence = 777;
  wire.packet(again.ip());
  CHECK(wire.heard().streams.size() == 2);
  tap open;  // also where the end of the one before was not seen
  open.stands().client("AP", connect).packet(again.ip());
  CHECK(open.heard().streams.size() == 2);
}

TEST_CASE("a client whose window stays shut is named while it goes on") {
  tap link;
  link.stands().client("AP", connect).broker("AP", connack).client("A");
  link.client_window = 0;
  link.client("A").broker("A", {}, 3500).client("A", {}, 100);
  const auto found = link.heard();
  CHECK(found.says("reads too slowly or not at all: its receive window has been shut for"));
}

TEST_CASE("streams are bounded: the one that was idle longest is ended") {
  tap wire;
  segment syn;
  syn.flags = "S";
  for (unsigned i = 0; i < wiretap::most_asked + 50; ++i) {
    syn.from.port = static_cast<std::uint16_t>(1024 + i);
    wire.packet(syn.ip());
  }
  const auto found = wire.heard();
  CHECK(found.counts.streams_dropped == 50);  // of those that never stood
  CHECK(found.streams.size() == wiretap::most_asked + 50);
  CHECK(found.streams[0].client.port == 1024);
}

TEST_CASE("an RST in both ends' names is told, with the number its IP header has") {
  tap wire;
  wire.stands().client("AP", connect);
  wire.broker_ttl = 61;
  wire.broker("R");
  wire.client_ttl = 60;
  wire.client("R", "", 0.1);
  const auto heard = wire.heard();
  REQUIRE(heard.streams.size() == 1);
  const stream_fact& stream = heard.streams[0];
  CHECK(stream.ending == stream_ending::reset_on_the_way);
  CHECK(in(stream.ended_in) == "5");
  CHECK(stream.reset_id == 105);
  CHECK(stream.id_before == 102);
  CHECK(stream.other_reset_in == 6);
  CHECK(stream.other_reset_ttl == 60);
  CHECK(heard.says("reset on the way in the broker's name"));
}

TEST_CASE("an RST that no receiver would take ends nothing") {
  tap wire;
  wire.stands().client("AP", connect).broker("AP", connack);
  segment forged;
  std::swap(forged.from, forged.to);
  forged.flags = "R";
  forged.sequence = 9005 + 60'000;
  forged.ttl = 99;
  wire.packet(forged.ip()).client("AP", ping).broker("AP", hex_text("D0 00"));
  const auto heard = wire.heard();
  REQUIRE(heard.streams.size() == 1);
  CHECK(heard.streams[0].ending == stream_ending::open);
  CHECK(heard.says("< PINGRESP"));
}

TEST_CASE("a port used again right behind an RST is another connection") {
  tap wire;
  wire.client("S").broker("RA");
  segment same;  // as Windows asks three times
  same.flags = "S";
  same.sequence = 4000;
  wire.packet(same.ip(), 100);
  CHECK(wire.heard().streams.size() == 2);
}

TEST_CASE("within one network a SYN's checksum and MSS tell where it was captured") {
  const auto near = [] {
    tap made;
    made.broker_ttl = 64;
    return made;
  };
  tap sent_here = near();
  sent_here.client_sums = false;
  CHECK(sent_here.stands().heard().place == capture_place::client);
  tap answered_here = near();
  answered_here.broker_sums = false;
  CHECK(answered_here.stands().heard().place == capture_place::server);
  tap containers = near();  // of one machine: nobody computes it
  containers.client_sums = containers.broker_sums = false;
  CHECK(containers.stands().heard().place == capture_place::none);
  tap asked = near();  // by another container perhaps
  asked.client_sums = false;
  CHECK(asked.client("S").heard().place == capture_place::none);
  tap clamped_there = near();
  clamped_there.broker_mss = 1412;
  CHECK(clamped_there.stands().heard().place == capture_place::client);
  tap clamped_before = near();
  clamped_before.client_mss = 1412;
  CHECK(clamped_before.stands().heard().place == capture_place::server);
  tap against = near();  // time says the other
  against.client_mss = 1412;
  against.client("S").broker("SA", "", 30).client("A", "", 0.1);
  CHECK(against.heard().place == capture_place::none);
  tap small = near();  // a small system's own choice
  small.client_mss = 536;
  CHECK(small.stands().heard().place == capture_place::none);
  tap router = near();  // the same SYN, in by one interface and out by the other
  router.client("S");
  segment copy;
  copy.flags = "S";
  copy.sequence = 4000;
  copy.ip_id = 101;
  copy.mss = 1412;
  router.packet(copy.ip(), 0.05).broker("SA").client("A");
  CHECK(router.heard().place == capture_place::router);
}

TEST_CASE("a large segment that is repeated while later ones came is known, though it was closed") {
  const std::string large(1400, 'x');
  tap wire;
  wire.stands().client("AP", connect).broker("AP", connack);
  wire.client("AP", large).client_again(300).client_again(600).client_again(1200).client("AF");
  const stream_fact story = wire.story();
  CHECK(story.client.largest_lost == 1440);
  CHECK(story.client.lost_in.size() >= 3);
  CHECK_FALSE(story.client.later_came);
}
