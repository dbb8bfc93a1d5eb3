#include "mqtt-doctor/capture/headers.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_ipv6 = 0x86DD;
constexpr std::uint16_t ether_pppoe_session = 0x8864;
constexpr int most_tags = 4;         // VLAN tags one behind another; two are usual (QinQ)
constexpr int most_extensions = 16;  // IPv6 extension headers before TCP
constexpr std::size_t udp_header = 8;

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_icmp6 = 58;

unsigned u8(bytes_view from, std::size_t at) { return std::to_integer<unsigned>(from[at]); }
std::uint16_t u16(bytes_view from, std::size_t at) {
  return static_cast<std::uint16_t>(u8(from, at) << 8 | u8(from, at + 1));
}
std::uint32_t u32(bytes_view from, std::size_t at) {
  return std::uint32_t{u16(from, at)} << 16 | u16(from, at + 2);
}

/// The unread part of a packet: the bytes that were captured, and the size it had on the wire.
struct rest {
  bytes_view bytes;
  std::size_t original;

  bool has(std::size_t count) const { return bytes.size() >= count; }
  void drop(std::size_t count) {
    bytes = bytes.subspan(count);
    original -= count;
  }
};

bool is_vlan_tag(std::uint16_t type) {
  return type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200;
}

/// Skips what an EtherType announces; true when `of` then begins with IP.
bool read_ether_type(std::uint16_t type, rest& of) {
  for (int tags = 0; is_vlan_tag(type) && tags < most_tags; ++tags) {
    if (!of.has(4)) return false;
    type = u16(of.bytes, 2);
    of.drop(4);
  }
  if (type == ether_pppoe_session) {  // six bytes, then PPP's protocol (RFC 2516)
    if (!of.has(8)) return false;
    const std::uint16_t protocol = u16(of.bytes, 6);
    of.drop(8);
    return protocol == 0x0021 || protocol == 0x0057;
  }
  return type == ether_ipv4 || type == ether_ipv6;
}

bool read_ppp(rest& of) {
  if (of.has(2) && u8(of.bytes, 0) == 0xFF && u8(of.bytes, 1) == 0x03) of.drop(2);
  if (!of.has(2)) return false;
  // The protocol takes one byte when it is compressed; that byte is odd (RFC 1661 §6.5).
  const bool is_short = (u8(of.bytes, 0) & 1) != 0;
  const unsigned protocol = is_short ? u8(of.bytes, 0) : u16(of.bytes, 0);
  of.drop(is_short ? 1 : 2);
  return protocol == 0x0021 || protocol == 0x0057;
}

bool read_link_of(link_type link, rest& of, bool may_nest) {
  switch (link) {
    case link_type::ethernet: {
      if (!of.has(14)) return false;
      const std::uint16_t type = u16(of.bytes, 12);
      of.drop(14);
      return read_ether_type(type, of);
    }
    case link_type::linux_cooked: {
      if (!of.has(16)) return false;
      const std::uint16_t type = u16(of.bytes, 14);
      of.drop(16);
      return read_ether_type(type, of);
    }
    case link_type::linux_cooked_2: {
      if (!of.has(20)) return false;
      const std::uint16_t type = u16(of.bytes, 0);
      of.drop(20);
      return read_ether_type(type, of);
    }
    case link_type::null:
    case link_type::loop:
      // BSD loopback numbers families differently on each system; the IP header tells its version.
      if (!of.has(4)) return false;
      of.drop(4);
      return true;
    case link_type::ppp:
    case link_type::ppp_hdlc:
      return read_ppp(of);
    case link_type::packet_tap: {
      if (!may_nest || !of.has(12)) return false;
      const auto little = [&](std::size_t at) {
        return u8(of.bytes, at) | u8(of.bytes, at + 1) << 8 | u8(of.bytes, at + 2) << 16 |
               u8(of.bytes, at + 3) << 24;
      };
      const unsigned length = little(0), inner = little(8);
      if (length < 12 || !of.has(length) || inner > 0xFFFF) return false;
      of.drop(length);
      return read_link_of(static_cast<link_type>(inner), of, false);
    }
    case link_type::raw:
    case link_type::raw_bsd:
    case link_type::raw_openbsd:
    case link_type::ipv4:
    case link_type::ipv6:
      return true;
  }
  return false;
}

constexpr std::size_t hardware_address = 6;  // bytes

wire_address v4_at(bytes_view from, std::size_t at) {
  wire_address made;
  std::memcpy(made.bytes.data(), from.data() + at, 4);
  return made;
}
wire_address v6_at(bytes_view from, std::size_t at) {
  wire_address made;
  std::memcpy(made.bytes.data(), from.data() + at, 16);
  made.is_v6 = true;
  return made;
}

