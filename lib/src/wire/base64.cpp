#include "mqttkit/wire/base64.hpp"

namespace mqttkit {

std::string base64(bytes_view bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    unsigned block = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      block = block << 8 | (k < count ? std::to_integer<unsigned>(bytes[i + k]) : 0u);
    }
    text += alphabet[block >> 18 & 63];
    text += alphabet[block >> 12 & 63];
    text += count > 1 ? alphabet[block >> 6 & 63] : '=';
    text += count > 2 ? alphabet[block & 63] : '=';
  }
  return text;
}

}  // namespace mqttkit
