// Bytes of a file or of standard input; gzip is unpacked, as Wireshark does.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

class byte_source {
 public:
  byte_source() = default;
  byte_source(const byte_source&) = delete;
  byte_source& operator=(const byte_source&) = delete;
  virtual ~byte_source() = default;

  /// Fills `to` from its start; fewer than `size` bytes mean that the source has ended.
  virtual std::size_t read(std::byte* to, std::size_t size) = 0;
  /// Why the source ended too early: "packed data is damaged"; empty when it simply ended.
  virtual std::string problem() const { return {}; }
};

/// Opens a file; "-" is standard input.
/// @param wrong  why it cannot be read, when nullptr is returned
std::unique_ptr<byte_source> open_source(const std::string& file, std::string& wrong);

/// Bytes that are in memory already, and stay there.
class memory_source : public byte_source {
 public:
  explicit memory_source(bytes_view bytes) : left_(bytes) {}
  std::size_t read(std::byte* to, std::size_t size) override;

 private:
  bytes_view left_;
};

/// Puts bytes that were read to tell a format back in front of their source.
class rewound_source : public byte_source {
 public:
  rewound_source(byte_buffer start, byte_source& rest) : start_(std::move(start)), rest_(rest) {}
  std::size_t read(std::byte* to, std::size_t size) override;
  std::string problem() const override { return rest_.problem(); }

 private:
  byte_buffer start_;
  byte_source& rest_;
};

}  // namespace mqttkit::doctor
