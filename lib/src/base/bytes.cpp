#include "mqttkit/base/bytes.hpp"

#include <algorithm>

namespace mqttkit {

void byte_buffer::grow(std::size_t count) {
  const std::size_t used = size();
  // Room that was consumed at the front is worth reclaiming only when it is most of the buffer:
  // otherwise a queue that is never quite empty would copy itself over and over.
  // Right after prepend() there may be less than the headroom in front, and nothing to reclaim.
  if (begin_ >= headroom_bytes && begin_ - headroom_bytes >= capacity_ / 2 &&
      capacity_ - headroom_bytes - used >= count) {
    std::memmove(storage_.get() + headroom_bytes, data(), used);
  } else {
    const std::size_t wanted = headroom_bytes + used + count;
    const std::size_t larger = std::max({wanted, capacity_ * 2, std::size_t{240}});
    std::unique_ptr<std::byte[]> fresh(new std::byte[larger]);
    if (used != 0) std::memcpy(fresh.get() + headroom_bytes, data(), used);
    storage_ = std::move(fresh);
    capacity_ = larger;
  }
  begin_ = headroom_bytes;
  end_ = headroom_bytes + used;
}

}  // namespace mqttkit
