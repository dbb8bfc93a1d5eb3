// Link and IP headers, fragments, TCP options, and ICMP messages about TCP.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/fragments.hpp"
#include "mqtt-doctor/capture/headers.hpp"
#include "support/hex.hpp"
#include "unit/doctor/wire.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;
using mqttkit::test::hex;

namespace {

/// The segment as "10.0.0.1:50000 > 10.0.0.2:1883 ttl 64 5 bytes: hello", or what it lacks.
std::string described(link_type link, const byte_list& bytes, std::size_t original = 0) {
  captured_packet from;
  from.link = link;
  from.bytes = bytes;
  from.original_size = original == 0 ? bytes.size() : original;
  bytes_view ip;
  std::size_t size = 0;
  ip_packet packet;
  tcp_segment tcp;
  if (!read_link(from, ip, size)) return "no IP";
  if (!read_ip(ip, size, packet)) return "broken IP";
  if (!read_tcp(packet, tcp)) return "no TCP";
  return to_string(tcp.source) + " > " + to_string(tcp.destination) + " ttl " +
         std::to_string(tcp.ttl) + ' ' + std::to_string(tcp.size) +
         " bytes: " + std::string(as_text(tcp.payload));
}

segment hello() {
  segment made;
  made.payload = "hello";
  return made;
}
const std::string expected = "10.0.0.1:50000 > 10.0.0.2:1883 ttl 64 5 bytes: hello";

segment hello6() {
  segment made = hello();
  for (wire_endpoint* const end : {&made.from, &made.to}) {
    end->address.is_v6 = true;
    end->address.bytes = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0,
                          0,    0,    0,    0,    0, 0, 0, end->address.bytes[3]};
  }
  return made;
}
const std::string as_seen6 = "[2001:db8::1]:50000 > [2001:db8::2]:1883 ttl 64 5 bytes: hello";

byte_list behind(std::string_view digits, const byte_list& rest) {
  byte_list made = hex(digits);
  put(made, rest);
  return made;
}

}  // namespace

TEST_CASE("IP is found behind every kind of link header") {
  const byte_list ip = hello().ip();
  CHECK(described(link_type::raw, ip) == expected);
  CHECK(described(link_type::raw_bsd, ip) == expected);
  CHECK(described(link_type::ipv4, ip) == expected);
  CHECK(described(link_type::ethernet, ethernet(ip)) == expected);
  const std::string macs = "02 02 02 02 02 02 04 04 04 04 04 04 ";
  CHECK(described(link_type::ethernet, behind(macs + "81 00 00 05 08 00", ip)) == expected);
  CHECK(described(link_type::ethernet, behind(macs + "88 A8 00 05 81 00 00 07 08 00", ip)) ==
        expected);
  CHECK(described(link_type::ethernet, behind(macs + "88 64 11 00 00 01 00 40 00 21", ip)) ==
        expected);                                                               // PPPoE
  CHECK(described(link_type::ethernet, behind(macs + "08 06", ip)) == "no IP");  // ARP
  CHECK(described(link_type::linux_cooked,
                  behind("00 00 00 01 00 06 04 04 04 04 04 04 00 00 08 00", ip)) == expected);
  CHECK(described(link_type::linux_cooked_2,
                  behind("08 00 00 00 00 00 00 03 00 01 00 06 04 04 04 04 04 04 00 00", ip)) ==
        expected);
  CHECK(described(link_type::null, behind("02 00 00 00", ip)) == expected);
  CHECK(described(link_type::loop, behind("00 00 00 02", ip)) == expected);
  CHECK(described(link_type::ppp, behind("FF 03 00 21", ip)) == expected);
  CHECK(described(link_type::ppp, behind("21", ip)) == expected);  // compressed
  byte_list tap = hex("10 00 00 00 01 00 00 00 0C 00 00 00 00 00 00 00");
  put(tap, ip);
  CHECK(described(link_type::packet_tap, tap) == expected);
  CHECK(described(static_cast<link_type>(147), ip) == "no IP");
}

