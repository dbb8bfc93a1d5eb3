// A captured packet, read from a file or from an interface.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

/// Nanoseconds since 1970, UTC.
using capture_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// The header before IP, by the numbers of the registry of link types (tcpdump.org).
enum class link_type : std::uint16_t {
  null = 0,  ///< BSD loopback: family in the writer's byte order
  ethernet = 1,
  ppp = 9,
  raw_bsd = 12,  ///< DLT_RAW, as some programs write it
  raw_openbsd = 14,
  ppp_hdlc = 50,
  raw = 101,   ///< IPv4 or IPv6, told by its first four bits
  loop = 108,  ///< OpenBSD loopback: family in network order
  linux_cooked = 113,
  ipv4 = 228,
  ipv6 = 229,
  packet_tap = 258,  ///< Apple's: names the wrapped packet's link type
  linux_cooked_2 = 276,
};

/// The most bytes read of one packet: libpcap's own limit (MAXIMUM_SNAPLEN).
inline constexpr std::size_t most_packet_bytes = 256 * 1024;

struct captured_packet {
  std::uint64_t number = 0;  ///< from 1, as Wireshark counts, also in a live capture
  capture_time time{};
  std::uint32_t interface = 0;  ///< its number in the capture, from 0
  link_type link = link_type::raw;
  bytes_view bytes;               ///< the captured bytes; valid until the next read
  std::size_t original_size = 0;  ///< on the wire; larger when the packet was cut
};

}  // namespace mqttkit::doctor
