// The wire format of protocol buffers: a message is a row of fields, each a number, a kind and a
// value. Four kinds are all there are, which is why a schema library is not worth its weight here:
// this reads in place, takes no heap, and everything it can meet is bounded by the bytes it got.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace mqttkit::tools {

/// Goes through the fields of one message:  while (in.next()) ...  if (in.failed()) ...
class wire_fields {
 public:
  enum class kind : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  explicit wire_fields(std::string_view message) noexcept : rest_(message) {}

  /// Reads the next field. False at the end, and when what follows is no field.
  bool next() noexcept;
  bool failed() const noexcept { return failed_; }

  std::uint32_t number() const noexcept { return number_; }
  kind type() const noexcept { return type_; }
  /// The value of a varint, fixed64 or fixed32.
  std::uint64_t integer() const noexcept { return integer_; }
  /// The value of bytes: text, or a message inside.
  std::string_view bytes() const noexcept { return bytes_; }

  /// Takes a varint from the front of `text`; false when there is none.
  static bool take_varint(std::string_view& text, std::uint64_t& out) noexcept;
  /// Takes `count` bytes, least significant first; false when there are less.
  static bool take_fixed(std::string_view& text, unsigned count, std::uint64_t& out) noexcept;

 private:
  bool take_field() noexcept;

  std::string_view rest_;
  std::string_view bytes_;
  std::uint64_t integer_ = 0;
  std::uint32_t number_ = 0;
  kind type_ = kind::varint;
  bool failed_ = false;
};

inline float as_float(std::uint64_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}
inline double as_double(std::uint64_t bits) noexcept { return std::bit_cast<double>(bits); }

}  // namespace mqttkit::tools
