// The headers before TCP: link layer, IPv4 or IPv6, and ICMP errors about either.
//
// Pure code for hostile input: nothing is read outside the packet, and lengths in headers are not
// trusted. Checksums are ignored, since a capture on the sending machine has wrong ones where the
// card computes them. Headers cut by the snapshot length make a packet unreadable; a payload that
// was cut is given as far as it goes, with its size on the wire.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

/// An address of either family; an IPv4 address is in the first four bytes.
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
  std::uint8_t protocol = 0;  ///< of the payload: 6 is TCP
  int ttl = 0;                ///< IPv6: the hop limit
  std::uint32_t id = 0;       ///< of IPv4, and of fragments of IPv6
  bool dont_fragment = false;
  bool is_fragment = false;
  bool has_more = false;   ///< a later fragment follows
  std::size_t offset = 0;  ///< of a fragment, in bytes
  bytes_view payload;      ///< as far as captured
  std::size_t size = 0;    ///< of the payload on the wire, in bytes
  std::size_t whole = 0;   ///< the packet with its header on the wire, in bytes
};

/// Finds the IP packet in a frame of any link type known here; false when there is none.
bool read_link(const captured_packet& from, bytes_view& ip, std::size_t& original);

/// The hardware address (MAC) of the machine that put the frame on this link; 0: none is kept.
std::uint64_t link_source_of(const captured_packet& from);
/// "02:42:ac:11:00:02"
std::string link_text(std::uint64_t address);

/// @param bytes     from IP's first byte on
/// @param original  bytes from there on the wire
bool read_ip(bytes_view bytes, std::size_t original, ip_packet& out);

struct tcp_segment {
  wire_endpoint source;
  wire_endpoint destination;
  std::uint64_t link_source = 0;  ///< of its frame; 0: not kept
  int ttl = 0;
  std::uint32_t ip_id = 0;  ///< of IPv4
  bool is_dont_fragment = false;
  std::size_t ip_size = 0;  ///< of the IP packet on the wire, in bytes
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  bool fin = false, syn = false, rst = false, psh = false, ack = false;
  std::uint16_t window = 0;  ///< unscaled, as the header has it
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;
  bool permits_sack = false;
  bool has_sack = false;  ///< SACK blocks report a hole
  /// Of SYN and SYN-ACK: the checksum is left to the card, as in a capture on the sender's machine
  /// (or between containers of one machine, where nothing ever completes it).
  bool is_not_summed = false;
  std::optional<std::uint32_t> timestamp;
  std::optional<std::uint32_t> timestamp_echo;
  bytes_view payload;    ///< as far as captured
  std::size_t size = 0;  ///< of the payload on the wire, in bytes

  /// Sequence numbers the segment takes up: its bytes, and one for SYN and FIN each.
  std::uint32_t length() const noexcept {
    return static_cast<std::uint32_t>(size) + (syn ? 1 : 0) + (fin ? 1 : 0);
  }
};

/// @param from  a whole packet, or its first fragment
bool read_tcp(const ip_packet& from, tcp_segment& out);

struct udp_datagram {
  wire_endpoint source;
  wire_endpoint destination;
  bytes_view payload;  ///< the complete payload
};

/// Reads a datagram; false also where a part of it is missing: half a message may read as another.
bool read_udp(const ip_packet& from, udp_datagram& out);

/// An ICMP or ICMPv6 error: why a packet of TCP or UDP did not arrive.
struct icmp_error {
  wire_address from;
  int ttl = 0;
  bool is_v6 = false;
  bool is_about_udp = false;
  int type = 0;
  int code = 0;
  std::uint32_t mtu = 0;  ///< of "fragmentation needed", "packet too big"; 0: not given
  // The quoted packet:
  wire_endpoint source;
  wire_endpoint destination;
  std::uint32_t sequence = 0;   // of TCP
  std::size_t quoted_size = 0;  ///< of the IP packet, as its header says

  bool is_too_big() const noexcept { return is_v6 ? type == 2 : type == 3 && code == 4; }
  bool is_unreachable() const noexcept { return type == (is_v6 ? 1 : 3) && !is_too_big(); }
  bool is_time_exceeded() const noexcept { return type == (is_v6 ? 3 : 11); }
};

/// Reads an error; false for other ICMP messages, and for errors about other protocols.
bool read_icmp(const ip_packet& from, icmp_error& out);

}  // namespace mqttkit::doctor
