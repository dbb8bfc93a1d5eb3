// Reassembly of IP fragments (RFC 791 §3.2, RFC 8200 §4.5). It is bounded, since fragments come
// whose rest never does.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "mqtt-doctor/capture/headers.hpp"

namespace mqttkit::doctor {

class fragments {
 public:
  static constexpr std::size_t most_packets = 64;    // incomplete packets; the oldest is dropped
  static constexpr std::size_t most_bytes = 65'535;  // of one packet; IP allows no more
  static constexpr std::size_t most_pieces = 128;    // of one packet: 65,535 bytes in pieces of 512
  static constexpr auto most_wait = std::chrono::seconds(60);  // RFC 8200 §4.5

  /// Takes a fragment. Returns true when it completes its packet; `whole` is then the packet, valid
  /// until the next call. Where bytes overlap the first ones count. A fragment cut by the snapshot
  /// length is ignored.
  bool take(const ip_packet& piece, capture_time now, ip_packet& whole);

  std::uint64_t given_up() const noexcept { return given_up_; }

 private:
  using key = std::tuple<wire_address, wire_address, std::uint32_t, std::uint8_t>;
  struct range {
    std::size_t begin, end;
  };
  struct packet {
    ip_packet first;  // fragment at offset 0, without its payload
    bool has_first = false;
    std::size_t size = 0;  // 0 until the last fragment has come
    std::vector<std::byte> bytes;
    std::vector<range> has;
    capture_time since{};
  };

  void make_room(capture_time now);

  std::map<key, packet> begun_;
  std::vector<std::byte> whole_;
  std::uint64_t given_up_ = 0;
};

}  // namespace mqttkit::doctor
