#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::tools {

/// Takes a command apart into words, as a shell does, but nothing is expanded: blanks part, single
/// and double quotes keep together, a backslash takes the next character as it is (not between
/// single quotes). Returns what is wrong, or nothing.
std::string split_command(std::string_view command, std::vector<std::string>& out);

}  // namespace mqttkit::tools
