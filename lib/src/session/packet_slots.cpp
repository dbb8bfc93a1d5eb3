#include "session/packet_slots.hpp"

#include <algorithm>

namespace mqttkit::session_detail {

void packet_slots::grow() {
  const std::size_t old_size = slots_.size();
  const std::size_t new_size =
      std::min<std::size_t>(limit_, std::max<std::size_t>(old_size * 2, 64));
  slots_.resize(new_size);
  // No identifier is free when this is called, so the ring begins anew with the new ones.
  free_.assign(new_size, 0);
  free_head_ = 0;
  free_count_ = new_size - old_size;
  for (std::size_t i = 0; i < free_count_; ++i) {
    free_[i] = static_cast<std::uint16_t>(old_size + i + 1);
  }
}

std::vector<std::uint16_t> packet_slots::in_order() const {
  std::vector<std::uint16_t> ids;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].state != waits_for::nothing) ids.push_back(static_cast<std::uint16_t>(i + 1));
  }
  std::sort(ids.begin(), ids.end(), [this](std::uint16_t a, std::uint16_t b) {
    return slots_[a - 1u].sequence < slots_[b - 1u].sequence;
  });
  return ids;
}

}  // namespace mqttkit::session_detail
