// One direction of MQTT cut into packets, however its bytes come.
//
// Of a packet larger than most_bytes the start is shown and the rest passes by: nothing a peer
// sends makes this grow.
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

  /// `whole` is the size on the wire; `body` of the frame is shorter when it was cut. False ends
  /// it.
  using taker = std::function<bool(const frame& packet, std::size_t whole)>;

  /// Gives each packet in `bytes` to `take`. False when the bytes are no MQTT: nothing is read any
  /// more then.
  bool feed(bytes_view bytes, const taker& take);

  /// So many bytes passed unseen. True when they belong to a packet whose size is known: what was
  /// seen of it is given as a packet that was cut, and the next one begins where it should. False:
  /// where the next one begins is not known; forget() what is held.
  bool skip(std::uint64_t bytes, const taker& take);
  void forget();

  /// Bytes of a packet that is not complete.
  std::size_t held() const noexcept { return kept_.size(); }
  /// How many it announced; 0 when that is not known yet.
  std::size_t wanted() const noexcept { return wanted_; }

 private:
  enum class outcome { taken, incomplete, broken };
  outcome take_one(bytes_view from, const taker& take, std::size_t& used);

  byte_buffer kept_;
  std::size_t wanted_ = 0;
  std::size_t to_skip_ = 0;
};

}  // namespace mqttkit::doctor
