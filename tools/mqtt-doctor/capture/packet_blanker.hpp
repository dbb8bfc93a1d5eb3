// A packet made fit to show: secrets of logins overwritten, addresses replaced, checksums
// corrected.
//
// Bytes that may be secret are overwritten: those of a client that come out of order before its
// CONNECT is complete, those of a connection joined in the middle until they are known to be no
// login, and TCP behind a packet's first fragment. Lengths and sequence numbers stay, so a reader
// finds the same packets.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/login_scanner.hpp"
#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

class packet_blanker {
 public:
  static constexpr std::size_t most_flows = 20'000;      // directions; the oldest go
  static constexpr std::size_t most_addresses = 60'000;  // further ones share one
  static constexpr std::size_t most_early = 64 * 1024;   // bytes waiting for those before them

  /// @param keeps_logins     leaves logins as they were sent
  /// @param blanks_addresses IP and hardware addresses: each becomes one of those for documentation
  ///                         and tests, always the same one. Loopback stays.
  packet_blanker(bool keeps_logins, bool blanks_addresses)
      : keeps_logins_(keeps_logins), blanks_addresses_(blanks_addresses) {}

  /// The packet's bytes as they may be written, valid until the next call; nullopt when addresses
  /// are to be replaced and this packet's cannot be found.
  std::optional<bytes_view> blank(const captured_packet& from);

 private:
  using flow_name = std::pair<wire_endpoint, wire_endpoint>;
  struct flow {
    login_scanner scan;
    bool is_late = false;     // joined in the middle
    bool is_done = false;     // no secret can follow
    std::uint32_t first = 0;  // the SYN's sequence number
    bool has_syn = false;
    std::uint32_t next = 0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> secrets;  // ranges of sequence numbers
    std::vector<std::byte> early;  // bytes whose predecessors are missing
    std::uint32_t early_at = 0;
    std::size_t in_doubt = 0;  // bytes overwritten only because nothing was known
    std::uint64_t age = 0;
  };

  void blank_login(const ip_packet& ip, std::byte* bytes);
  void blank_quoted(const ip_packet& ip, std::byte* bytes);
  void blank_payload(flow& of, std::uint32_t sequence, std::span<std::byte> payload);
  void scan(flow& of, std::span<std::byte> bytes);
  void forget_some();
  void blank_addresses_of(bytes_view ip, std::byte* at);
  wire_address stand_in(const wire_address& of);
  void blank_hardware(link_type link, std::span<std::byte> bytes);

  bool keeps_logins_;
  bool blanks_addresses_;
  std::vector<std::byte> copy_;
  std::map<flow_name, flow> flows_;
  std::map<wire_address, wire_address> addresses_;
  std::map<std::array<std::byte, 6>, std::uint32_t> hardware_;
  std::uint64_t count_ = 0;
};

}  // namespace mqttkit::doctor