TEST_CASE("IPv6 is read with its extension headers") {
  const segment six = hello6();
  CHECK(described(link_type::raw, six.ip()) == as_seen6);
  byte_list options = hex("06 00 01 04 00 00 00 00");  // hop-by-hop, then TCP
  put(options, six.tcp());
  CHECK(described(link_type::raw, six.ip6(options, 0)) == as_seen6);
  byte_list two = hex("3C 00 01 04 00 00 00 00 06 00 01 04 00 00 00 00");
  put(two, six.tcp());
  CHECK(described(link_type::raw, six.ip6(two, 0)) == as_seen6);
  byte_list atomic = hex("06 00 00 00 12 34 56 78");  // a fragment header, and no fragment
  put(atomic, six.tcp());
  CHECK(described(link_type::raw, six.ip6(atomic, 44)) == as_seen6);
}

TEST_CASE("padding behind a short frame is no payload, and a cut payload keeps its size") {
  byte_list padded = ethernet(segment().ip());
  put(padded, "trailer");
  CHECK(described(link_type::ethernet, padded) ==
        "10.0.0.1:50000 > 10.0.0.2:1883 ttl 64 0 bytes: ");
  const byte_list whole = hello().ip();
  CHECK(described(link_type::raw, byte_list(whole.begin(), whole.end() - 3), whole.size()) ==
        "10.0.0.1:50000 > 10.0.0.2:1883 ttl 64 5 bytes: he");
  byte_list offloaded = hello().ip();  // a large segment a card is to cut: no length in it
  offloaded[2] = offloaded[3] = std::byte{0};
  CHECK(described(link_type::raw, offloaded) == expected);
}

TEST_CASE("headers cut at any byte are unreadable or read the same") {
  segment syn;
  syn.flags = "S";
  syn.mss = 1460;
  syn.scale = 7;
  syn.timestamp = 99;
  for (const byte_list& whole :
       {ethernet(syn.ip()), ethernet(hello6().ip()), ethernet(hello().ip())}) {
    const std::string all = described(link_type::ethernet, whole);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      const byte_list part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
      const std::string made = described(link_type::ethernet, part, whole.size());
      const bool is_part = all.substr(0, made.size()) == made;
      CHECK_MESSAGE((is_part || made.substr(0, 2) == "no" || made == "broken IP"), made);
    }
  }
}

TEST_CASE("TCP's options are read") {
  segment syn;
  syn.flags = "S";
  syn.mss = 1400;
  syn.scale = 7;
  syn.sack = true;
  syn.timestamp = 12345;
  const byte_list bytes = syn.ip();
  ip_packet ip;
  tcp_segment tcp;
  REQUIRE(read_ip(bytes, bytes.size(), ip));
  REQUIRE(read_tcp(ip, tcp));
  CHECK(tcp.syn);
  CHECK_FALSE(tcp.ack);
  CHECK(tcp.mss == 1400);
  CHECK(tcp.window_scale == 7);
  CHECK(tcp.permits_sack);
  CHECK(tcp.timestamp == 12345);
  CHECK(tcp.is_dont_fragment);
}

TEST_CASE("ICMP's errors name the connection they are about, and the size that would pass") {
  segment big = hello();
  big.sequence = 77;
  byte_list quoted = big.ip();
  quoted[2] = std::byte{0x05};  // 1500 bytes, of which ICMP quotes the start
  quoted[3] = std::byte{0xDC};
  quoted.resize(28);
  byte_list body = hex("03 04 00 00 00 00 05 14");
  put(body, quoted);
  segment from;
  from.from.address = host(9);
  from.to.address = host(1);
  const byte_list bytes = from.ip4(body, 0, 1);
  ip_packet ip;
  icmp_error error;
  REQUIRE(read_ip(bytes, bytes.size(), ip));
  REQUIRE(read_icmp(ip, error));
  CHECK(error.is_too_big());
  CHECK(error.mtu == 1300);
  CHECK(error.quoted_size == 1500);
  CHECK(error.sequence == 77);
  CHECK(to_string(error.from) == "10.0.0.9");
  CHECK(to_string(error.source) == "10.0.0.1:50000");
  CHECK(to_string(error.destination) == "10.0.0.2:1883");
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const byte_list part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
    ip_packet some;
    if (read_ip(part, bytes.size(), some)) CHECK_FALSE(read_icmp(some, error));
  }
  const segment six = hello6();
  byte_list six_body = hex("02 00 00 00 00 00 05 00");
  put(six_body, six.ip());
  const byte_list six_bytes = six.ip6(six_body, 58);
  REQUIRE(read_ip(six_bytes, six_bytes.size(), ip));
  REQUIRE(read_icmp(ip, error));
  CHECK(error.is_too_big());
  CHECK(error.mtu == 1280);
  CHECK(to_string(error.destination) == "[2001:db8::2]:1883");
}