/// @param is_quoted  the packet is quoted in ICMP, which holds only its beginning
bool read_v4(rest of, ip_packet& out, bool is_quoted) {
  if (!of.has(20)) return false;
  const std::size_t head = (u8(of.bytes, 0) & 0x0F) * std::size_t{4};
  if (head < 20 || !of.has(head)) return false;
  std::size_t total = u16(of.bytes, 2);
  // With segmentation offload a large packet is handed to the card without a length.
  if (total == 0) total = of.original;
  if (total < head || (total > of.original && !is_quoted)) {
    if (total < head) return false;
    total = of.original;
  }
  const unsigned fragment = u16(of.bytes, 6);
  out.source = v4_at(of.bytes, 12);
  out.destination = v4_at(of.bytes, 16);
  out.protocol = static_cast<std::uint8_t>(u8(of.bytes, 9));
  out.ttl = static_cast<int>(u8(of.bytes, 8));
  out.id = u16(of.bytes, 4);
  out.dont_fragment = (fragment & 0x4000) != 0;
  out.has_more = (fragment & 0x2000) != 0;
  out.offset = (fragment & 0x1FFF) * std::size_t{8};
  out.is_fragment = out.has_more || out.offset != 0;
  out.whole = total;
  out.size = total - head;
  out.payload = of.bytes.subspan(head, std::min(of.bytes.size(), total) - head);
  return true;
}

bool is_extension(unsigned next) {
  // Hop-by-hop, routing, fragment, AH, destination, mobility, HIP and Shim6 headers (RFC 7045).
  return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135 ||
         next == 139 || next == 140;
}

bool read_v6(rest of, ip_packet& out, bool is_quoted) {
  constexpr std::size_t head = 40;
  if (!of.has(head)) return false;
  std::size_t total = u16(of.bytes, 4);
  total = total == 0 ? of.original : total + head;  // no length: a jumbogram, or offload
  if (total > of.original && !is_quoted) total = of.original;
  out.source = v6_at(of.bytes, 8);
  out.destination = v6_at(of.bytes, 24);
  out.ttl = static_cast<int>(u8(of.bytes, 7));
  out.dont_fragment = true;
  out.whole = total;
  bytes_view bytes = of.bytes.first(std::min(of.bytes.size(), total)).subspan(head);
  std::size_t size = total - head;
  unsigned next = u8(of.bytes, 6);
  for (int i = 0; is_extension(next); ++i) {
    if (i == most_extensions || bytes.size() < 8) return false;
    std::size_t length = (u8(bytes, 1) + std::size_t{1}) * 8;
    if (next == 44) {
      length = 8;
      const unsigned fragment = u16(bytes, 2);
      out.offset = fragment & 0xFFF8;
      out.has_more = (fragment & 1) != 0;
      out.is_fragment = out.has_more || out.offset != 0;  // else "atomic" (RFC 6946)
      out.id = u32(bytes, 4);
    } else if (next == 51) {
      length = (u8(bytes, 1) + std::size_t{2}) * 4;
    }
    if (length > bytes.size() || length > size) return false;
    next = u8(bytes, 0);
    bytes = bytes.subspan(length);
    size -= length;
    if (out.offset != 0) break;  // a later fragment holds no header of TCP
  }
  out.protocol = static_cast<std::uint8_t>(next);
  out.payload = bytes;
  out.size = size;
  return true;
}

bool read_ip_of(rest of, ip_packet& out, bool is_quoted) {
  out = ip_packet();
  if (!of.has(1)) return false;
  const unsigned version = u8(of.bytes, 0) >> 4;
  if (version == 4) return read_v4(of, out, is_quoted);
  return version == 6 && read_v6(of, out, is_quoted);
}

void read_tcp_options(bytes_view options, tcp_segment& out) {
  while (!options.empty()) {
    const unsigned kind = u8(options, 0);
    if (kind == 0) return;
    if (kind == 1) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2) return;
    const std::size_t length = u8(options, 1);
    if (length < 2 || length > options.size()) return;
    if (kind == 2 && length == 4) out.mss = u16(options, 2);
    if (kind == 3 && length == 3)
      out.window_scale = static_cast<std::uint8_t>(std::min(u8(options, 2), 14u));  // RFC 7323 §2.3
    if (kind == 4 && length == 2) out.permits_sack = true;
    if (kind == 5) out.has_sack = true;
    if (kind == 8 && length == 10) {
      out.timestamp = u32(options, 2);
      out.timestamp_echo = u32(options, 6);
    }
    options = options.subspan(length);
  }
}

}  // namespace

std::string to_string(const wire_address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
  return text;
}

std::string to_string(const wire_endpoint& end) {
  return host_and_port(to_string(end.address), end.port);
}

std::uint64_t link_source_of(const captured_packet& from) {
  std::size_t at = 0;
  const bytes_view bytes = from.bytes;
  switch (from.link) {
    case link_type::ethernet:
      at = hardware_address;
      break;
    case link_type::linux_cooked:
      if (bytes.size() < 6 || u16(bytes, 4) != hardware_address) return 0;
      at = 6;
      break;
    case link_type::linux_cooked_2:
      if (bytes.size() < 12 || u8(bytes, 11) != hardware_address) return 0;
      at = 12;
      break;
    default:
      return 0;
  }
  if (bytes.size() < at + hardware_address) return 0;
  return std::uint64_t{u16(bytes, at)} << 32 | u32(bytes, at + 2);
}

