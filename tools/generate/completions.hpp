#pragma once

#include <string>

#include "cli/option_table.hpp"

namespace mqttkit::tools {

/// The whole completion script of a program, for each shell.
std::string bash_completion(program which);
std::string zsh_completion(program which);
std::string fish_completion(program which);

}  // namespace mqttkit::tools
