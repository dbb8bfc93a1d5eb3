// Captures as tcpdump, Wireshark, routers and phones write them: pcap in both byte orders with
// micro- or nanoseconds, and pcapng with several sections and interfaces (draft-ietf-opsawg-pcap,
// draft-ietf-opsawg-pcapng).
//
// One packet is in memory at a time. Sizes that a file states are checked, not trusted. A file that
// ends inside a packet yields all packets before it, and problem() says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/byte_source.hpp"
#include "mqtt-doctor/capture/packet.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

class capture_file {
 public:
  static constexpr std::size_t most_interfaces = 4096;      // of one section
  static constexpr std::size_t most_secrets = 1 << 20;      // bytes of all key logs together
  static constexpr std::size_t most_other_block = 1 << 24;  // bytes of a block that is skipped

  /// Bytes that is_capture() needs.
  static constexpr std::size_t magic_size = 4;
  /// Whether a file that begins with these bytes is a capture.
  static bool is_capture(bytes_view start) noexcept;

  /// @param from  outlives this object
  explicit capture_file(byte_source& from) : from_(from) {}

  /// Reads the next packet; false at the end, where problem() tells whether it came too early.
  bool next(captured_packet& out);

  /// What is wrong with the file, to go on from "failed because": "it ends inside packet 12"; empty
  /// when nothing is.
  const std::string& problem() const noexcept { return problem_; }
  std::uint64_t packets() const noexcept { return count_; }
  /// Packets the capturing program lost, where the file says so.
  std::uint64_t dropped() const noexcept { return dropped_; }
  /// TLS secrets in the file (Decryption Secrets Block), in the format of SSLKEYLOGFILE.
  const std::string& key_log() const noexcept { return key_log_; }

 private:
  enum class kind : std::uint8_t { unknown, pcap, pcapng };
  struct interface_info {
    link_type link = link_type::raw;
    std::uint32_t snap_length = 0;    // 0: no limit
    std::uint64_t ticks = 1'000'000;  // of a second
    bool is_binary = false;           // ticks is a power of two
    std::int64_t offset_seconds = 0;
  };

  bool begin();
  bool next_pcap(captured_packet& out);
  bool next_block(captured_packet& out, bool& is_packet);
  bool begin_section();
  void take_interface(bytes_view body);
  bool take_packet(std::uint32_t type, bytes_view body, captured_packet& out);
  void take_statistics(bytes_view body);
  void take_secrets(bytes_view body);
  bool fill(std::size_t size);
  bool skip(std::size_t size);
  bool fail(std::string why);
  bool ends_inside(const char* what);

  std::uint16_t u16(const std::byte* at) const noexcept;
  std::uint32_t u32(const std::byte* at) const noexcept;
  template <class Take>
  void each_option(bytes_view options, Take take) const;

  byte_source& from_;
  kind kind_ = kind::unknown;
  bool is_big_ = false;
  bool is_nano_ = false;
  bool is_over_ = false;
  std::size_t record_head_ = 16;
  link_type link_ = link_type::raw;
  std::vector<interface_info> interfaces_;
  std::vector<std::uint64_t> lost_;    // by interface, the last count that the file states
  std::uint32_t first_interface_ = 0;  // of this section, numbered through the file
  byte_buffer block_;
  std::string problem_;
  std::string key_log_;
  std::uint64_t count_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace mqttkit::doctor
