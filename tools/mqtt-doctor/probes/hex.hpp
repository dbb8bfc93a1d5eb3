#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

std::string hex_of(std::string_view bytes);

/// Random bytes in hex: a word that nobody else uses now.
std::string random_word(std::size_t bytes = 6);

}  // namespace mqttkit::doctor
