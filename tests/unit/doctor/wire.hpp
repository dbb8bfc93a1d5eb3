// Packets and capture files as tests write them: Ethernet, IP, TCP and the file formats.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/packet.hpp"
#include "support/hex.hpp"

namespace mqttkit::doctor::test {

using byte_list = std::vector<std::byte>;

inline void put8(byte_list& to, unsigned value) { to.push_back(static_cast<std::byte>(value)); }
inline void put16(byte_list& to, unsigned value) {
  put8(to, value >> 8 & 0xFF);
  put8(to, value & 0xFF);
}
inline void put32(byte_list& to, std::uint32_t value) {
  put16(to, value >> 16);
  put16(to, value & 0xFFFF);
}
inline void put(byte_list& to, bytes_view bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}
inline void put(byte_list& to, std::string_view text) { put(to, as_bytes(text)); }

/// A CONNECT of MQTT 3.1.1 with this client identifier.
inline std::string connect_as(const std::string& id) {
  std::string made = mqttkit::test::hex_text("10 00 00 04 4D 51 54 54 04 02 00 3C 00");
  made += static_cast<char>(id.size());
  made += id;
  made[1] = static_cast<char>(made.size() - 2);
  return made;
}

/// The address 10.0.0.N.
inline wire_address host(unsigned last) {
  wire_address made;
  made.bytes = {10, 0, 0, static_cast<std::uint8_t>(last)};
  return made;
}

/// A TCP segment with the headers before it.
struct segment {
  wire_endpoint from{host(1), 50000};
  wire_endpoint to{host(2), 1883};
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::string_view flags = "A";  ///< of "SAFRP"
  std::string_view payload{};
  unsigned ttl = 64;
  unsigned ip_id = 0;
  unsigned window = 65535;
  unsigned mss = 0;  ///< 0: no option
  int scale = -1;
  bool sack = false;
  std::uint32_t timestamp = 0;
  bool is_summed = true;  ///< otherwise the card is to do it; of IPv4

  unsigned sum_for_card(std::size_t size) const {
    std::size_t sum = 6 + size;
    for (const wire_address* const address : {&from.address, &to.address}) {
      for (std::size_t i = 0; i < 4; i += 2)
        sum += static_cast<std::size_t>(address->bytes[i] << 8 | address->bytes[i + 1]);
    }
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<unsigned>(sum);
  }
  byte_list tcp() const {
    byte_list options;
    if (mss != 0) {
      put16(options, 0x0204);
      put16(options, mss);
    }
    if (sack) put16(options, 0x0402);
    if (scale >= 0) {
      put16(options, 0x0303);
      put8(options, static_cast<unsigned>(scale));
    }
    if (timestamp != 0) {
      put16(options, 0x080A);
      put32(options, timestamp);
      put32(options, 0);
    }
    while (options.size() % 4 != 0) put8(options, 1);
    const auto has = [&](char flag) { return flags.find(flag) != std::string_view::npos; };
    byte_list out;
    put16(out, from.port);
    put16(out, to.port);
    put32(out, sequence);
    put32(out, acknowledgement);
    put8(out, static_cast<unsigned>((20 + options.size()) / 4) << 4);
    put8(out, (has('F') ? 1u : 0u) | (has('S') ? 2u : 0u) | (has('R') ? 4u : 0u) |
                  (has('P') ? 8u : 0u) | (has('A') ? 16u : 0u));
    put16(out, window);
    put16(out, is_summed ? 0 : sum_for_card(20 + options.size() + payload.size()));
    put16(out, 0);  // urgent pointer
    put(out, options);
    put(out, payload);
    return out;
  }
  byte_list ip() const { return from.address.is_v6 ? ip6() : ip4(tcp()); }
  byte_list ip4(const byte_list& carried, unsigned fragment = 0x4000, unsigned protocol = 6) const {
    byte_list out;
    put16(out, 0x4500);
    put16(out, static_cast<unsigned>(20 + carried.size()));
    put16(out, ip_id);
    put16(out, fragment);
    put8(out, ttl);
    put8(out, protocol);
    put16(out, 0);
    for (int i = 0; i < 4; ++i) put8(out, from.address.bytes[static_cast<std::size_t>(i)]);
    for (int i = 0; i < 4; ++i) put8(out, to.address.bytes[static_cast<std::size_t>(i)]);
    put(out, carried);
    return out;
  }
  byte_list ip6() const { return ip6(tcp(), 6); }
  byte_list ip6(const byte_list& carried, unsigned next) const {
    byte_list out;
    put32(out, 0x60000000);
    put16(out, static_cast<unsigned>(carried.size()));
    put8(out, next);
    put8(out, ttl);
    for (const std::uint8_t byte : from.address.bytes) put8(out, byte);
    for (const std::uint8_t each : to.address.bytes) put8(out, each);
    put(out, carried);
    return out;
  }
};

inline byte_list ethernet(const byte_list& ip) {
  byte_list out(12, std::byte{2});
  put16(out, (std::to_integer<unsigned>(ip[0]) >> 4) == 4 ? 0x0800 : 0x86DD);
  put(out, ip);
  return out;
}

/// A pcap file as tcpdump writes it: little-endian, microseconds.
class pcap_text {
 public:
  explicit pcap_text(link_type link = link_type::raw, bool is_big = false, bool is_nano = false)
      : is_big_(is_big), is_nano_(is_nano) {
    word(is_nano ? 0xA1B23C4D : 0xA1B2C3D4);
    half(2);
    half(4);
    word(0);
    word(0);
    word(262144);
    word(static_cast<std::uint32_t>(link));
  }
  /// @param ms  since 2023-11-14 22:13:20 UTC
  pcap_text& add(const byte_list& bytes, double ms = 0, std::size_t original = 0) {
    const auto us = static_cast<std::uint64_t>(ms * 1000);
    word(static_cast<std::uint32_t>(1'700'000'000 + us / 1'000'000));
    word(static_cast<std::uint32_t>(us % 1'000'000 * (is_nano_ ? 1000 : 1)));
    word(static_cast<std::uint32_t>(bytes.size()));
    word(static_cast<std::uint32_t>(original == 0 ? bytes.size() : original));
    put(bytes_, bytes);
    return *this;
  }
  pcap_text& add(const segment& each, double ms = 0) { return add(each.ip(), ms); }
  const byte_list& bytes() const { return bytes_; }

 private:
  void half(unsigned value) {
    if (is_big_) return put16(bytes_, value);
    put8(bytes_, value & 0xFF);
    put8(bytes_, value >> 8);
  }
  void word(std::uint32_t value) {
    if (is_big_) return put32(bytes_, value);
    half(value & 0xFFFF);
    half(value >> 16);
  }

  bool is_big_;
  bool is_nano_;
  byte_list bytes_;
};

}  // namespace mqttkit::doctor::test
