#include "generate/completions.hpp"

#include <algorithm>
#include <vector>

#include "cli/property_option.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view remark =
    "# Made by mqtt-toolkit-generate from the option table; do not edit.\n";

/// Prints the profiles of the configuration file; what stands before and after the path of the
/// folder, which each shell writes in its own way. Only names that no shell takes for more.
constexpr std::string_view list_profiles =
    R"(sed -n "s/^[[:blank:]]*\[\([A-Za-z0-9._-]*\)\].*/\1/p" )";
constexpr std::string_view config_file = "/mqtt-toolkit/config 2>/dev/null";

std::vector<std::string_view> names_of(const option_row& row) {
  std::vector<std::string_view> names;
  for (std::string_view list = row.long_names; !list.empty();) names.push_back(next_word(list));
  return names;
}

/// "-h --host"
std::string spellings(const option_row& row, std::string_view between) {
  std::string out;
  if (row.letter != 0) out += std::string("-") + row.letter;
  for (const std::string_view name : names_of(row)) {
    if (!out.empty()) out += between;
    out += "--" + std::string(name);
  }
  return out;
}

std::string commands_of(program which) {
  std::string out;
  for (const property_command& row : property_commands()) {
    if ((row.programs & static_cast<std::uint8_t>(which)) == 0) continue;
    if (!out.empty()) out += ' ';
    out += row.name;
  }
  return out;
}

std::string properties_of(std::string_view command) {
  std::string out;
  for (const property_rule& rule : property_rules()) {
    if (!is_property_offered(command, rule)) continue;
    if (!out.empty()) out += ' ';
    out += rule.name;
  }
  return out;
}

std::string function_name(program which) {
  std::string name = "_" + std::string(name_of(which));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// `text` with a backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// For inside single quotes of bash and zsh.
std::string single_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string bash_completion(program which) {
  const std::string function = function_name(which);
  std::string out =
      "# bash completion for " + std::string(name_of(which)) + "\n" + std::string(remark);
  out += "\n" + function + "() {\n";
  out += "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n";
  out += "  local second=${COMP_WORDS[COMP_CWORD-2]-}\n";
  out += "  COMPREPLY=()\n\n";
  out += "  # -D COMMAND NAME\n";
  out += "  if [[ $second == -D || $second == --property ]]; then\n    case $before in\n";
  for (const property_command& row : property_commands()) {
    if ((row.programs & static_cast<std::uint8_t>(which)) == 0) continue;
    out += "      " + std::string(row.name) + ") COMPREPLY=($(compgen -W '" +
           properties_of(row.name) + "' -- \"$current\")) ;;\n";
  }
  out += "    esac\n    return\n  fi\n\n  case $before in\n";
  std::string without_completion;
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which) || !row.takes_value()) continue;
    std::string action;
    switch (row.kind) {
      case value_kind::file:
        action = "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$current\"))";
        break;
      case value_kind::directory:
        action = "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$current\"))";
        break;
      case value_kind::host:
        action = "COMPREPLY=($(compgen -A hostname -- \"$current\"))";
        break;
      case value_kind::profile:
        action = "COMPREPLY=($(compgen -W \"$(" + std::string(list_profiles) +
                 "\"${XDG_CONFIG_HOME:-$HOME/.config}\"" + std::string(config_file) +
                 ")\" -- \"$current\"))";
        break;
      case value_kind::choice:
        action = "COMPREPLY=($(compgen -W '" + std::string(row.choices) + "' -- \"$current\"))";
        break;
      case value_kind::property:
        action = "COMPREPLY=($(compgen -W '" + commands_of(which) + "' -- \"$current\"))";
        break;
      default:
        if (!without_completion.empty()) without_completion += '|';
        without_completion += spellings(row, "|");
        continue;
    }
    out += "    " + spellings(row, "|") + ") " + action + "; return ;;\n";
  }
  out += "    " + without_completion + ") return ;;\n  esac\n\n";
  std::string words;
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    if (!words.empty()) words += ' ';
    words += spellings(row, " ");
  }
  out += "  COMPREPLY=($(compgen -W '" + words + "' -- \"$current\"))\n}\n\n";
  out += "complete -F " + function + " " + std::string(name_of(which)) + "\n";
  return out;
}

