#include "mqttkit/base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace mqttkit {

std::size_t utf8_error_at(std::string_view text) noexcept {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t size = text.size();
  std::size_t i = 0;
  while (i < size) {
    const unsigned char lead = bytes[i];
    if (lead < 0x80) {
      ++i;
      for (std::uint64_t block = 0; size - i >= 8; i += 8) {
        std::memcpy(&block, bytes + i, sizeof block);
        if ((block & 0x8080808080808080u) != 0) break;
      }
      continue;
    }
    // The second byte's range rules out overlong forms, surrogates and values above U+10FFFF
    // (RFC 3629 §4); the others are plain continuation bytes.
    std::size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return i;
    }
    if (size - i < length || bytes[i + 1] < low || bytes[i + 1] > high) return i;
    for (std::size_t k = 2; k < length; ++k) {
      if ((bytes[i + k] & 0xC0) != 0x80) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

bool is_mqtt_string(std::string_view text) noexcept {
  return text.size() <= 65535 && text.find(char{0}) == std::string_view::npos && is_utf8(text);
}

}  // namespace mqttkit
