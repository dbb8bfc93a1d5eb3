#pragma once

#include <cstddef>
#include <string>

namespace mqttkit {

/// The first bytes of a file, at most so many; empty when it cannot be read.
std::string file_beginning(const std::string& path, std::size_t most);

}  // namespace mqttkit
