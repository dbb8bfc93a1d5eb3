#include "mqtt-doctor/facts/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace mqttkit::doctor {
namespace {

struct v4_network {
  std::uint32_t network;
  int prefix;
};

std::optional<std::uint32_t> v4_of(const std::string& address) {
  in_addr raw{};
  if (::inet_pton(AF_INET, address.c_str(), &raw) != 1) return std::nullopt;
  return ntohl(raw.s_addr);
}

std::optional<std::array<unsigned char, 16>> v6_of(const std::string& address) {
  std::array<unsigned char, 16> raw{};
  const std::string bare = address.substr(0, address.find('%'));
  if (::inet_pton(AF_INET6, bare.c_str(), raw.data()) != 1) return std::nullopt;
  return raw;
}

constexpr bool is_in(std::uint32_t address, v4_network network) {
  const int shift = 32 - network.prefix;
  return shift == 32 || address >> shift == network.network >> shift;
}

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// Cloudflare's networks for proxied names, from https://www.cloudflare.com/ips/.
constexpr std::array<v4_network, 15> cloudflare{{
    {v4(173, 245, 48, 0), 20},
    {v4(103, 21, 244, 0), 22},
    {v4(103, 22, 200, 0), 22},
    {v4(103, 31, 4, 0), 22},
    {v4(141, 101, 64, 0), 18},
    {v4(108, 162, 192, 0), 18},
    {v4(190, 93, 240, 0), 20},
    {v4(188, 114, 96, 0), 20},
    {v4(197, 234, 240, 0), 22},
    {v4(198, 41, 128, 0), 17},
    {v4(162, 158, 0, 0), 15},
    {v4(104, 16, 0, 0), 13},
    {v4(104, 24, 0, 0), 14},
    {v4(172, 64, 0, 0), 13},
    {v4(131, 0, 72, 0), 22},
}};

// From https://api.fastly.com/public-ip-list.
constexpr std::array<v4_network, 19> fastly{{
    {v4(23, 235, 32, 0), 20},   {v4(43, 249, 72, 0), 22},   {v4(103, 244, 50, 0), 24},
    {v4(103, 245, 222, 0), 23}, {v4(103, 245, 224, 0), 24}, {v4(104, 156, 80, 0), 20},
    {v4(140, 248, 64, 0), 18},  {v4(140, 248, 128, 0), 17}, {v4(146, 75, 0, 0), 17},
    {v4(151, 101, 0, 0), 16},   {v4(157, 52, 64, 0), 18},   {v4(167, 82, 0, 0), 17},
    {v4(167, 82, 128, 0), 20},  {v4(167, 82, 160, 0), 20},  {v4(167, 82, 224, 0), 20},
    {v4(172, 111, 64, 0), 18},  {v4(185, 31, 16, 0), 22},   {v4(199, 27, 72, 0), 21},
    {v4(199, 232, 0, 0), 16},
}};

// The wide ones of https://d7uri8nf7uskq.cloudfront.net/tools/list-cloudfront-ips.
constexpr std::array<v4_network, 34> cloudfront{{
    {v4(13, 32, 0, 0), 15},    {v4(13, 35, 0, 0), 16},    {v4(13, 224, 0, 0), 14},
    {v4(13, 249, 0, 0), 16},   {v4(15, 158, 0, 0), 16},   {v4(18, 64, 0, 0), 14},
    {v4(18, 68, 0, 0), 16},    {v4(18, 154, 0, 0), 15},   {v4(18, 160, 0, 0), 15},
    {v4(18, 164, 0, 0), 15},   {v4(18, 172, 0, 0), 15},   {v4(18, 238, 0, 0), 15},
    {v4(18, 244, 0, 0), 15},   {v4(3, 160, 0, 0), 14},    {v4(52, 46, 0, 0), 18},
    {v4(52, 84, 0, 0), 15},    {v4(52, 222, 128, 0), 17}, {v4(54, 182, 0, 0), 16},
    {v4(54, 192, 0, 0), 16},   {v4(54, 230, 0, 0), 17},   {v4(54, 239, 128, 0), 18},
    {v4(54, 240, 128, 0), 18}, {v4(65, 8, 0, 0), 16},     {v4(65, 9, 0, 0), 17},
    {v4(70, 132, 0, 0), 18},   {v4(71, 152, 0, 0), 17},   {v4(99, 84, 0, 0), 16},
    {v4(99, 86, 0, 0), 16},    {v4(108, 138, 0, 0), 15},  {v4(108, 156, 0, 0), 14},
    {v4(143, 204, 0, 0), 16},  {v4(144, 220, 0, 0), 16},  {v4(204, 246, 164, 0), 22},
    {v4(216, 137, 32, 0), 19},
}};

// Edges of a few addresses each, which their pages give for records.
constexpr std::array<v4_network, 1> github_pages{{{v4(185, 199, 108, 0), 22}}};
constexpr std::array<v4_network, 1> vercel{{{v4(76, 76, 21, 0), 24}}};
constexpr std::array<v4_network, 2> netlify{{{v4(75, 2, 60, 5), 32}, {v4(99, 83, 190, 102), 32}}};
constexpr std::array<v4_network, 1> render{{{v4(216, 24, 57, 0), 24}}};
constexpr std::array<v4_network, 2> front_door{
    {{v4(13, 107, 213, 0), 24}, {v4(13, 107, 246, 0), 24}}};

struct web_network {
  const char* name;
  std::span<const v4_network> networks;
};
constexpr web_network web_networks[] = {
    {"Cloudflare", cloudflare}, {"Fastly", fastly},
    {"CloudFront", cloudfront}, {"GitHub Pages", github_pages},
    {"Vercel", vercel},         {"Netlify", netlify},
    {"Render", render},         {"Azure Front Door", front_door},
};

address_class class_of_v4(std::uint32_t a) {
  if (a == 0) return address_class::unspecified;
  if (is_in(a, {v4(127, 0, 0, 0), 8})) return address_class::loopback;
  if (is_in(a, {v4(10, 0, 0, 0), 8}) || is_in(a, {v4(172, 16, 0, 0), 12}) ||
      is_in(a, {v4(192, 168, 0, 0), 16})) {
    return address_class::private_use;
  }
  if (is_in(a, {v4(100, 64, 0, 0), 10})) return address_class::shared;
  if (is_in(a, {v4(169, 254, 0, 0), 16})) return address_class::link_local;
  if (is_in(a, {v4(192, 0, 2, 0), 24}) || is_in(a, {v4(198, 51, 100, 0), 24}) ||
      is_in(a, {v4(203, 0, 113, 0), 24})) {
    return address_class::documentation;
  }
  if (is_in(a, {v4(224, 0, 0, 0), 4})) return address_class::multicast;
  if (is_in(a, {v4(240, 0, 0, 0), 4}) || is_in(a, {0, 8})) return address_class::reserved;
  return address_class::global;
}

address_class class_of_v6(const std::array<unsigned char, 16>& a) {
  const bool starts_with_zeros =
      std::all_of(a.begin(), a.begin() + 15, [](unsigned char byte) { return byte == 0; });
  if (starts_with_zeros && a[15] == 0) return address_class::unspecified;
  if (starts_with_zeros && a[15] == 1) return address_class::loopback;
  if ((a[0] & 0xFE) == 0xFC) return address_class::private_use;
  if (a[0] == 0xFE && (a[1] & 0xC0) == 0x80) return address_class::link_local;
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0D && a[3] == 0xB8) {
    return address_class::documentation;
  }
  if (a[0] == 0xFF) return address_class::multicast;
  return address_class::global;
}