TEST_CASE("ICMP's errors name the datagram of UDP they are about") {
  segment sent;
  sent.to.port = 1884;
  byte_list udp;
  put16(udp, sent.from.port);
  put16(udp, sent.to.port);
  put16(udp, 18);
  put16(udp, 0);
  put(udp, hex("0A 04 04 01 00 3C 73 65 6E 31"));
  byte_list body = hex("03 03 00 00 00 00 00 00");
  const byte_list quoted = sent.ip4(udp, 0x4000, 17);
  put(body, bytes_view(quoted).first(28));  // RFC 792: eight bytes of what IP carried
  segment from;
  from.from.address = host(2);
  from.to.address = host(1);
  const byte_list bytes = from.ip4(body, 0, 1);
  ip_packet ip;
  icmp_error error;
  REQUIRE(read_ip(bytes, bytes.size(), ip));
  REQUIRE(read_icmp(ip, error));
  CHECK(error.is_about_udp);
  CHECK(error.is_unreachable());
  CHECK(to_string(error.source) == "10.0.0.1:50000");
  CHECK(to_string(error.destination) == "10.0.0.2:1884");
  udp_datagram read;
  REQUIRE(read_ip(quoted, quoted.size(), ip));
  REQUIRE(read_udp(ip, read));
  CHECK(read.payload.size() == 10);
  for (std::size_t cut = 0; cut < quoted.size(); ++cut) {  // half of a datagram is none
    const byte_list part(quoted.begin(), quoted.begin() + static_cast<std::ptrdiff_t>(cut));
    if (read_ip(part, quoted.size(), ip)) CHECK_FALSE(read_udp(ip, read));
  }
}

TEST_CASE("fragments become the packet they were, in whatever order they come") {
  const segment made = hello();
  const byte_list tcp = made.tcp();
  const auto piece = [&](std::size_t begin, std::size_t end, bool has_more) {
    const byte_list part(tcp.begin() + static_cast<std::ptrdiff_t>(begin),
                         tcp.begin() + static_cast<std::ptrdiff_t>(end));
    return made.ip4(part, static_cast<unsigned>(begin / 8) | (has_more ? 0x2000u : 0u));
  };
  const std::vector<byte_list> pieces{piece(0, 8, true), piece(8, 16, true), piece(8, 24, true),
                                      piece(16, tcp.size(), false)};
  const capture_time now{};
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    fragments all;
    int completed = 0;
    for (const std::size_t i : order) {
      ip_packet ip, whole;
      REQUIRE(read_ip(pieces[i], pieces[i].size(), ip));
      CHECK(ip.is_fragment);
      if (!all.take(ip, now, whole)) continue;
      ++completed;
      tcp_segment read;
      REQUIRE(read_tcp(whole, read));
      CHECK(as_text(read.payload) == "hello");
      CHECK(to_string(read.destination) == "10.0.0.2:1883");
    }
    CHECK(completed == 1);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("fragments whose rest never comes are let go of, and a cut one takes no part") {
  fragments all;
  segment made;
  ip_packet piece, whole;
  for (unsigned i = 0; i < 1000; ++i) {
    made.ip_id = i;
    const byte_list bytes = made.ip4(made.tcp(), 0x2000);
    REQUIRE(read_ip(bytes, bytes.size(), piece));
    CHECK_FALSE(all.take(piece, capture_time(std::chrono::milliseconds(i)), whole));
  }
  CHECK(all.given_up() == 1000 - fragments::most_packets);
  piece.ip_packet::size += 10;  // more than was captured
  piece.id = 5000;
  piece.has_more = false;
  CHECK_FALSE(all.take(piece, capture_time(std::chrono::seconds(1)), whole));
  piece.payload = {};
  CHECK_FALSE(all.take(piece, capture_time(std::chrono::seconds(2)), whole));
}
