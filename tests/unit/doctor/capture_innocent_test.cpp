// Everyday events of TCP that are nobody's fault: none of them may lead to a certain cause, and
// none to any cause where all is well.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqtt-doctor/capture/page.hpp"
#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex_text;

namespace {

const std::string connack = hex_text("20 02 00 00");
const std::string ping = hex_text("C0 00");
const std::string pong = hex_text("D0 00");
const std::string goodbye = hex_text("E0 00");
const std::string_view old_byte("\0", 1);  // a byte that was acknowledged

/// Writes the packets of a client and a broker, as a test states them.
class wire {
 public:
  wire& at(unsigned client, std::uint16_t port, std::uint32_t client_first = 1000,
           std::uint32_t broker_first = 5000) {
    client_ = {host(client), port};
    sequence_[0] = client_first;
    sequence_[1] = broker_first;
    return *this;
  }
  wire& client(std::string_view flags, std::string_view payload = {}, double after_ms = 1) {
    return put_segment(true, flags, payload, after_ms);
  }
  wire& broker(std::string_view flags, std::string_view payload = {}, double after_ms = 1) {
    return put_segment(false, flags, payload, after_ms);
  }
  /// A packet with its own numbers: sequence and acknowledgement are added to the current ones.
  wire& odd(bool is_client, std::string_view flags, std::string_view payload, int sequence,
            int acknowledgement = 0, double after_ms = 1) {
    segment made = next(is_client, flags, payload);
    made.sequence += static_cast<std::uint32_t>(sequence);
    made.acknowledgement += static_cast<std::uint32_t>(acknowledgement);
    text_.add(made, now_ += after_ms);
    return *this;
  }
  /// Bytes that were sent and are missing in the capture.
  wire& unseen(bool is_client, std::string_view payload) {
    sequence_[is_client ? 0 : 1] += static_cast<std::uint32_t>(payload.size());
    return *this;
  }
  wire& stands() { return client("S").broker("SA").client("A"); }
  wire& comes_in(const std::string& id) {
    return stands().client("AP", connect_as(id)).broker("AP", connack).client("A");
  }
  wire& pings(double after_ms = 1) {
    return client("AP", ping, after_ms).broker("AP", pong).client("A");
  }
  wire& leaves() { return client("AFP", goodbye).broker("AF").client("A"); }
  wire& later(double ms) {
    now_ += ms;
    return *this;
  }

  recording read(capture_place place = capture_place::none) const {
    memory_source source(text_.bytes());
    recording_options how;
    how.name = "x.pcap";
    how.place = place;
    return read_recording(source, how);
  }
  const byte_list& bytes() const { return text_.bytes(); }

  unsigned client_ttl = 50, broker_ttl = 64;
  unsigned client_window = 60000, broker_window = 60000;

 private:
  segment next(bool is_client, std::string_view flags, std::string_view payload) {
    segment made;
    made.from = is_client ? client_ : broker_;
    made.to = is_client ? broker_ : client_;
    made.flags = flags;
    made.sequence = sequence_[is_client ? 0 : 1];
    made.acknowledgement =
        flags.find('A') == std::string_view::npos ? 0 : sequence_[is_client ? 1 : 0];
    made.ttl = is_client ? client_ttl : broker_ttl;
    made.window = is_client ? client_window : broker_window;
    made.ip_id = id_ += 7;
    made.payload = payload;
    return made;
  }
  wire& put_segment(bool is_client, std::string_view flags, std::string_view payload,
                    double after_ms) {
    text_.add(next(is_client, flags, payload), now_ += after_ms);
    sequence_[is_client ? 0 : 1] += static_cast<std::uint32_t>(payload.size()) +
                                    (flags.find_first_of("SF") == std::string_view::npos ? 0u : 1u);
    return *this;
  }

  wire_endpoint client_{host(1), 40001}, broker_{host(200), 1883};
  pcap_text text_;
  double now_ = 0;
  unsigned id_ = 100;
  std::uint32_t sequence_[2]{1000, 5000};
};

constexpr capture_place everywhere[] = {capture_place::none, capture_place::client,
                                        capture_place::server, capture_place::router};

/// The causes and warnings for all places of capture; "" where there are none.
std::string said_of(const wire& of) {
  std::string out;
  for (const capture_place place : everywhere) {
    for (const captured_client& client : of.read(place).clients) {
      for (const finding& cause : client.from.made.causes) out += cause.id + ' ';
      for (const finding& warning : client.from.made.warnings) out += '(' + warning.id + ") ";
    }
  }
  return out;
}

/// Whether no cause is called certain.
bool is_careful(const wire& of) {
  for (const capture_place place : everywhere) {
    for (const captured_client& client : of.read(place).clients) {
      for (const finding& cause : client.from.made.causes) {
        if (cause.how_sure == certainty::certain) return false;
      }
    }
  }
  return true;
}

}  // namespace

