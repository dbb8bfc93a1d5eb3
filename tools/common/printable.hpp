// Text from elsewhere in messages for a person.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mqttkit::tools {

/// `text` with control bytes and ill-formed UTF-8 as \xNN, cut at `limit` bytes with "...".
std::string printable(std::string_view text, std::size_t limit = 400);

/// 'text' for an error message, made harmless and cut.
std::string quoted(std::string_view text);

}  // namespace mqttkit::tools
