#include "cli/parser.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/interpreter.hpp"
#include "cli/precedence.hpp"
#include "cli/secret.hpp"
#include "cli/setting_report.hpp"
#include "cli/subcommand.hpp"
#include "common/exit_code.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

/// @param points_to_help  the mistake is in the command line, where --help is of use
parse_result with_error(program which, parse_result result, std::string_view wrong,
                        bool points_to_help) {
  const std::string name(name_of(which));
  result.err = name + ": " + std::string(wrong);
  if (points_to_help) result.err += "; try " + name + " --help";
  result.err += '\n';
  result.outcome.exit_code = static_cast<int>(exit_code::usage);
  return result;
}

template <class Settings>
parse_result parse_for(program which, int argc, char** argv, Settings& settings,
                       surroundings world) {
  parse_result result;
  std::vector<argument> given;
  given.reserve(static_cast<std::size_t>(argc > 0 ? argc : 1));
  const subcommand_row* command = nullptr;
  std::string wrong = read_arguments(which, argc, argv, given, command);

  // --help and --version win over every mistake beside them.
  for (const argument& one : given) {
    if (one.row->id == option_id::help)
      result.out = command != nullptr ? help_text(which, *command) : help_text(which, false);
    if (one.row->id == option_id::help_all) result.out = help_text(which, true);
    if (one.row->id == option_id::version) result.out = version_text(which);
    if (!result.out.empty()) return result;
  }

  setting_report report;
  const bool is_asked = std::any_of(given.begin(), given.end(), [](const argument& one) {
    return one.row->id == option_id::print_config;
  });
  bool is_request = false;
  if constexpr (std::is_same_v<Settings, pub_settings>) is_request = settings.request;
  config_file file;
  if (wrong.empty()) {
    wrong = gather_options(which, is_request, world, file, given);
    if (!wrong.empty()) return with_error(which, std::move(result), wrong, false);
  }
  // What a file or the environment says of a target means nothing to a subcommand.
  std::erase_if(given, [command](const argument& one) {
    return one.source != option_source::command_line && !goes_with(command, *one.row);
  });
  for (const argument& one : given) {
    if (!wrong.empty()) break;
    if (!goes_with(command, *one.row)) wrong = misplaced(which, command, one.spelled, *one.row);
  }

  pub_settings* pub = nullptr;
  sub_settings* sub = nullptr;
  if constexpr (std::is_same_v<Settings, pub_settings>) pub = &settings;
  if constexpr (std::is_same_v<Settings, sub_settings>) sub = &settings;
  doctor_settings* doctor = nullptr;
  if constexpr (std::is_same_v<Settings, doctor_settings>) {
    doctor = &settings;
    if (command != nullptr) settings.command = command->id;
  }
  interpreter reader(which, settings, pub, sub, doctor, is_asked ? &report : nullptr);
  bool is_of_line = true;
  if (wrong.empty()) {
    for (const argument& one : given) {
      std::string problem = reader.apply(one);
      // Every option is applied even so, for secrets further right are wiped while being applied.
      if (!wrong.empty() || problem.empty()) continue;
      is_of_line = one.source == option_source::command_line;
      wrong = one.file.empty()
                  ? std::move(problem)
                  : printable(one.file, 200) + ":" + std::to_string(one.line) + ": " + problem;
    }
    if (wrong.empty()) wrong = reader.finish();
  }
  if (is_asked) result.out = report.text(which, settings);
  if (!wrong.empty()) return with_error(which, std::move(result), wrong, is_of_line);
  if (file.tells_secrets()) reader.warn(open_secret_warning(file.path()));
  if (!settings.quiet) result.err = reader.notes();
  if (is_asked) return result;
  result.outcome.run = true;
  return result;
}

template <class Settings>
parse_outcome parse_and_print(int argc, char** argv, Settings& settings) {
  parse_result result = parse(argc, argv, settings, surroundings::of_this_process());
  if (!result.err.empty()) std::fwrite(result.err.data(), 1, result.err.size(), stderr);
  if (!result.out.empty()) {
    const std::size_t size = result.out.size();
    if (std::fwrite(result.out.data(), 1, size, stdout) != size || std::fflush(stdout) != 0)
      result.outcome.exit_code = static_cast<int>(exit_code::output_failed);
  }
  return result.outcome;
}

}  // namespace

parse_result parse(int argc, char** argv, pub_settings& out, const surroundings& world) {
  return parse_for(program::pub, argc, argv, out, world);
}
parse_result parse(int argc, char** argv, sub_settings& out, const surroundings& world) {
  return parse_for(program::sub, argc, argv, out, world);
}
parse_result parse(int argc, char** argv, doctor_settings& out, const surroundings& world) {
  return parse_for(program::doctor, argc, argv, out, world);
}

parse_outcome parse_command_line(int argc, char** argv, pub_settings& out) {
  return parse_and_print(argc, argv, out);
}
parse_outcome parse_command_line(int argc, char** argv, sub_settings& out) {
  return parse_and_print(argc, argv, out);
}
parse_outcome parse_command_line(int argc, char** argv, doctor_settings& out) {
  return parse_and_print(argc, argv, out);
}

}  // namespace mqttkit::tools
