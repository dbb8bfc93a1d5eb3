// What stands in front of TCP: link, IPv4 or IPv6, and ICMP that tells of either.
//
// Pure, and for hostile input: nothing is read outside the packet, nothing is trusted that a length
// field says. Checksums are not looked at: where a card computes them, a capture on the sending
// machine has them wrong. Headers a snapshot length cut off make a packet unreadable; a payload
// that was cut is given as far as it goes, with its size on the wire.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

/// An address of either family; IPv4 in the first four bytes.
struct wire_address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v6 = false;

  auto operator<=>(const wire_address&) const = default;
};
/// "203.0.113.9", "2001:db8::9"
std::string to_string(const wire_address& address);

struct wire_endpoint {
  wire_address address;
  std::uint16_t port = 0;

  auto operator<=>(const wire_endpoint&) const = default;
};
/// "203.0.113.9:50211", "[2001:db8::9]:50211"
std::string to_string(const wire_endpoint& end);

/// One IP packet, or a fragment of one.
struct ip_packet {
  wire_address source;
  wire_address destination;
  std::uint8_t protocol = 0;  ///< of what it carries: 6 is TCP
  int ttl = 0;                ///< or IPv6's hop limit
  std::uint32_t id = 0;       ///< IPv4, and of IPv6's fragments
  bool dont_fragment = false;
  bool is_fragment = false;
  bool has_more = false;   ///< a later fragment follows
  std::size_t offset = 0;  ///< of the fragment, bytes
  bytes_view payload;      ///< as far as it was captured
  std::size_t size = 0;    ///< of the payload on the wire
  std::size_t whole = 0;   ///< of the packet with its header, on the wire
};

/// Finds IP in a packet of any link type known here; false when there is none.
bool read_link(const captured_packet& from, bytes_view& ip, std::size_t& original);

/// @param bytes     begins with IP's first byte
/// @param original  bytes there were of that on the wire
bool read_ip(bytes_view bytes, std::size_t original, ip_packet& out);

struct tcp_segment {
  wire_endpoint source;
  wire_endpoint destination;
  int ttl = 0;
  std::uint32_t ip_id = 0;  ///< IPv4
  bool is_dont_fragment = false;
  std::size_t ip_size = 0;  ///< of the IP packet on the wire
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  bool fin = false, syn = false, rst = false, psh = false, ack = false;
  std::uint16_t window = 0;  ///< as it stands there, without its scale
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;
  bool permits_sack = false;
  bool has_sack = false;  ///< tells of a hole
  /// Of SYN and SYN-ACK: the checksum is left to the card, as it is where a packet was sent (and
  /// between containers of one machine, where nobody ever computes it).
  bool is_not_summed = false;
  std::optional<std::uint32_t> timestamp;
  std::optional<std::uint32_t> timestamp_echo;
  bytes_view payload;    ///< as far as it was captured
  std::size_t size = 0;  ///< of the payload on the wire

  /// Sequence numbers it takes up.
  std::uint32_t length() const noexcept {
    return static_cast<std::uint32_t>(size) + (syn ? 1 : 0) + (fin ? 1 : 0);
  }
};

/// @param from  whole, or the first fragment of one
bool read_tcp(const ip_packet& from, tcp_segment& out);

struct udp_datagram {
  wire_endpoint source;
  wire_endpoint destination;
  bytes_view payload;  ///< all of it
};

/// False also for a datagram of which a part is missing: half of a message may look like another.
bool read_udp(const ip_packet& from, udp_datagram& out);

/// ICMP or ICMPv6 that says why a packet of TCP or UDP did not arrive.
struct icmp_error {
  wire_address from;
  int ttl = 0;
  bool is_v6 = false;
  bool is_about_udp = false;
  int type = 0;
  int code = 0;
  std::uint32_t mtu = 0;  ///< with "fragmentation needed" or "packet too big"; 0: not said
  // Of the packet it quotes:
  wire_endpoint source;
  wire_endpoint destination;
  std::uint32_t sequence = 0;   // of TCP
  std::size_t quoted_size = 0;  ///< of the IP packet, as its header says

  bool is_too_big() const noexcept { return is_v6 ? type == 2 : type == 3 && code == 4; }
  bool is_unreachable() const noexcept { return type == (is_v6 ? 1 : 3) && !is_too_big(); }
  bool is_time_exceeded() const noexcept { return type == (is_v6 ? 3 : 11); }
};

/// False for any other ICMP, and for errors about other protocols than TCP and UDP.
bool read_icmp(const ip_packet& from, icmp_error& out);

}  // namespace mqttkit::doctor
