#include "generate/completions.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "cli/property_option.hpp"
#include "cli/subcommand.hpp"
#include "mqttkit/base/shell_word.hpp"

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

/// What stands in front of everything: the program itself, then its subcommands.
std::vector<const subcommand_row*> commands_in(program which) {
  std::vector<const subcommand_row*> out{nullptr};
  for (const subcommand_row& row : subcommand_rows())
    if ((row.programs & static_cast<std::uint8_t>(which)) != 0) out.push_back(&row);
  return out;
}

std::string word_of(const subcommand_row* command) {
  return command != nullptr ? std::string(command->word) : std::string();
}

/// "listen|explain"
std::string command_words(program which, std::string_view between) {
  std::string out;
  for (const subcommand_row* command : commands_in(which)) {
    if (command == nullptr) continue;
    if (!out.empty()) out += between;
    out += command->word;
  }
  return out;
}

/// How the words behind a command are completed; behind the program itself they are brokers.
value_kind operand_of(const subcommand_row* command) {
  return command != nullptr ? row_of(command->operand).kind : value_kind::host;
}

/// An option has a completion where it goes with the command.
std::vector<const option_row*> rows_of(program which, const subcommand_row* command) {
  std::vector<const option_row*> out;
  for (const option_row& row : option_rows())
    if (row.is_in(which) && goes_with(command, row)) out.push_back(&row);
  return out;
}

/// Rows by the commands they go with, "|listen|explain|" ("||" the program itself): each is written
/// once.
std::map<std::string, std::vector<const option_row*>> rows_by_commands(program which) {
  std::map<std::string, std::vector<const option_row*>> out;
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    std::string commands = "|";
    for (const subcommand_row* command : commands_in(which))
      if (goes_with(command, row)) commands += word_of(command) + "|";
    out[commands].push_back(&row);
  }
  return out;
}

bool holds(const std::string& commands, const subcommand_row* command) {
  // The empty word stands for the program itself, and comes first.
  return command == nullptr ? commands.starts_with("||")
                            : commands.find("|" + word_of(command) + "|") != std::string::npos;
}

/// The commands by which bash completes a value; empty where nothing does. A name may hold blanks,
/// so that what is offered is read by lines.
std::string bash_action(value_kind kind, std::string_view choices, program which) {
  switch (kind) {
    case value_kind::file:
      return "compopt -o filenames 2>/dev/null; offered=$(compgen -f -- \"$current\")";
    case value_kind::directory:
      return "compopt -o filenames 2>/dev/null; offered=$(compgen -d -- \"$current\")";
    case value_kind::host:
      return "offered=$(compgen -A hostname -- \"$current\")";
    case value_kind::profile:
      return "offered=$(compgen -W \"$(" + std::string(list_profiles) +
             "\"${XDG_CONFIG_HOME:-$HOME/.config}\"" + std::string(config_file) +
             ")\" -- \"$current\")";
    case value_kind::choice:
      return "offered=$(compgen -W '" + std::string(choices) + "' -- \"$current\")";
    case value_kind::property:
      return "offered=$(compgen -W '" + commands_of(which) + "' -- \"$current\")";
    default:
      return {};
  }
}

}  // namespace

