// Text in the columns of a terminal, where a character of East Asia takes two.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mqttkit::tools {

/// How many columns `text` takes, which is UTF-8 without control characters.
std::size_t width_of(std::string_view text) noexcept;

/// Makes `line` at most so wide; 0 means as wide as it is.
void cut(std::string& line, unsigned columns);

/// The beginning and the end of what is wider than `columns`, for the last level of a topic tells
/// most.
std::string shortened(std::string_view text, std::size_t columns);

}  // namespace mqttkit::tools
