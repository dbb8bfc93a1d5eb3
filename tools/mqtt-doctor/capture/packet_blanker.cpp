#include "mqtt-doctor/capture/packet_blanker.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <string_view>

#include "mqtt-doctor/listen/proxy_header.hpp"
#include "mqtt-doctor/listen/resync.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_icmp6 = 58;
constexpr std::size_t tcp_checksum = 16;  // where it stands in the TCP header
constexpr std::size_t udp_checksum = 6;
constexpr std::size_t icmp_checksum = 2;
constexpr std::size_t ip_checksum = 10;
constexpr std::size_t icmp_head = 8;
constexpr std::byte overwritten{'x'};

unsigned u16(const std::byte* at) {
  return std::to_integer<unsigned>(at[0]) << 8 | std::to_integer<unsigned>(at[1]);
}
void put16(std::byte* at, unsigned value) {
  at[0] = static_cast<std::byte>(value >> 8 & 0xFF);
  at[1] = static_cast<std::byte>(value & 0xFF);
}

/// The sum of 16-bit words; an odd byte at the end is the high byte of its word.
std::uint64_t sum_of(bytes_view bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += u16(bytes.data() + i);
  if (bytes.size() % 2 != 0) sum += std::to_integer<unsigned>(bytes.back()) << 8;
  return sum;
}

unsigned folded(std::uint64_t sum) {
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<unsigned>(sum);
}

/// Updates a checksum over `before` that is now over `after` (RFC 1624). A wrong checksum, as where
/// the card computes it, stays wrong by as much.
void adjust(std::byte* checksum, std::uint64_t before, std::uint64_t after) {
  const unsigned old = u16(checksum);
  put16(checksum,
        ~folded((~old & 0xFFFFu) + (~folded(before) & 0xFFFFu) + folded(after)) & 0xFFFFu);
}

std::int32_t distance(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}

void overwrite(std::span<std::byte> bytes) { std::fill(bytes.begin(), bytes.end(), overwritten); }

/// The packet quoted in an ICMP error; empty when the packet is no error.
bytes_view quoted_in(const ip_packet& from) {
  const bool is_v6 = from.source.is_v6;
  if (from.protocol != (is_v6 ? protocol_icmp6 : protocol_icmp) || from.offset != 0) return {};
  if (from.payload.size() < icmp_head + (is_v6 ? 40 : 20)) return {};
  const auto type = std::to_integer<unsigned>(from.payload[0]);
  const bool is_error =
      is_v6 ? type < 128 : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
  const bytes_view quoted = from.payload.subspan(icmp_head);
  const unsigned version = std::to_integer<unsigned>(quoted[0]) >> 4;
  return is_error && version == (is_v6 ? 6u : 4u) ? quoted : bytes_view();
}

/// Whether a stream that was joined in the middle can still contain a login.
enum class joining : std::uint8_t { in_doubt, begins, no_login };

joining look_at(bytes_view payload) {
  const std::string_view text = as_text(payload);
  const bool is_connect = text.size() > 2 && text[0] == '\x10' &&
                          (text.substr(0, 12).find("MQTT") != text.npos ||
                           text.substr(0, 12).find("MQIsdp") != text.npos);
  if (is_connect || text.starts_with("GET ") || text.starts_with("PROXY ")) return joining::begins;
  const bool is_tls = text.size() >= 3 && text[0] >= 20 && text[0] <= 23 && text[1] == 3;
  if (is_tls) return joining::no_login;
  for (const side from : {side::client, side::broker}) {
    const auto found = find_packets(payload.first(std::min(payload.size(), most_unsynchronised)), 0,
                                    from, std::nullopt);
    if (found && found->offset == 0) return joining::no_login;
  }
  return joining::in_doubt;
}

}  // namespace