TEST_CASE("keep-alive probes of TCP are no loss, answered or not captured") {
  wire found;
  found.comes_in("s7");
  for (int i = 0; i < 6; ++i) found.odd(true, "A", old_byte, -1, 0, 20'000).broker("A");
  for (int i = 0; i < 6; ++i) found.odd(false, "A", "", -1, 0, 20'000).client("A");
  found.pings(1000).leaves();
  CHECK(said_of(found) == "");
}

TEST_CASE("a keep-alive probe is answered where the capture did not look") {
  wire one_way;  // only the client's packets pass here
  one_way.client("S").client("A").client("AP", connect_as("s7")).client("A");
  for (int i = 0; i < 9; ++i) one_way.odd(true, "A", old_byte, -1, 0, 75'000);
  CHECK(said_of(one_way) == "");
}

TEST_CASE("segments outside of the window, and acknowledgements of what was never sent") {
  wire found;
  found.comes_in("s7");
  found.odd(true, "AP", "far ahead", 2'000'000).odd(true, "AP", "long ago", -900'000);
  found.odd(false, "A", "", 0, 900'000'000).odd(false, "A", "", 0, -700'000'000);
  found.pings().leaves();
  CHECK(is_careful(found));
  CHECK(said_of(found).find("hung") == std::string::npos);
}

TEST_CASE("an RST outside of the window ends nothing") {
  wire found;
  found.comes_in("s7").odd(false, "R", "", 400'000'000).pings(500).pings(500).leaves();
  CHECK(said_of(found) == "");
}

TEST_CASE("both sides close at the same moment") {
  wire found;
  found.comes_in("s7").client("AP", goodbye);
  found.odd(true, "AF", "", 0).odd(false, "AF", "", 0).odd(true, "A", "", 1, 1);
  found.odd(false, "A", "", 1, 1);
  CHECK(said_of(found) == "");
}

TEST_CASE("RST behind FIN is how many programs close") {
  wire found;
  found.comes_in("s7").pings().client("AFP", goodbye).broker("A").broker("AF").client("R");
  CHECK(said_of(found) == "");
  wire late;  // the broker still sends, the client's socket is gone
  late.comes_in("s7").client("AFP", goodbye).broker("AP", pong).client("R").client("R");
  CHECK(said_of(late) == "");
}

TEST_CASE("SYN sent again with another initial number is one attempt that went on") {
  wire found;
  found.client("S", {}, 1).at(1, 40001, 777'000, 5000).client("S", {}, 1000).broker("SA");
  found.client("A").client("AP", connect_as("s7")).broker("AP", connack).client("A").pings();
  found.leaves();
  CHECK(is_careful(found));
  CHECK(said_of(found) == "");
}

TEST_CASE("a port that is used again within seconds is another connection") {
  wire found;
  for (int i = 0; i < 5; ++i)
    found.at(1, 40001, 1000u + 90'000u * static_cast<unsigned>(i), 5000).comes_in("s7").leaves();
  CHECK(said_of(found) == "");
  CHECK(found.read().streams == 5);
  wire torn;  // the end of the first was not captured
  torn.at(1, 40001).comes_in("s7").at(1, 40001, 500'000, 700'000).comes_in("s7").leaves();
  CHECK(said_of(torn) == "");
}

TEST_CASE("a hundred clients behind one address") {
  wire found;
  for (int i = 0; i < 100; ++i) {
    found.at(1, static_cast<std::uint16_t>(40000 + i), 1000u * static_cast<unsigned>(i), 9000);
    found.comes_in("phone" + std::to_string(i)).pings();
    if (i % 3 == 0) found.leaves();
  }
  CHECK(said_of(found) == "");
  CHECK(found.read().clients.size() == 100);
}

TEST_CASE("TCP Fast Open: data with SYN, taken at once or sent again") {
  wire taken;
  taken.client("S", connect_as("s7")).broker("SA").client("A").broker("AP", connack).client("A");
  taken.pings().leaves();
  CHECK(said_of(taken) == "");
  wire again;  // SYN-ACK acknowledges SYN only
  const std::string first = connect_as("s7");
  const int size = static_cast<int>(first.size());
  again.client("S", first).odd(false, "SA", "", 0, -size).odd(true, "AP", first, -size, 1);
  again.unseen(false, "1").broker("AP", connack).client("A").pings().leaves();
  CHECK(said_of(again) == "");
}

TEST_CASE("a clock that is set back, and one that jumps ahead") {
  wire back;
  back.later(100'000).comes_in("s7").later(-50'000).pings().later(20'000).pings().leaves();
  CHECK(said_of(back) == "");
  wire years;
  years.comes_in("s7").later(3e10).pings().leaves();
  CHECK(is_careful(years));
}

TEST_CASE("out of order and twice, as two ways and two processors make it") {
  wire found;
  found.comes_in("s7");
  for (int i = 0; i < 20; ++i) {
    found.odd(true, "AP", ping, 2, 0, 10).odd(true, "AP", ping, 0, 0, 0.2);
    found.unseen(true, "1234").broker("AP", pong + pong).client("A");
  }
  found.leaves();
  CHECK(said_of(found) == "");
}

TEST_CASE("an answer that is captured before its question") {
  wire found;
  found.odd(false, "SA", "", 0, 1).odd(true, "S", "", 0, 0, 0.1);
  found.unseen(true, "1").unseen(false, "1").client("A");
  found.client("AP", connect_as("s7")).broker("AP", connack).client("A").pings().leaves();
  CHECK(is_careful(found));
  CHECK(said_of(found) == "");
}

TEST_CASE("a window that shuts for a moment, and grows again") {
  wire found;
  found.comes_in("s7");
  found.client_window = 0;
  found.client("A");
  found.client_window = 60000;
  found.client("A", {}, 900).pings().leaves();
  CHECK(said_of(found) == "");
}

TEST_CASE("a capture that is cut off by its end, in the middle of anything") {
  wire found;
  found.comes_in("s7").pings(2000).pings(2000).leaves();
  byte_list bytes = found.bytes();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    memory_source source(bytes_view(bytes).first(size));
    recording_options how;
    how.name = "x.pcap";
    const recording read = read_recording(source, how);
    for (const captured_client& client : read.clients) CHECK(client.from.made.causes.empty());
  }
}

TEST_CASE("packets the capturing program lost are not the network's loss") {
  wire found;
  found.comes_in("s7");
  for (int i = 0; i < 30; ++i) {
    found.unseen(true, ping).broker("AP", pong, 1000);  // every question is missing
    found.client("A");
  }
  found.leaves();
  CHECK(is_careful(found));
  CHECK(said_of(found) == "");
}

TEST_CASE("one packet sent again because its acknowledgement was late") {
  wire found;
  found.comes_in("s7");
  for (int i = 0; i < 40; ++i) found.pings(1000);
  found.client("AP", ping).odd(true, "AP", ping, -2, 0, 250).broker("AP", pong).client("A");
  found.leaves();
  CHECK(said_of(found) == "");
}

TEST_CASE("a client that asks again because it did not hear, and is heard then") {
  wire found;
  found.client("S").odd(true, "S", "", -1, 0, 1000).odd(true, "S", "", -1, 0, 2000);
  found.broker("SA").client("A").client("AP", connect_as("s7")).broker("AP", connack);
  found.client("A").pings().leaves();
  CHECK(said_of(found) == "");
}

TEST_CASE("a broker that is stopped says goodbye to all, and is started again") {
  wire found;
  found.at(1, 40001).comes_in("s7").pings(3000).broker("AF").client("AF").broker("A");
  found.at(1, 40002).client("S").broker("RA").later(2000);
  found.at(1, 40003).comes_in("s7").pings().leaves();
  CHECK(is_careful(found));
}

TEST_CASE("a half-closed connection on which the broker still speaks") {
  wire found;
  found.comes_in("s7").client("AF").broker("A").broker("AP", pong).client("A").broker("AF");
  found.client("A");
  CHECK(is_careful(found));
}

TEST_CASE("ECN, urgent data and reserved bits in a header change nothing") {
  wire found;
  found.comes_in("s7").pings().leaves();
  // In every packet, sets the third byte before the flags: reserved bits and NS.
  byte_list bytes = found.bytes();
  for (std::size_t at = 24; at + 16 + 33 < bytes.size();) {
    const std::size_t size = std::to_integer<std::size_t>(bytes[at + 8]) |
                             std::to_integer<std::size_t>(bytes[at + 9]) << 8;
    bytes[at + 16 + 32] |= std::byte{0x0F};  // reserved bits
    bytes[at + 16 + 33] |= std::byte{0xC0};  // CWR, ECE
    bytes[at + 16 + 1] |= std::byte{0x03};   // congestion was experienced
    at += 16 + size;
  }
  memory_source source(bytes);
  recording_options how;
  const recording read = read_recording(source, how);
  REQUIRE(read.clients.size() == 1);
  CHECK(read.clients[0].from.made.causes.empty());
  CHECK_FALSE(read.clients[0].summary.empty());
}
