// Writes a capture as Wireshark, tshark and tcpdump read it: pcapng with nanoseconds
// (draft-ietf-opsawg-pcapng).
//
// The file is readable at any time up to its last whole packet, even when the disk filled up or the
// program was killed. It belongs to the user who called sudo, and nobody else may read it.
#pragma once

#include <cstdint>
#include <string>

#include "mqtt-doctor/capture/packet.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

class capture_writer {
 public:
  capture_writer() = default;
  capture_writer(const capture_writer&) = delete;
  capture_writer& operator=(const capture_writer&) = delete;
  /// Writes what is pending and ignores errors; close() reports them.
  ~capture_writer();

  /// Makes the file, or empties an existing one; does not follow a link. Returns the error.
  std::string open(const std::string& file);
  bool is_open() const noexcept { return file_ >= 0; }

  /// Adds an interface; interfaces are numbered from 0 in the order of these calls.
  /// @param name  "eth0"; "" when it has none
  void add_interface(link_type link, std::uint32_t snap_length, const std::string& name);
  /// @param bytes  written in place of packet.bytes
  void write(const captured_packet& packet, bytes_view bytes);
  /// Writes the counters of libpcap.
  void add_statistics(std::uint32_t interface, capture_time now, std::uint64_t received,
                      std::uint64_t dropped);
  /// Hands everything written so far to the system.
  void flush();
  void close();

  /// Why writing stopped, in the system's words ("No space left on device"); empty while it goes
  /// on. Later packets are dropped, and the file ends with a whole packet.
  const std::string& problem() const noexcept { return problem_; }
  /// Packets that the file holds.
  std::uint64_t packets() const noexcept { return in_file_; }

 private:
  std::size_t begin_block(std::uint32_t type);
  void end_block(std::size_t begin);
  void option(std::uint16_t code, bytes_view value);
  void put(std::uint64_t value, std::size_t size);
  void end_options() { put(0, 4); }

  int file_ = -1;
  byte_buffer pending_;
  std::uint64_t written_ = 0;  // bytes of whole blocks
  std::uint64_t pending_packets_ = 0;
  std::uint64_t in_file_ = 0;
  std::string problem_;
};

}  // namespace mqttkit::doctor
