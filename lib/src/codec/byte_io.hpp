// The data types of the wire (MQTT 5.0 §1.5), read and written.
//
// byte_reader checks every length before it is used and never moves past the end; byte_writer
// trusts its caller, who computed the size of the whole packet and made room for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit {

/// Bytes of a two-byte length or integer.
inline constexpr std::size_t two_bytes = 2;

/// Largest string or binary value: its length stands in two bytes (MQTT 5.0 §1.5.4, §1.5.6).
inline constexpr std::size_t max_string_bytes = 65535;

/// Bytes `value` takes as a variable byte integer, 1 to 4 (MQTT 5.0 §1.5.5).
constexpr std::size_t varint_size(std::uint32_t value) noexcept {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}

class byte_reader {
 public:
  explicit byte_reader(bytes_view in) noexcept : at_(in.data()), end_(in.data() + in.size()) {}

  const std::byte* at() const noexcept { return at_; }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  bool at_end() const noexcept { return at_ == end_; }

  // Each answers false, and reads nothing, when the bytes are not there.

  [[nodiscard]] bool u8(std::uint8_t& out) noexcept {
    if (left() < 1) return false;
    out = std::to_integer<std::uint8_t>(*at_++);
    return true;
  }

  [[nodiscard]] bool u16(std::uint16_t& out) noexcept {
    if (left() < 2) return false;
    out = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
    at_ += 2;
    return true;
  }

  [[nodiscard]] bool u32(std::uint32_t& out) noexcept {
    if (left() < 4) return false;
    out = byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
    at_ += 4;
    return true;
  }

  /// Takes one byte if it is 0: most lists of properties are empty.
  [[nodiscard]] bool skip_zero() noexcept {
    if (at_end() || *at_ != std::byte{0}) return false;
    ++at_;
    return true;
  }

  /// A variable byte integer. Over-long forms (0x80 0x00 for 0) are refused [MQTT-1.5.5-1]: what
  /// stands inside a packet may be sent on as it is, and we must not send such a form.
  [[nodiscard]] bool varint(std::uint32_t& out) noexcept {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) {
      if (left() <= i) return false;
      const std::uint32_t digit = byte(i);
      value |= (digit & 0x7F) << (7 * i);
      if (digit < 0x80) {
        if (digit == 0 && i != 0) return false;
        at_ += i + 1;
        out = value;
        return true;
      }
    }
    return false;
  }

  /// `count` bytes as they are.
  [[nodiscard]] bool raw(std::size_t count, bytes_view& out) noexcept {
    if (left() < count) return false;
    out = {at_, count};
    at_ += count;
    return true;
  }

  /// A string or binary value with its two-byte length in front.
  [[nodiscard]] bool prefixed(bytes_view& out) noexcept {
    if (left() < 2) return false;
    const std::size_t size = byte(0) << 8 | byte(1);
    if (left() - 2 < size) return false;
    out = {at_ + 2, size};
    at_ += 2 + size;
    return true;
  }

  [[nodiscard]] bool prefixed(std::string_view& out) noexcept {
    bytes_view bytes;
    if (!prefixed(bytes)) return false;
    out = as_text(bytes);
    return true;
  }

  /// Everything that is left.
  bytes_view rest() noexcept {
    const bytes_view all{at_, left()};
    at_ = end_;
    return all;
  }

 private:
  std::uint32_t byte(std::size_t index) const noexcept {
    return std::to_integer<std::uint32_t>(at_[index]);
  }

  const std::byte* at_;
  const std::byte* end_;
};

class byte_writer {
 public:
  explicit byte_writer(std::byte* at) noexcept : at_(at) {}

  const std::byte* at() const noexcept { return at_; }

  void u8(std::uint32_t value) noexcept { *at_++ = static_cast<std::byte>(value & 0xFF); }

  void u16(std::size_t value) noexcept {
    at_[0] = static_cast<std::byte>(value >> 8 & 0xFF);
    at_[1] = static_cast<std::byte>(value & 0xFF);
    at_ += 2;
  }

  void u32(std::uint32_t value) noexcept {
    u16(value >> 16);
    u16(value & 0xFFFF);
  }

  void varint(std::uint32_t value) noexcept {
    while (value >= 128) {
      *at_++ = static_cast<std::byte>((value & 0x7F) | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<std::byte>(value);
  }

  void raw(bytes_view bytes) noexcept {
    if (bytes.empty()) return;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

  /// A string or binary value of at most max_string_bytes, its length in front.
  void prefixed(bytes_view bytes) noexcept {
    u16(bytes.size());
    raw(bytes);
  }
  void prefixed(std::string_view text) noexcept { prefixed(as_bytes(text)); }

 private:
  std::byte* at_;
};

}  // namespace mqttkit
