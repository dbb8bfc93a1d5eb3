// IP fragments put together again (RFC 791 §3.2, RFC 8200 §4.5). Bounded: the Internet sends
// fragments whose rest never comes.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "mqtt-doctor/capture/headers.hpp"

namespace mqttkit::doctor {

class fragments {
 public:
  static constexpr std::size_t most_packets = 64;    // begun at once; the oldest goes
  static constexpr std::size_t most_bytes = 65'535;  // of one packet: IP allows no more
  static constexpr std::size_t most_pieces = 128;    // of one packet: 65,535 bytes at 512 each
  static constexpr auto most_wait = std::chrono::seconds(60);  // RFC 8200 §4.5

  /// Takes a fragment. True when it completes its packet: `whole` is that, valid until the next
  /// call. Of bytes that come twice the first count. A fragment that was cut by the snapshot length
  /// takes no part.
  bool take(const ip_packet& piece, capture_time now, ip_packet& whole);

  std::uint64_t given_up() const noexcept { return given_up_; }

 private:
  using key = std::tuple<wire_address, wire_address, std::uint32_t, std::uint8_t>;
  struct range {
    std::size_t begin, end;
  };
  struct packet {
    ip_packet first;  // the fragment at offset 0, without its payload
    bool has_first = false;
    std::size_t size = 0;  // 0: the last fragment has not come
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
