#pragma once

#include <string>

#include "cli/option_table.hpp"
#include "cli/process_environment.hpp"
#include "cli/settings.hpp"
#include "cli/subcommand.hpp"
#include "cli/translation.hpp"

namespace mqttkit::tools {

class settings_builder;

/// What a command line comes to, before anything is printed.
struct parse_result {
  parse_outcome outcome;
  std::string out;    ///< for stdout: --help, --version, --print-config
  std::string err;    ///< for stderr: the usage error, or notes on options without effect
  std::string wrong;  ///< the usage error alone, without the program's name

  parse_result() = default;
};
parse_result parse(int argc, char** argv, settings_builder& into,
                   const process_environment& environment);

/// The same for this process: prints what there is to print.
parse_outcome parse_and_print(int argc, char** argv, settings_builder& into);

/// --help, or --help-all.
std::string help_text(program which, bool all, translate_function translate = nullptr);
/// --help beside a subcommand.
std::string help_text(program which, const subcommand_row& command,
                      translate_function translate = nullptr);

/// "mqtt-pub 0.1.0\n".
std::string version_text(program which);

}  // namespace mqttkit::tools
