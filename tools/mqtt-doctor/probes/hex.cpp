#include "mqtt-doctor/probes/hex.hpp"

#include <unistd.h>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

std::string hex_of(std::string_view bytes) { return hex_text(as_bytes(bytes)); }

std::string random_word(std::size_t bytes) {
  std::string random(bytes, 0);
  (void)::getentropy(random.data(), random.size());
  return hex_of(random);
}

}  // namespace mqttkit::doctor
