#include "common/parser.hpp"

#include <cstdio>
#include <type_traits>
#include <vector>

#include "common/arguments.hpp"
#include "common/exit_code.hpp"
#include "common/interpreter.hpp"

namespace mqttkit::tools {
namespace {

template <class Settings>
parse_result parse_for(program which, int argc, char** argv, Settings& settings) {
  parse_result result;
  std::vector<argument> given;
  given.reserve(static_cast<std::size_t>(argc > 0 ? argc : 1));
  std::string wrong = read_arguments(which, argc, argv, given);

  // --help and --version win over every mistake beside them.
  for (const argument& one : given) {
    if (one.row->id == option_id::help) result.out = help_text(which, false);
    if (one.row->id == option_id::help_all) result.out = help_text(which, true);
    if (one.row->id == option_id::version) result.out = version_text(which);
    if (!result.out.empty()) return result;
  }

  pub_settings* pub = nullptr;
  sub_settings* sub = nullptr;
  if constexpr (std::is_same_v<Settings, pub_settings>) pub = &settings;
  if constexpr (std::is_same_v<Settings, sub_settings>) sub = &settings;
  interpreter reader(which, settings, pub, sub);
  if (wrong.empty()) {
    for (const argument& one : given) {
      std::string problem = reader.apply(one);
      // Every option is applied even so, for secrets further right are wiped while being applied.
      if (wrong.empty()) wrong = std::move(problem);
    }
    if (wrong.empty()) wrong = reader.finish();
  }
  if (!wrong.empty()) {
    result.err = std::string(name_of(which)) + ": " + wrong + "; try " +
                 std::string(name_of(which)) + " --help\n";
    result.outcome.exit_code = static_cast<int>(exit_code::usage);
    return result;
  }
  if (!settings.quiet) result.err = reader.notes();
  result.outcome.run = true;
  return result;
}

template <class Settings>
parse_outcome parse_and_print(int argc, char** argv, Settings& settings) {
  parse_result result = parse(argc, argv, settings);
  if (!result.err.empty()) std::fwrite(result.err.data(), 1, result.err.size(), stderr);
  if (!result.out.empty()) {
    std::fwrite(result.out.data(), 1, result.out.size(), stdout);
    if (std::fflush(stdout) != 0)
      result.outcome.exit_code = static_cast<int>(exit_code::output_failed);
  }
  return result.outcome;
}

}  // namespace

parse_result parse(int argc, char** argv, pub_settings& out) {
  return parse_for(program::pub, argc, argv, out);
}
parse_result parse(int argc, char** argv, sub_settings& out) {
  return parse_for(program::sub, argc, argv, out);
}

parse_outcome parse_command_line(int argc, char** argv, pub_settings& out) {
  return parse_and_print(argc, argv, out);
}
parse_outcome parse_command_line(int argc, char** argv, sub_settings& out) {
  return parse_and_print(argc, argv, out);
}

}  // namespace mqttkit::tools