std::string link_text(std::uint64_t address) {
  std::array<char, 18> text{};
  const auto part = [address](int place) {
    return static_cast<unsigned>(address >> (8 * place) & 0xFF);
  };
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", part(5), part(4),
                part(3), part(2), part(1), part(0));
  return text.data();
}

bool read_link(const captured_packet& from, bytes_view& ip, std::size_t& original) {
  rest of{from.bytes, std::max(from.original_size, from.bytes.size())};
  if (!read_link_of(from.link, of, true)) return false;
  ip = of.bytes;
  original = of.original;
  return true;
}

bool read_ip(bytes_view bytes, std::size_t original, ip_packet& out) {
  return read_ip_of({bytes, std::max(original, bytes.size())}, out, false);
}

namespace {

/// The sum that Linux leaves in the checksum's field for the card to complete: that of the pseudo
/// header (RFC 9293 §3.1), not complemented.
std::uint32_t sum_for_card(const ip_packet& of) {
  std::uint64_t sum = protocol_tcp + of.size;
  const std::size_t count = of.source.is_v6 ? 16 : 4;
  for (const wire_address* const address : {&of.source, &of.destination}) {
    for (std::size_t i = 0; i < count; i += 2)
      sum += static_cast<std::uint64_t>(address->bytes[i] << 8 | address->bytes[i + 1]);
  }
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint32_t>(sum);
}

}  // namespace

bool read_tcp(const ip_packet& from, tcp_segment& out) {
  out = tcp_segment();
  const bytes_view bytes = from.payload;
  if (from.protocol != protocol_tcp || from.offset != 0 || bytes.size() < 20) return false;
  const std::size_t head = (u8(bytes, 12) >> 4) * std::size_t{4};
  if (head < 20 || head > from.size) return false;
  out.source = {from.source, u16(bytes, 0)};
  out.destination = {from.destination, u16(bytes, 2)};
  out.ttl = from.ttl;
  out.ip_id = from.id;
  out.is_dont_fragment = from.dont_fragment;
  out.ip_size = from.whole;
  out.sequence = u32(bytes, 4);
  out.acknowledgement = u32(bytes, 8);
  const unsigned flags = u8(bytes, 13);
  out.fin = (flags & 0x01) != 0;
  out.syn = (flags & 0x02) != 0;
  out.rst = (flags & 0x04) != 0;
  out.psh = (flags & 0x08) != 0;
  out.ack = (flags & 0x10) != 0;
  out.window = u16(bytes, 14);
  out.is_not_summed = out.syn && u16(bytes, 16) == sum_for_card(from);
  read_tcp_options(bytes.subspan(20, std::min(head, bytes.size()) - 20), out);
  out.size = from.size - head;
  if (bytes.size() > head) out.payload = bytes.subspan(head);
  return true;
}

bool read_udp(const ip_packet& from, udp_datagram& out) {
  out = udp_datagram();
  const bytes_view bytes = from.payload;
  if (from.protocol != protocol_udp || from.is_fragment || bytes.size() < udp_header) return false;
  const std::size_t length = u16(bytes, 4);
  if (length < udp_header || length > bytes.size()) return false;
  out.source = {from.source, u16(bytes, 0)};
  out.destination = {from.destination, u16(bytes, 2)};
  out.payload = bytes.subspan(udp_header, length - udp_header);
  return true;
}

bool read_icmp(const ip_packet& from, icmp_error& out) {
  out = icmp_error();
  const bytes_view bytes = from.payload;
  if (from.offset != 0 || bytes.size() < 8) return false;
  if (from.protocol != (from.source.is_v6 ? protocol_icmp6 : protocol_icmp)) return false;
  out.from = from.source;
  out.ttl = from.ttl;
  out.is_v6 = from.source.is_v6;
  out.type = static_cast<int>(u8(bytes, 0));
  out.code = static_cast<int>(u8(bytes, 1));
  if (!out.is_too_big() && !out.is_unreachable() && !out.is_time_exceeded()) return false;
  if (out.is_too_big()) out.mtu = out.is_v6 ? u32(bytes, 4) : u16(bytes, 6);
  ip_packet quoted;
  const bytes_view start = bytes.subspan(8);
  if (!read_ip_of({start, start.size()}, quoted, true)) return false;
  // RFC 792 promises eight bytes of the quoted payload, which hold the ports.
  out.is_about_udp = quoted.protocol == protocol_udp;
  if (quoted.protocol != protocol_tcp && !out.is_about_udp) return false;
  if (quoted.offset != 0 || quoted.payload.size() < 8) return false;
  out.source = {quoted.source, u16(quoted.payload, 0)};
  out.destination = {quoted.destination, u16(quoted.payload, 2)};
  if (!out.is_about_udp) out.sequence = u32(quoted.payload, 4);
  out.quoted_size = quoted.whole;
  return true;
}

}  // namespace mqttkit::doctor
