#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// Why `topic` cannot be used, pointing at the place; empty when it can.
std::string topic_problem(std::string_view topic, bool is_filter);

}  // namespace mqttkit::tools
