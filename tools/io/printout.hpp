// What is printed of messages, on its way to a descriptor.
//
// Most of it is copied into one buffer and written in blocks. A large payload is not: it stays
// where it was received, and a passage says where in the buffer it belongs and in which spelling.
// What has to be spelled otherwise (JSON, hex, base64) is converted a piece at a time while it is
// written. So a message of 256 MiB is in memory once, however it is printed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::tools {

/// See the head of this file. A queue: appended at the back, consumed at the front.
class printout {
 public:
  /// From here on a payload is not copied. What is smaller shares a write with its neighbours.
  static constexpr std::size_t large_bytes = 256u << 10;

  enum class spelling : std::uint8_t {
    plain,
    hex,        ///< two digits a byte
    upper_hex,  ///< with A to F
    base64,     ///< with padding
    json_text,  ///< as it stands between the quotes of a JSON string; the bytes are UTF-8
    one_line,   ///< blanks in place of line ends
  };

  /// Where to append what is small.
  byte_buffer& bytes() noexcept { return bytes_; }
  const byte_buffer& bytes() const noexcept { return bytes_; }

  /// Appends a payload. One of large_bytes and more is not copied: it must live until holds_views()
  /// is false.
  void append(std::string_view payload, spelling as);

  /// Whether payloads are pointed at that are not consumed yet.
  bool holds_views() const noexcept { return next_ != passages_.size(); }

  bool empty() const noexcept { return bytes_.empty() && !holds_views() && piece_.empty(); }

  /// Bytes to write next; empty at the end. Valid until something else is called.
  bytes_view front();
  /// Drops as many of front().
  void consume(std::size_t count) noexcept;

  /// How many bytes consume() would have to drop in all. A large payload that has to be spelled
  /// otherwise is converted for that, and thrown away.
  std::uint64_t length() const;

  void clear() noexcept;

 private:
  struct passage {
    std::uint64_t at = 0;  // of the bytes appended since the last time all was empty
    std::string_view rest;
    spelling as = spelling::plain;
  };

  static void spell(byte_buffer& out, std::string_view& rest, spelling as);
  void drop_converted() noexcept;

  byte_buffer bytes_;
  std::uint64_t consumed_ = 0;  // of bytes_, as passage::at counts
  std::vector<passage> passages_;
  std::size_t next_ = 0;  // of passages_
  byte_buffer piece_;     // converted, of passages_[next_]
};

void append_hex(byte_buffer& out, std::string_view bytes, letter_case letters);
void append_base64(byte_buffer& out, std::string_view bytes);

}  // namespace mqttkit::tools
