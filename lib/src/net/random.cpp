#include "net/random.hpp"

#include <openssl/rand.h>

#include <cstring>

namespace mqttkit {

bool fill_random(std::span<std::byte> bytes) noexcept {
  auto* const at = reinterpret_cast<unsigned char*>(bytes.data());
  return RAND_bytes(at, static_cast<int>(bytes.size())) == 1;
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
