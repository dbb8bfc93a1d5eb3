// Text from elsewhere in messages for a person.
#pragma once

#include <string>
#include <string_view>

#include "mqttkit/base/printable.hpp"

namespace mqttkit::tools {

using mqttkit::printable;

/// 'text' for an error message, made harmless and cut.
inline std::string quoted(std::string_view text) { return "'" + printable(text, 80) + "'"; }

}  // namespace mqttkit::tools
