#pragma once

#include <string>
#include <string_view>

#include "cli/option_table.hpp"

namespace mqttkit::tools {

/// The parts of a man page that come from tables, as mdoc(7): "options", "exit-status", "format",
/// "properties". Empty for any other name.
std::string manual_part(program which, std::string_view part);

/// `page` with everything between '.\" begin PART' and '.\" end PART' made anew.
std::string regenerated_page(program which, std::string_view page);

}  // namespace mqttkit::tools
