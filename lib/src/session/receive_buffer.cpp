#include "session/receive_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

namespace mqttkit {

std::span<std::byte> receive_buffer::space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (capacity_ > keep_bytes || is_exact_) {
      storage_.reset();
      capacity_ = 0;
      is_exact_ = false;
    }
  }
  // The buffer has exactly the size of the one large packet that is being read.
  if (is_exact_ && end_ < capacity_) return {storage_.get() + end_, capacity_ - end_};
  if (capacity_ - end_ < std::max(least_space_bytes, capacity_ / 2) && begin_ != 0) {
    std::memmove(storage_.get(), storage_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (capacity_ - end_ < least_space_bytes && !move_to(std::max(usual_bytes, capacity_ * 2))) {
    throw std::bad_alloc();
  }
  return {storage_.get() + end_, capacity_ - end_};
}

bool receive_buffer::fit(std::size_t total) {
  if (is_exact_ || total + least_space_bytes <= capacity_) return true;
  // Twice the size, so that one read brings several of a stream of such packets. The buffer stays.
  if (total <= keep_bytes / 2) return move_to(std::bit_ceil(2 * total));
  if (!move_to(total)) return false;
  is_exact_ = true;
  return true;
}

bool receive_buffer::move_to(std::size_t capacity) {
  const std::size_t used = end_ - begin_;
  std::unique_ptr<std::byte[]> fresh;
  if (capacity == usual_bytes) fresh = std::move(spare_);
  if (!fresh) fresh.reset(new (std::nothrow) std::byte[capacity]);
  if (!fresh) return false;
  if (used != 0) std::memcpy(fresh.get(), storage_.get() + begin_, used);
  storage_ = std::move(fresh);
  capacity_ = capacity;
  begin_ = 0;
  end_ = used;
  is_exact_ = false;
  return true;
}

std::unique_ptr<std::byte[]> receive_buffer::give_away() noexcept {
  begin_ = end_ = capacity_ = 0;
  is_exact_ = false;
  return std::move(storage_);
}

void receive_buffer::keep_consumed() {
  const std::size_t used = end_ - begin_;
  kept_ = std::move(storage_);
  kept_capacity_ = std::exchange(capacity_, 0);
  const std::byte* const rest = kept_.get() + begin_;
  begin_ = end_ = 0;
  is_exact_ = false;
  if (used == 0) return;
  if (!move_to(std::max(usual_bytes, std::bit_ceil(used)))) throw std::bad_alloc();
  std::memcpy(storage_.get(), rest, used);
  end_ = used;
}

void receive_buffer::release_kept() noexcept {
  if (!kept_) return;
  if (kept_capacity_ == usual_bytes && !spare_) spare_ = std::move(kept_);
  kept_.reset();
}

}  // namespace mqttkit
