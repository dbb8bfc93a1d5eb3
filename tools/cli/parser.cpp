#include "cli/parser.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/precedence.hpp"
#include "cli/secret.hpp"
#include "cli/setting_report.hpp"
#include "cli/settings_builder.hpp"
#include "cli/subcommand.hpp"
#include "common/exit_code.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

/// @param points_to_help  the mistake is in the command line, where --help is of use
parse_result with_error(const settings_builder& line, parse_result result, std::string_view wrong,
                        bool points_to_help) {
  const std::string name(name_of(line.which()));
  result.wrong = said(line.translate, wrong);
  result.err = name + ": " + result.wrong;
  if (points_to_help) result.err += said(line.translate, "; try " + name + " --help");
  result.err += '\n';
  result.outcome.exit_code = static_cast<int>(exit_code::usage);
  return result;
}

}  // namespace

parse_result parse(int argc, char** argv, settings_builder& into,
                   const process_environment& environment) {
  const program which = into.which();
  parse_result result;
  std::vector<argument> given;
  given.reserve(static_cast<std::size_t>(argc > 0 ? argc : 1));
  const subcommand_row* command = nullptr;
  std::string wrong = read_arguments(which, argc, argv, given, command);

  // --help and --version count even when the line has mistakes.
  for (const argument& each : given) {
    if (each.row->id == option_id::help)
      result.out = command != nullptr ? help_text(which, *command, into.translate)
                                      : help_text(which, false, into.translate);
    if (each.row->id == option_id::help_all) result.out = help_text(which, true, into.translate);
    if (each.row->id == option_id::version) result.out = version_text(which);
    if (!result.out.empty()) return result;
  }

  setting_report report;
  const bool is_asked = std::any_of(given.begin(), given.end(), [](const argument& each) {
    return each.row->id == option_id::print_config;
  });
  config_file file;
  if (wrong.empty()) {
    wrong = gather_options(which, into.is_request(), environment, file, given);
    if (!wrong.empty()) return with_error(into, std::move(result), wrong, false);
  }
  // A target from a file or the environment means nothing to a subcommand.
  std::erase_if(given, [command](const argument& each) {
    return each.source != option_source::command_line && !goes_with(command, *each.row);
  });
  for (const argument& each : given) {
    if (!wrong.empty()) break;
    if (!goes_with(command, *each.row)) wrong = misplaced(which, command, each.spelled, *each.row);
  }

  into.begin(command, is_asked ? &report : nullptr);
  bool is_of_line = true;
  if (wrong.empty()) {
    for (const argument& each : given) {
      std::string problem = into.apply(each);
      // After a mistake the other options are still applied: that wipes the secrets among them.
      if (!wrong.empty() || problem.empty()) continue;
      is_of_line = each.source == option_source::command_line;
      wrong = each.file.empty()
                  ? std::move(problem)
                  : printable(each.file, 200) + ":" + std::to_string(each.line) + ": " + problem;
    }
    if (wrong.empty()) wrong = into.finish();
  }
  if (is_asked) result.out = report.text(which, into.settings());
  if (!wrong.empty()) return with_error(into, std::move(result), wrong, is_of_line);
  if (file.tells_secrets()) into.warn(open_secret_warning(file.path()));
  if (!into.settings().quiet) result.err = into.notes();
  if (is_asked) return result;
  result.outcome.run = true;
  return result;
}

parse_outcome parse_and_print(int argc, char** argv, settings_builder& into) {
  parse_result result = parse(argc, argv, into, process_environment::of_this_process());
  if (!result.err.empty()) std::fwrite(result.err.data(), 1, result.err.size(), stderr);
  if (!result.out.empty()) {
    const std::size_t size = result.out.size();
    if (std::fwrite(result.out.data(), 1, size, stdout) != size || std::fflush(stdout) != 0)
      result.outcome.exit_code = static_cast<int>(exit_code::output_failed);
  }
  return result.outcome;
}

}  // namespace mqttkit::tools
