#pragma once

#include <string>

namespace mqttkit::doctor {

/// So many random bytes in hex: a word that nobody else uses at the moment.
std::string random_word(std::size_t bytes = 6);

}  // namespace mqttkit::doctor