std::string zsh_completion(program which) {
  const std::string function = function_name(which);
  std::string out = "#compdef " + std::string(name_of(which)) + "\n" + std::string(remark);
  out += "\n" + function + "_property() {\n  case ${words[CURRENT-1]} in\n";
  for (const property_command& row : property_commands()) {
    if ((row.programs & static_cast<std::uint8_t>(which)) == 0) continue;
    out += "    " + std::string(row.name) + ") compadd -- " + properties_of(row.name) + " ;;\n";
  }
  out += "  esac\n}\n\n" + function + "_profile() {\n  compadd -- $(" + std::string(list_profiles) +
         "\"${XDG_CONFIG_HOME:-$HOME/.config}\"" + std::string(config_file) +
         ")\n}\n\n_arguments -s -S \\\n";
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    const bool attaches = row.takes_value() && row.kind != value_kind::property;
    std::vector<std::string> names;
    if (row.letter != 0) names.push_back(std::string("-") + row.letter + (attaches ? "+" : ""));
    for (const std::string_view name : names_of(row))
      names.push_back("--" + std::string(name) + (attaches ? "=" : ""));
    // One name: '--ws[...]'. Several: '(-h --host)'{-h+,--host=}'[...]'. Repeatable: a * in front.
    std::string spec = row.repeatable ? "  '*" : "  '";
    if (names.size() == 1) {
      spec += names[0];
    } else {
      if (!row.repeatable) spec += "(" + spellings(row, " ") + ")";
      spec += "'{";
      for (std::size_t i = 0; i < names.size(); ++i) spec += (i == 0 ? "" : ",") + names[i];
      spec += "}'";
    }
    spec += "[" + single_quoted(escaped(row.help, "[]\\")) + "]";
    const std::string value = single_quoted(escaped(row.value, ":"));
    switch (row.kind) {
      case value_kind::none:
        break;
      case value_kind::file:
        spec += ":" + value + ":_files";
        break;
      case value_kind::directory:
        spec += ":" + value + ":_directories";
        break;
      case value_kind::host:
        spec += ":" + value + ":_hosts";
        break;
      case value_kind::profile:
        spec += ":" + value + ":" + function + "_profile";
        break;
      case value_kind::choice:
        spec += ":" + value + ":(" + std::string(row.choices) + ")";
        break;
      case value_kind::property:
        spec += ":COMMAND:(" + commands_of(which) + "):NAME:" + function + "_property:VALUE: ";
        break;
      default:
        spec += ":" + value + ": ";
        break;
    }
    out += spec + "' \\\n";
  }
  out.erase(out.size() - 3);  // the last " \\\n"
  out += "\n";
  return out;
}

std::string fish_completion(program which) {
  const std::string command(name_of(which));
  std::string out = "# fish completion for " + command + "\n" + std::string(remark);
  out += "\ncomplete -c " + command + " -f\n";
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    for (const std::string_view name : names_of(row)) {
      out += "complete -c " + command;
      if (row.letter != 0 && name == long_name(row)) out += std::string(" -s ") + row.letter;
      out += " -l " + std::string(name);
      switch (row.kind) {
        case value_kind::none:
          break;
        case value_kind::file:
          out += " -r -F";
          break;
        case value_kind::directory:
          out += " -x -a '(__fish_complete_directories)'";
          break;
        case value_kind::host:
          out += " -x -a '(__fish_print_hostnames)'";
          break;
        case value_kind::profile:
          out += " -x -a '(" + std::string(list_profiles) +
                 "(set -q XDG_CONFIG_HOME; and echo $XDG_CONFIG_HOME; or echo ~/.config)" +
                 std::string(config_file) + ")'";
          break;
        case value_kind::choice:
          out += " -x -a '" + std::string(row.choices) + "'";
          break;
        case value_kind::property:
          out += " -x -a '" + commands_of(which) + "'";
          break;
        default:
          out += " -x";
          break;
      }
      out += " -d '" + escaped(row.help, "'\\") + "'\n";
    }
  }
  out += "\n# -D COMMAND NAME\n";
  for (const property_command& row : property_commands()) {
    if ((row.programs & static_cast<std::uint8_t>(which)) == 0) continue;
    out += "complete -c " + command + " -x -n 'string match -qr -- \"(-D|--property) " +
           std::string(row.name) + "\\$\" (commandline -opc | string join \" \")' -a '" +
           properties_of(row.name) + "'\n";
  }
  return out;
}

}  // namespace mqttkit::tools
