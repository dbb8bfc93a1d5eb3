#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mqttkit {

/// Words from the network, made safe for a terminal and a log line: control characters, text
/// direction marks and bytes that are not UTF-8 become \xNN; what goes beyond `most_bytes` of the
/// input becomes "...".
std::string printable(std::string_view text, std::size_t most_bytes = 512);

}  // namespace mqttkit