std::optional<bytes_view> packet_blanker::blank(const captured_packet& from) {
  if (keeps_logins_ && !blanks_addresses_) return from.bytes;
  copy_.assign(from.bytes.begin(), from.bytes.end());
  captured_packet mine = from;
  mine.bytes = copy_;
  bytes_view raw;
  std::size_t original = 0;
  ip_packet ip;
  const bool is_ip = read_link(mine, raw, original) && read_ip(raw, original, ip);
  if (!is_ip) {
    if (blanks_addresses_) return std::nullopt;
    return copy_;
  }
  const auto at = [&](const std::byte* where) { return copy_.data() + (where - copy_.data()); };
  if (!keeps_logins_) {
    ip.protocol == protocol_tcp ? blank_login(ip, at(ip.payload.data()))
                                : blank_quoted(ip, at(ip.payload.data()));
  }
  if (blanks_addresses_) {
    blank_addresses_of(raw, at(raw.data()));
    blank_hardware(from.link, copy_);
  }
  return copy_;
}

/// @param bytes  the payload of IP in the copy
void packet_blanker::blank_login(const ip_packet& ip, std::byte* bytes) {
  if (ip.offset != 0) return overwrite({bytes, ip.payload.size()});
  tcp_segment segment;
  if (!read_tcp(ip, segment)) return overwrite({bytes, ip.payload.size()});
  const flow_name name{segment.source, segment.destination};
  auto known = flows_.find(name);
  const bool is_new = known == flows_.end();
  if (is_new && !segment.syn && segment.payload.empty()) return;
  if (is_new) {
    if (flows_.size() >= most_flows) forget_some();
    known = flows_.emplace(name, flow()).first;
  }
  flow& of = known->second;
  of.age = ++count_;
  const bool is_anew = segment.syn && (!of.has_syn || of.first != segment.sequence);
  if (is_anew) {
    of = flow();
    of.age = count_;
    of.has_syn = true;
    of.first = segment.sequence;
    of.next = segment.sequence + 1;
  } else if (is_new) {
    of.is_late = true;
    of.next = segment.sequence;
  }
  if (segment.payload.empty()) return;
  const std::uint32_t sequence = segment.sequence + (segment.syn ? 1 : 0);
  std::byte* const begin = bytes + (segment.payload.data() - ip.payload.data());
  const std::span<std::byte> payload(begin, segment.payload.size());
  if (of.is_done && of.secrets.empty()) return;
  const std::uint64_t before = sum_of(payload);
  blank_payload(of, sequence, payload);
  const std::uint64_t after = sum_of(payload);
  if (before != after) adjust(bytes + tcp_checksum, before, after);
}

/// Overwrites the payload an ICMP error quotes behind IP and TCP, which may be part of a CONNECT.
void packet_blanker::blank_quoted(const ip_packet& ip, std::byte* bytes) {
  const bytes_view quoted = quoted_in(ip);
  const std::size_t headers = (ip.source.is_v6 ? 40 : 20) + 20;
  if (quoted.size() <= headers) return;
  const std::span<std::byte> rest(bytes + icmp_head + headers, quoted.size() - headers);
  const std::uint64_t before = sum_of(rest);
  overwrite(rest);
  adjust(bytes + icmp_checksum, before, sum_of(rest));
}

