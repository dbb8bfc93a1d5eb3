#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit {

// Bytes received and not yet taken apart.
class receive_buffer {
 public:
  std::span<std::byte> space();
  // Makes room for a packet of `total` bytes whose first bytes are here. A large one gets a buffer
  // of exactly its size, so that it is in memory once. False when there is no memory.
  bool fit(std::size_t total);
  void filled(std::size_t count) noexcept { end_ += count; }
  bytes_view unread() const noexcept { return {storage_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t count) noexcept { begin_ += count; }
  void clear() noexcept { begin_ = end_ = 0; }

  // Whether the packet of `size` bytes that is next has the buffer to itself.
  bool is_all(std::size_t size) const noexcept {
    return is_exact_ && begin_ == 0 && size == capacity_;
  }
  std::unique_ptr<std::byte[]> give_away() noexcept;

  // What was consumed last stays where it is until release_kept(), whatever is read meanwhile.
  void keep_consumed();
  void release_kept() noexcept;

 private:
  // One read fills what the kernel usually has ready; 16 KiB measured 10 % slower, 256 KiB no
  // faster.
  static constexpr std::size_t usual_bytes = 64u << 10;
  static constexpr std::size_t least_space_bytes = 4u << 10;
  // A buffer that one large packet made larger than this is given back once it is empty.
  static constexpr std::size_t keep_bytes = 1u << 20;

  bool move_to(std::size_t capacity);

  std::unique_ptr<std::byte[]> storage_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_exact_ = false;
  std::unique_ptr<std::byte[]> kept_;
  std::size_t kept_capacity_ = 0;
  std::unique_ptr<std::byte[]> spare_;  // of usual_bytes
};

}  // namespace mqttkit
