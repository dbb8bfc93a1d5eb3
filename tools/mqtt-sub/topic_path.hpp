#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// The name of a file for what comes on `topic`, without extension: "room%2Ftemp".
///
/// Nothing in a topic leads out of the directory or hides the file: lower case letters, digits,
/// '-', '_', inner dots and what is not ASCII stay, every other byte becomes %XX, as in URLs. Where
/// file systems take different names for the same (capital letters, characters outside ASCII), a
/// hash of the topic follows, and so it does where a long name was cut. At most 180 bytes, never
/// empty.
std::string topic_file_name(std::string_view topic);

}  // namespace mqttkit::tools
