// Which options count when they are given in several places: flag over environment over profile
// over default section. What mosquitto's files say counts as if it stood first on the command line,
// as it does there.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/config_file.hpp"
#include "cli/process_environment.hpp"

namespace mqttkit::tools {

/// Adds to the options of the command line those of the environment and of the configuration
/// file, takes out what is set aside, and puts the rest into the order in which it is to be
/// applied.
///
/// @param is_request  the program stands for mosquitto_rr even without --request
///
/// `file` is what was read, if anything; the options are views into it and into `environment`.
/// Returns what is wrong.
std::string gather_options(program which, bool is_request, const process_environment& environment,
                           config_file& file, std::vector<argument>& options);

}  // namespace mqttkit::tools