std::string bash_completion(program which) {
  const std::string function = function_name(which);
  const bool has_commands = commands_in(which).size() > 1;
  std::string out =
      "# bash completion for " + std::string(name_of(which)) + "\n" + std::string(remark);
  out += "\n" + function + "() {\n";
  out += "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n";
  out += "  local second=${COMP_WORDS[COMP_CWORD-2]-} attached= offered= command= operands=0 at\n";
  out += "  COMPREPLY=()\n";
  out += "  # --name=value: one word, or three where = parts words.\n";
  out += "  if [[ $current == = ]]; then\n    current=\n";
  out += "  elif [[ $before == = ]]; then\n    before=$second\n";
  out += "  elif [[ $current == --*=* ]]; then\n";
  out += "    attached=${current%%=*}=; before=${current%%=*}; current=${current#*=}\n  fi\n";
  out += "  # As it was typed: quoted, or with backslashes.\n";
  out +=
      "  case $current in [\\'\\\"]*) current=${current:1} ;; *) current=${current//\\\\/} ;; "
      "esac\n\n";
  out += "  # -D COMMAND NAME\n";
  out += "  if [[ $second == -D || $second == --property ]]; then\n    case $before in\n";
  for (const property_command& row : property_commands()) {
    if ((row.programs & static_cast<std::uint8_t>(which)) == 0) continue;
    out += "      " + std::string(row.name) + ") COMPREPLY=($(compgen -W '" +
           properties_of(row.name) + "' -- \"$current\")) ;;\n";
  }
  out += "    esac\n    return\n  fi\n\n";
  if (has_commands) {
    out += "  for ((at = 1; at < COMP_CWORD; at++)); do\n    case ${COMP_WORDS[at]} in\n";
    out += "      " + command_words(which, "|") +
           ") [[ $command || $operands -gt 0 ]] || command=${COMP_WORDS[at]} ;;\n";
    out +=
        "      -* | =) ;;\n      *) [[ ${COMP_WORDS[at-1]} == -* || ${COMP_WORDS[at-1]} == = ]] "
        "|| operands=1 ;;\n    esac\n  done\n\n";
  }
  out += "  case $before in\n";
  std::string without_completion;
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which) || !row.takes_value()) continue;
    const std::string action = bash_action(row.kind, row.choices, which);
    if (action.empty()) {
      if (!without_completion.empty()) without_completion += '|';
      without_completion += spellings(row, "|");
      continue;
    }
    out += "    " + spellings(row, "|") + ") " + action + " ;;\n";
  }
  out += "    " + without_completion + ") return ;;\n";
  out += "    *)\n      if [[ $current != -* ]]; then\n";
  out += "        case $command in\n";
  for (const subcommand_row* command : commands_in(which)) {
    std::string action = bash_action(operand_of(command), {}, which);
    if (command == nullptr && has_commands)
      action = "[[ $operands -gt 0 ]] || offered=$(compgen -W '" + command_words(which, " ") +
               "' -- \"$current\"; compgen -A hostname -- \"$current\")";
    if (!action.empty())
      out +=
          "          " + (command != nullptr ? word_of(command) : "''") + ") " + action + " ;;\n";
  }
  out += "        esac\n";
  // Nothing was typed yet: offers everything.
  out += "        [[ $current || $offered ]] && { " + function + "_offer; return; }\n      fi\n";
  out += "      case $command in\n";
  for (const subcommand_row* command : commands_in(which)) {
    std::string words;
    for (const option_row* row : rows_of(which, command))
      words += (words.empty() ? "" : " ") + spellings(*row, " ");
    out += "        " + (command != nullptr ? word_of(command) : "''") +
           ") offered=$(compgen -W '" + words + "' -- \"$current\") ;;\n";
  }
  out += "      esac\n  esac\n  " + function + "_offer\n}\n\n";
  out += function + "_offer() {\n  local line\n  while IFS= read -r line; do\n";
  out += "    [[ $line ]] && COMPREPLY+=(\"$attached$line\")\n  done <<< \"$offered\"\n}\n\n";
  out += "complete -F " + function + " " + std::string(name_of(which)) + "\n";
  return out;
}

namespace {

/// How zsh completes a value, behind its colon.
std::string zsh_action(value_kind kind, const option_row* row, program which) {
  const std::string function = function_name(which);
  switch (kind) {
    case value_kind::file:
      return "_files";
    case value_kind::directory:
      return "_directories";
    case value_kind::host:
      return "_hosts";
    case value_kind::profile:
      return function + "_profile";
    case value_kind::choice:
      return "(" + std::string(row->choices) + ")";
    default:
      return " ";
  }
}

std::string zsh_row(const option_row& row, program which) {
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
  spec += "[" + in_single_quotes(escaped(row.help, "[]\\")) + "]";
  if (row.kind == value_kind::property) {
    spec +=
        ":COMMAND:(" + commands_of(which) + "):NAME:" + function_name(which) + "_property:VALUE: ";
  } else if (row.takes_value()) {
    spec +=
        ":" + in_single_quotes(escaped(row.value, ":")) + ":" + zsh_action(row.kind, &row, which);
  }
  return spec + "'\n";
}

}  // namespace