bool has_same_prefix(const std::array<unsigned char, 16>& a, const std::array<unsigned char, 16>& b,
                     int prefix) {
  for (int bit = 0; bit < prefix; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    if (((a[byte] ^ b[byte]) & (0x80 >> bit % 8)) != 0) return false;
  }
  return true;
}

struct parsed_address {
  std::array<unsigned char, 16> bytes{};
  bool is_v6 = false;
};

std::optional<parsed_address> parse(std::string_view text) {
  parsed_address out;
  const std::string copy(text);
  out.is_v6 = is_v6_text(text);
  if (::inet_pton(out.is_v6 ? AF_INET6 : AF_INET, copy.c_str(), out.bytes.data()) != 1) {
    return std::nullopt;
  }
  return out;
}

bool same_prefix(const parsed_address& address, const parsed_address& other, int bits) {
  for (int bit = 0; bit < bits; bit += 8) {
    const std::size_t at = static_cast<std::size_t>(bit / 8);
    const int left = std::min(8, bits - bit);
    const auto mask = static_cast<unsigned char>(0xFF << (8 - left));
    if ((address.bytes[at] & mask) != (other.bytes[at] & mask)) return false;
  }
  return true;
}

}  // namespace

bool is_v6_text(std::string_view text) noexcept { return text.find(':') != text.npos; }

