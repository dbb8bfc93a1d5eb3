// How far two words are apart.
#pragma once

#include <cstddef>
#include <string_view>

namespace mqttkit::tools {

/// Letters to insert, remove, replace or swap to make one of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace mqttkit::tools
