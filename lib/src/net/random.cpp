#include "net/random.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace mqttkit {

bool fill_random(std::span<std::byte> bytes) noexcept {
  constexpr std::size_t most_at_once = 256;  // getentropy() gives no more
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), most_at_once);
    if (::getentropy(bytes.data(), size) != 0) return false;
    bytes = bytes.subspan(size);
  }
  return true;
}

websocket_mask mask_source::next() noexcept {
  if (used_ == pool_.size()) {
    if (!fill_random(pool_)) pool_.fill(std::byte{0});
    used_ = 0;
  }
  websocket_mask mask;
  std::memcpy(mask.data(), pool_.data() + used_, mask.size());
  used_ += mask.size();
  return mask;
}

}  // namespace mqttkit
