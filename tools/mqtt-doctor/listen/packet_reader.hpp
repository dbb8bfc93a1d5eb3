// Separates one direction of MQTT into packets, however its bytes are cut.
//
// A packet larger than most_bytes is given with its beginning only, and the rest is skipped: memory
// does not grow with what a peer sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/decode.hpp"

namespace mqttkit::doctor {

class packet_reader {
 public:
  static constexpr std::size_t most_bytes = 16 * 1024;

  /// Gets a packet; `whole` is its size on the wire, and the frame's `body` is shorter when the
  /// packet was cut. False stops the reader.
  using taker = std::function<bool(const frame& packet, std::size_t whole)>;

  /// Gives each packet in `bytes` to `take`. False when the bytes are not MQTT; nothing is read
  /// afterwards.
  bool feed(bytes_view bytes, const taker& take);

  /// Bytes were lost. True when they belong to a packet of known size: its beginning is given as a
  /// cut packet, and the next one starts in the right place. False when the place of the next
  /// packet is unknown; the caller then uses forget().
  bool skip(std::uint64_t bytes, const taker& take);
  void forget();

  /// Bytes held of an incomplete packet.
  std::size_t held() const noexcept { return kept_.size(); }
  /// The size which that packet announced; 0 when it is not known.
  std::size_t wanted() const noexcept { return wanted_; }
  /// The size of the packet whose rest is still being skipped; 0: none is.
  std::size_t skipped() const noexcept { return to_skip_ != 0 ? whole_ : 0; }
  /// The first byte of the fixed header at which feed() gave up.
  std::byte refused() const noexcept { return refused_; }

 private:
  enum class outcome { taken, incomplete, broken };
  outcome take_one(bytes_view from, const taker& take, std::size_t& used);

  byte_buffer kept_;
  std::size_t wanted_ = 0;
  std::size_t to_skip_ = 0;
  std::size_t whole_ = 0;  // of the packet that is skipped
  std::byte refused_{};
};

}  // namespace mqttkit::doctor
