#include "mqtt-doctor/probes/hex.hpp"

#include <unistd.h>

namespace mqttkit::doctor {

std::string hex_of(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string random_word(std::size_t bytes) {
  std::string random(bytes, 0);
  (void)::getentropy(random.data(), random.size());
  return hex_of(random);
}

}  // namespace mqttkit::doctor
