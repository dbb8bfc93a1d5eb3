#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "mqttkit/wire/websocket.hpp"

namespace mqttkit {

/// Fills `bytes` from the system's generator. False when it has none.
bool fill_random(std::span<std::byte> bytes) noexcept;

/// Hands out mask keys. RFC 6455 §10.3 wants them unpredictable; drawing 4 KiB at a time makes one
/// cost a few nanoseconds instead of a call into the generator.
class mask_source {
 public:
  /// A key no one can predict. All zeros when the generator has failed, which a frame survives:
  /// masking protects proxies on the way, not the payload.
  websocket_mask next() noexcept;

 private:
  std::array<std::byte, 4096> pool_{};
  std::size_t used_ = pool_.size();
};

}  // namespace mqttkit
