// Reads the fields of a TLS message.
#pragma once

#include <cstddef>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

/// Reads numbers and blocks; missing bytes read as empty and are remembered.
class tls_walker {
 public:
  explicit tls_walker(bytes_view bytes) : bytes_(bytes) {}

  std::size_t number(std::size_t size) {
    if (bytes_.size() < size) {
      is_short_ = true;
      bytes_ = {};
      return 0;
    }
    std::size_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | std::to_integer<std::size_t>(bytes_[i]);
    bytes_ = bytes_.subspan(size);
    return value;
  }

  bytes_view block(std::size_t size) {
    if (bytes_.size() < size) {
      is_short_ = true;
      bytes_ = {};
      return {};
    }
    const bytes_view out = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return out;
  }

  /// A block with its size before it.
  bytes_view sized(std::size_t size_bytes) { return block(number(size_bytes)); }

  bool empty() const noexcept { return bytes_.empty(); }
  bool is_short() const noexcept { return is_short_; }

 private:
  bytes_view bytes_;
  bool is_short_ = false;
};

}  // namespace mqttkit::doctor
