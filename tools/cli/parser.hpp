#pragma once

#include <string>

#include "cli/option_table.hpp"
#include "cli/settings.hpp"
#include "cli/surroundings.hpp"

namespace mqttkit::tools {

/// parse_command_line() before anything is printed; for tests and for the generator.
struct parse_result {
  parse_outcome outcome;
  std::string out;  ///< for stdout: --help, --version, --print-config
  std::string err;  ///< for stderr: the usage error, or notes on options without effect

  parse_result() = default;
};
parse_result parse(int argc, char** argv, pub_settings& out, const surroundings& world = {});
parse_result parse(int argc, char** argv, sub_settings& out, const surroundings& world = {});
parse_result parse(int argc, char** argv, doctor_settings& out, const surroundings& world = {});

/// --help, or --help-all.
std::string help_text(program which, bool all);
/// --help beside a subcommand.
std::string help_text(program which, const subcommand_row& command);

/// "mqtt-pub 0.1.0\n".
std::string version_text(program which);

}  // namespace mqttkit::tools