void packet_blanker::blank_payload(flow& of, std::uint32_t sequence, std::span<std::byte> payload) {
  for (const auto& [begin, end] : of.secrets) {  // a retransmission
    const std::int32_t from = std::max(0, distance(sequence, begin));
    const std::int32_t to =
        std::min(static_cast<std::int32_t>(payload.size()), distance(sequence, end));
    if (from < to)
      overwrite(
          payload.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
  }
  if (of.is_done) return;
  const auto doubt = [&] {
    overwrite(payload);
    of.in_doubt += payload.size();
    if (of.in_doubt > most_early) of.is_late = true;  // the missing bytes come no more
  };
  if (of.is_late) {
    switch (look_at(payload)) {
      case joining::in_doubt:
        doubt();
        // A login is never that long.
        if (of.in_doubt > 4 * most_early) of.is_done = true;
        return;
      case joining::no_login:
        of.is_done = true;
        return;
      case joining::begins:
        of.is_late = false;
        of.scan = login_scanner();
        of.next = sequence;
        break;
    }
  }
  const std::int32_t ahead = distance(of.next, sequence);
  if (ahead > 0) {  // remembered, so that bytes behind it are understood
    const std::size_t held = of.early.size();
    if (held == 0) of.early_at = sequence;
    const bool is_next = sequence == of.early_at + static_cast<std::uint32_t>(held);
    if (is_next && held + payload.size() <= most_early)
      of.early.insert(of.early.end(), payload.begin(), payload.end());
    return doubt();
  }
  const auto known = static_cast<std::size_t>(-ahead);
  if (known >= payload.size()) return;
  scan(of, payload.subspan(known));
  const std::int32_t skipped = distance(of.early_at, of.next);
  if (!of.early.empty() && skipped >= 0) {
    const std::vector<std::byte> early = std::exchange(of.early, {});
    const auto begin = static_cast<std::size_t>(skipped);
    std::vector<std::byte> rest(
        early.begin() + static_cast<std::ptrdiff_t>(std::min(begin, early.size())), early.end());
    scan(of, rest);
  }
  if (of.is_done) of.early = {};
}

/// Overwrites the secrets in bytes that follow directly on those before.
void packet_blanker::scan(flow& of, std::span<std::byte> bytes) {
  if (blanks_addresses_ && of.has_syn && of.next == of.first + 1) {
    proxy_header header;
    if (read_proxy_header(bytes, header) == proxy_state::done) {
      // A PROXY header's addresses: text behind "PROXY TCP4 " in version 1, binary in version 2.
      const std::size_t begin = header.version == 1 ? 11 : 16;
      for (std::size_t i = begin, words = 0; i < header.size && words < 2; ++i) {
        const auto c = std::to_integer<unsigned char>(bytes[i]);
        if (header.version == 1 && c == ' ') ++words;
        if (header.version == 2 || std::isxdigit(c) != 0) bytes[i] = std::byte{'1'};
      }
    }
  }
  constexpr std::size_t most_secrets = 16;
  for (std::byte& octet : bytes) {
    if (of.is_done) return;
    if (of.scan.take(std::to_integer<std::uint8_t>(octet))) {
      octet = static_cast<std::byte>(of.scan.substitute());
      auto& list = of.secrets;
      const bool goes_on =
          !list.empty() && (list.back().second == of.next || list.size() == most_secrets);
      if (!goes_on) list.emplace_back(of.next, of.next);
      list.back().second = of.next + 1;
    }
    ++of.next;
    of.is_done = of.scan.is_done();
  }
}

void packet_blanker::forget_some() {
  // The older half is dropped at once, so that this happens seldom and may be slow.
  std::vector<std::uint64_t> ages;
  ages.reserve(flows_.size());
  for (const auto& [name, of] : flows_) ages.push_back(of.age);
  const auto middle = ages.begin() + static_cast<std::ptrdiff_t>(ages.size() / 2);
  std::nth_element(ages.begin(), middle, ages.end());
  std::erase_if(
      flows_, [border = *middle](const auto& candidate) { return candidate.second.age < border; });
}

wire_address packet_blanker::stand_in(const wire_address& of) {
  const auto& b = of.bytes;
  if (of.is_v6) {
    const bool is_mapped = std::all_of(b.begin(), b.begin() + 10, [](auto x) { return x == 0; });
    if (is_mapped && b[10] == 0 && b[11] == 0) return of;  // ::, ::1
    if (b[0] == 0xFF) return of;                           // multicast
  } else if (b[0] == 127 || b[0] == 0 || b[0] >= 224) {
    return of;
  }
  const auto known = addresses_.find(of);
  if (known != addresses_.end()) return known->second;
  const std::size_t number = std::min(addresses_.size() + 1, most_addresses);
  wire_address made;
  made.is_v6 = of.is_v6;
  const auto low = static_cast<std::uint8_t>(number & 0xFF);
  const auto high = static_cast<std::uint8_t>(number >> 8);
  if (of.is_v6) {  // documentation range 2001:db8::/32 (RFC 3849)
    made.bytes = {0x20, 0x01, 0x0D, 0xB8};
    made.bytes[14] = high;
    made.bytes[15] = low;
  } else {  // test range 198.18.0.0/15 (RFC 2544), the only large one
    made.bytes = {198, 18, high, low};
  }
  if (addresses_.size() < most_addresses) addresses_.emplace(of, made);
  return made;
}

/// @param ip  the packet from IP's first byte on, which is at `at` in the copy
void packet_blanker::blank_addresses_of(bytes_view ip, std::byte* at) {
  const bool is_v6 = std::to_integer<unsigned>(ip[0]) >> 4 == 6;
  const std::size_t size = is_v6 ? 16 : 4;
  const std::size_t source = is_v6 ? 8 : 12;
  const auto replace = [&](std::byte* where) {
    wire_address old;
    old.is_v6 = is_v6;
    std::memcpy(old.bytes.data(), where, size);
    const wire_address made = stand_in(old);
    std::memcpy(where, made.bytes.data(), size);
  };
  const auto replace_both = [&](std::byte* header) {
    const bytes_view both(header + source, 2 * size);
    const std::uint64_t before = sum_of(both);
    replace(header + source);
    replace(header + source + size);
    const std::uint64_t after = sum_of(both);
    if (!is_v6) adjust(header + ip_checksum, before, after);
    return std::pair(before, after);
  };
  ip_packet read;
  if (!read_ip(ip, ip.size(), read)) return;
  const auto [before, after] = replace_both(at);
  if (read.offset != 0) return;
  std::byte* const payload = at + (read.payload.data() - ip.data());
  const std::size_t have = read.payload.size();
  if (read.protocol == protocol_tcp && have >= tcp_checksum + 2)
    adjust(payload + tcp_checksum, before, after);
  if (read.protocol == protocol_udp && have >= udp_checksum + 2) {
    const bool has_none = payload[udp_checksum] == std::byte{} &&
                          payload[udp_checksum + 1] == std::byte{};  // not computed (RFC 768)
    if (!has_none) adjust(payload + udp_checksum, before, after);
  }
  const bool is_icmp = read.protocol == (is_v6 ? protocol_icmp6 : protocol_icmp);
  if (!is_icmp || have < icmp_head) return;
  if (is_v6) adjust(payload + icmp_checksum, before, after);
  const bytes_view quoted = quoted_in(read);
  if (quoted.empty()) return;
  const std::uint64_t was = sum_of(quoted);
  replace_both(payload + icmp_head);
  adjust(payload + icmp_checksum, was, sum_of(quoted));
}

void packet_blanker::blank_hardware(link_type link, std::span<std::byte> bytes) {
  const auto replace = [&](std::size_t where) {
    if (bytes.size() < where + 6) return;
    std::array<std::byte, 6> address{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(where), 6, address.begin());
    const bool is_group = (address[0] & std::byte{1}) != std::byte{0};
    const bool is_none = address == std::array<std::byte, 6>{};
    if (is_group || is_none) return;
    const auto number = static_cast<std::uint32_t>(hardware_.size() + 1);
    const auto known = hardware_.size() < most_addresses ? hardware_.emplace(address, number).first
                                                         : hardware_.find(address);
    const std::uint32_t is = known == hardware_.end() ? number : known->second;
    const std::array<std::byte, 6> made{std::byte{2},  // a locally administered address
                                        std::byte{0},
                                        std::byte{0},
                                        static_cast<std::byte>(is >> 16 & 0xFF),
                                        static_cast<std::byte>(is >> 8 & 0xFF),
                                        static_cast<std::byte>(is & 0xFF)};
    std::copy(made.begin(), made.end(), bytes.begin() + static_cast<std::ptrdiff_t>(where));
  };
  if (link == link_type::ethernet) {
    replace(0);
    replace(6);
  }
  if (link == link_type::linux_cooked) replace(6);
  if (link == link_type::linux_cooked_2) replace(12);
}

}  // namespace mqttkit::doctor
