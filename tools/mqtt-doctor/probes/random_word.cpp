#include "mqtt-doctor/probes/random_word.hpp"

#include <unistd.h>

#include "mqtt-doctor/probes/network/translate.hpp"

namespace mqttkit::doctor {

std::string random_word(std::size_t bytes) {
  std::string random(bytes, 0);
  (void)::getentropy(random.data(), random.size());
  return hex_of(random);
}

}  // namespace mqttkit::doctor