std::string zsh_completion(program which) {
  const std::string function = function_name(which);
  std::string out = "#compdef " + std::string(name_of(which)) + "\n" + std::string(remark);
  out += "\n" + function + "_property() {\n  case ${words[CURRENT-1]} in\n";
  for (const property_command& row : property_commands()) {
    if ((row.programs & static_cast<std::uint8_t>(which)) == 0) continue;
    out += "    " + std::string(row.name) + ") compadd -- " + properties_of(row.name) + " ;;\n";
  }
  out += "  esac\n}\n\n" + function + "_profile() {\n  compadd -- $(" + std::string(list_profiles) +
         "\"${XDG_CONFIG_HOME:-$HOME/.config}\"" + std::string(config_file) + ")\n}\n\n";
  const auto commands = commands_in(which);
  const bool has_commands = commands.size() > 1;
  if (has_commands) {
    out += function + "_word() {\n  local -a commands\n  commands=(\n";
    for (const subcommand_row* command : commands) {
      if (command == nullptr) continue;
      std::string about(command->about);
      std::replace(about.begin(), about.end(), '\n', ' ');
      out += "    '" + word_of(command) + ":" + in_single_quotes(about) + "'\n";
    }
    out += "  )\n  _describe -t commands command commands\n  _hosts\n}\n\n";
  }
  out += "local word command=\nlocal -a rows\n";
  if (has_commands)
    out += "for word in ${words[2,CURRENT-1]}; do\n  case $word in\n    (" +
           command_words(which, "|") + ") command=$word; break ;;\n  esac\ndone\n";
  const auto by_commands = rows_by_commands(which);
  for (const auto& [names, rows] : by_commands) {
    std::string pattern;
    for (const subcommand_row* command : commands)
      if (holds(names, command))
        pattern += (pattern.empty() ? "" : "|") + (command != nullptr ? word_of(command) : "''");
    out += "[[ $command == (" + pattern + ") ]] && rows+=(\n";
    for (const option_row* row : rows) out += zsh_row(*row, which);
    out += ")\n";
  }
  out += "case $command in\n";
  for (const subcommand_row* command : commands) {
    const bool is_first = command == nullptr && has_commands;
    out += "  " + (command != nullptr ? "(" + word_of(command) + ")" : std::string("('')")) +
           " rows+=('*: :" +
           (is_first ? function + "_word" : zsh_action(operand_of(command), nullptr, which)) +
           "') ;;\n";
  }
  out += "esac\n_arguments -s -S $rows\n";
  return out;
}

std::string fish_completion(program which) {
  const std::string command(name_of(which));
  const auto commands = commands_in(which);
  const bool has_commands = commands.size() > 1;
  const std::string all_words = command_words(which, " ");
  std::string out = "# fish completion for " + command + "\n" + std::string(remark);
  out += "\ncomplete -c " + command + " -f\n";
  const auto seen_one_of = [](const std::string& words) {
    return "__fish_seen_subcommand_from " + words;
  };
  for (const subcommand_row* row : commands) {
    const std::string condition =
        row == nullptr ? "not " + seen_one_of(all_words) : seen_one_of(word_of(row));
    const std::string when = has_commands ? " -n '" + condition + "'" : std::string();
    if (row != nullptr) {
      std::string about(row->about);
      std::replace(about.begin(), about.end(), '\n', ' ');
      out += "complete -c " + command + " -n 'not " + seen_one_of(all_words) + "' -a " +
             word_of(row) + " -d '" + escaped(about, "'\\") + "'\n";
    }
    if (operand_of(row) == value_kind::file) out += "complete -c " + command + when + " -F\n";
    if (operand_of(row) == value_kind::host)
      out += "complete -c " + command + when + " -a '(__fish_print_hostnames)'\n";
  }
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    std::string with, without;
    for (const subcommand_row* each : commands) {
      if (each == nullptr) continue;
      std::string& list = goes_with(each, row) ? with : without;
      list += (list.empty() ? "" : " ") + word_of(each);
    }
    std::string when;
    if (has_commands && !goes_with(nullptr, row)) when = " -n '" + seen_one_of(with) + "'";
    if (has_commands && goes_with(nullptr, row) && !without.empty())
      when = " -n 'not " + seen_one_of(without) + "'";
    for (const std::string_view name : names_of(row)) {
      out += "complete -c " + command + when;
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