bool is_everything(std::string_view range) {
  return range == "0.0.0.0/0" || range == "::/0" || range == "0/0";
}

bool is_loopback(std::string_view address) noexcept {
  return address.starts_with("127.") || address == "::1";
}

bool is_any_address(std::string_view address) noexcept {
  return address == "0.0.0.0" || address == "::";
}

bool is_localhost(std::string_view name) noexcept { return name == "localhost"; }

bool lies_in(std::string_view what, std::string_view range) {
  const auto wanted = parse(what);
  if (!wanted) return false;
  const std::size_t dash = range.find('-');
  if (dash != range.npos) {
    const auto low = parse(range.substr(0, dash));
    const auto high = parse(range.substr(dash + 1));
    if (!low || !high || low->is_v6 != wanted->is_v6) return false;
    return low->bytes <= wanted->bytes && wanted->bytes <= high->bytes;
  }
  const std::size_t slash = range.find('/');
  const auto base = parse(range.substr(0, slash));
  if (!base || base->is_v6 != wanted->is_v6) return false;
  int bits = base->is_v6 ? 128 : 32;
  if (slash != range.npos) {
    const auto mask = range.substr(slash + 1);
    int length = 0;
    const auto [end, error] = std::from_chars(mask.data(), mask.data() + mask.size(), length);
    if (error == std::errc() && end == mask.data() + mask.size()) {
      bits = std::clamp(length, 0, bits);
    } else if (const auto dotted = parse(mask)) {  // a mask such as 255.255.0.0
      bits = 0;
      for (const unsigned char byte : dotted->bytes) bits += __builtin_popcount(byte);
    }
  }
  return same_prefix(*base, *wanted, bits);
}

address_class class_of(const std::string& address) {
  if (const auto four = v4_of(address)) return class_of_v4(*four);
  if (const auto six = v6_of(address)) return class_of_v6(*six);
  return address_class::global;
}

bool is_on_link(const local_facts& local, const std::string& address) {
  for (const auto& interface : local.interfaces) {
    if (interface.name == "lo") continue;
    const auto theirs = v4_of(address), ours = v4_of(interface.address);
    if (theirs && ours && is_in(*theirs, {*ours, interface.prefix})) return true;
    const auto theirs6 = v6_of(address), ours6 = v6_of(interface.address);
    if (theirs6 && ours6 && has_same_prefix(*theirs6, *ours6, interface.prefix)) return true;
  }
  return false;
}

bool is_container_range(const std::string& address) {
  const auto four = v4_of(address);
  return four && *four >= v4(172, 17, 0, 0) && *four <= v4(172, 31, 255, 255);
}

std::string proxy_network_of(const std::string& address) {
  const auto four = v4_of(address);
  if (four) {
    for (const web_network& each : web_networks) {
      for (const v4_network& network : each.networks) {
        if (is_in(*four, network)) return each.name;
      }
    }
  }
  const auto six = v6_of(address);
  if (six && (*six)[0] == 0x26 && (*six)[1] == 0x06 && (*six)[2] == 0x47 && (*six)[3] == 0x00) {
    return "Cloudflare";
  }
  if (six && (*six)[0] == 0x2a && (*six)[1] == 0x04 && (*six)[2] == 0x4e &&
      ((*six)[3] == 0x40 || (*six)[3] == 0x42)) {
    return "Fastly";
  }
  if (six && (*six)[0] == 0x26 && (*six)[1] == 0x00 && (*six)[2] == 0x90 && (*six)[3] == 0x00)
    return "CloudFront";
  return {};
}

}  // namespace mqttkit::doctor
