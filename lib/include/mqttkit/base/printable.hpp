#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mqttkit {

/// Words from elsewhere, made safe for a terminal and a log line: control characters, text
/// direction marks and bytes that are not UTF-8 become \xNN; what is longer than `limit` bytes then
/// is cut and ends in "...".
std::string printable(std::string_view text, std::size_t limit = 400);

}  // namespace mqttkit
