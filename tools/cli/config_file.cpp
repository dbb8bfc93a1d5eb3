#include "cli/config_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "cli/secret.hpp"
#include "cli/url.hpp"
#include "cli/values.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::size_t largest_file = 1 << 20;  // what is larger is no file of settings
constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Options that our file may not hold: those for one run only, and those that nobody should be
/// given unasked.
bool is_for_the_command_line(const option_row& row) {
  switch (row.id) {
    case option_id::debug:
    case option_id::quiet:
      return false;
    case option_id::message:
    case option_id::file:
    case option_id::stdin_file:
    case option_id::stdin_line:
    case option_id::null_message:
    case option_id::from_json:
    case option_id::message_template:
    case option_id::json_schema:
    case option_id::remove_retained:
    case option_id::clean_retained:
    case option_id::dry_run:
    case option_id::yes:
      return true;
    default:
      return row.group == option_group::general || row.group == option_group::listen ||
             row.group == option_group::explain;
  }
}

bool is_secret(const argument& given) {
  switch (given.row->id) {
    case option_id::password:
    case option_id::psk:
      return true;
    case option_id::url:
    case option_id::proxy: {
      url_parts url;
      [[maybe_unused]] const std::string wrong = parse_url(given.value(), url);
      return !url.password_text.empty();
    }
    default:
      return false;
  }
}

bool is_known_elsewhere(program which, std::string_view name) {
  for (const program other : {program::pub, program::sub, program::doctor})
    if (other != which && find_option(other, name) != nullptr) return true;
  return false;
}

/// Reads "..." with \" and \\ in place. Returns what is wrong.
std::string unquote(std::string_view& value) {
  char* to = const_cast<char*>(value.data());  // the text belongs to us
  const char* const begin = to;
  std::size_t i = 1;
  for (; i < value.size() && value[i] != '"'; ++i) {
    if (value[i] == '\\') {
      if (++i == value.size()) break;
      if (value[i] != '"' && value[i] != '\\')
        return "in double quotes a \\ stands before \" or \\ only";
    }
    *to++ = value[i];
  }
  if (i >= value.size()) return "the closing \" is missing";
  if (i + 1 != value.size()) return "nothing may follow the closing \"";
  value = std::string_view(begin, static_cast<std::size_t>(to - begin));
  return {};
}

std::optional<bool> switch_value(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  return std::nullopt;
}

/// Takes the next line of `text`; `number` counts.
bool next_line(std::string_view& text, std::string_view& line, std::size_t& number) {
  if (text.empty()) return false;
  const std::size_t end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  ++number;
  return true;
}

}  // namespace

config_file::presence config_file::load(const std::string& path) {
  path_ = path;
  const auto fail = [&](int error) {
    problem_ =
        printable(path_, 200) + ": cannot be read: " + std::generic_category().message(error);
    return presence::failed;
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const int error = errno;
    // A folder that we may not look into (another user's home after sudo) counts as one without a
    // file.
    if (error == ENOENT || error == ENOTDIR || ::access(path.c_str(), F_OK) != 0) {
      problem_ = printable(path_, 200) + ": " + std::generic_category().message(error);
      return presence::absent;
    }
    return fail(error);
  }
  is_readable_by_others_ = is_readable_by_others(file);
  text_.clear();
  for (;;) {
    char block[4096];
    const ssize_t count = ::read(file, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      ::close(file);
      return fail(error);
    }
    if (count == 0) break;
    text_.append(block, static_cast<std::size_t>(count));
    if (text_.size() <= largest_file) continue;
    ::close(file);
    problem_ = printable(path_, 200) + ": larger than 1 MiB, not a configuration file";
    return presence::failed;
  }
  ::close(file);
  return presence::read;
}

void config_file::set(std::string path, std::string text) {
  path_ = std::move(path);
  text_ = std::move(text);
}

std::string config_file::wrong_at(std::size_t line, std::string_view what) const {
  return printable(path_, 200) + ":" + std::to_string(line) + ": " + std::string(what);
}

bool config_file::is_mosquittos() const {
  std::string_view rest = text_;
  std::string_view line;
  for (std::size_t number = 0; next_line(rest, line, number);) {
    line = trimmed(line);
    if (!line.empty() && line[0] != '#') return line[0] == '-';
  }
  return false;
}

std::string config_file::read_mosquittos(program which, std::vector<argument>& out) {
  std::string_view rest = text_;
  std::string_view line;
  for (std::size_t number = 0; next_line(rest, line, number);) {
    if (line.starts_with('#')) continue;
    while (line.ends_with('\r')) line.remove_suffix(1);
    // As mosquitto reads it: blanks before the option do not count, one blank ends the option, and
    // all further ones belong to the value.
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) continue;
    const std::size_t end = std::min(line.find(' '), line.size());
    argument found;
    found.source = option_source::mosquitto_file;
    found.file = path_;
    found.line = number;
    found.spelled = line.substr(0, end);
    const std::string_view value = line.substr(std::min(end + 1, line.size()));
    if (!found.spelled.starts_with('-'))
      return wrong_at(number, quoted(found.spelled) + ": a line begins with an option, as -h");
    if (found.spelled.starts_with("--")) {
      found.row = find_option(which, found.spelled.substr(2));
    } else if (found.spelled.size() == 2) {
      found.row = find_option(which, found.spelled[1]);
    }
    if (found.row == nullptr) return wrong_at(number, unknown_option(which, found.spelled));
    if (found.row->group == option_group::general && is_for_the_command_line(*found.row))
      return wrong_at(number, std::string(found.spelled) + " goes on the command line");
    if (!found.row->takes_value()) {
      if (!value.empty()) return wrong_at(number, std::string(found.spelled) + " takes no value");
    } else {
      if (value.empty()) return wrong_at(number, missing_value(found));
      if (std::string wrong = take_words_of(found, value); !wrong.empty())
        return wrong_at(number, wrong);
    }
    out.push_back(found);
  }
  return {};
}

std::string config_file::read_setting(program which, std::string_view line,
                                      const process_environment& environment, argument& found) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos)
    return quoted(line.substr(0, line.find_first_of(blanks))) +
           ": a line is SETTING = VALUE or [PROFILE]";
  found.spelled = trimmed(line.substr(0, equals));
  std::string_view value = trimmed(line.substr(equals + 1));
  found.row = find_option(which, found.spelled);
  if (found.row == nullptr) {
    if (is_known_elsewhere(which, found.spelled)) return {};
    std::string text = "unknown setting " + quoted(found.spelled);
    std::string near = suggest_option(which, found.spelled);
    return near.empty() ? text : text + "; did you mean " + near.substr(2) + "?";
  }
  if (is_for_the_command_line(*found.row))
    return std::string(found.spelled) + " goes on the command line, as --" +
           std::string(found.spelled);
  if (value.starts_with('"'))
    if (std::string wrong = unquote(value); !wrong.empty())
      return std::string(found.spelled) + ": " + wrong;
  if (!found.row->takes_value()) {
    const std::optional<bool> is_on = switch_value(value);
    if (!is_on) return std::string(found.spelled) + " is true or false";
    found.is_off = !*is_on;
    return {};
  }
  const bool is_path =
      found.row->kind == value_kind::file || found.row->kind == value_kind::directory;
  if (is_path && !value.empty() && value[0] != '/' && value != "-") {
    // No shell expands ~ in a file, and a relative path must not depend on where the program is
    // started.
    made_.push_back(value.starts_with("~/")
                        ? environment.home + std::string(value.substr(1))
                        : path_.substr(0, path_.rfind('/') + 1) + std::string(value));
    value = made_.back();
  }
  std::string wrong = take_words_of(found, value);
  holds_secret_ = holds_secret_ || is_secret(found);
  return wrong;
}

std::string config_file::read_ours(program which, std::string_view profile,
                                   const process_environment& environment,
                                   std::vector<argument>& out) {
  std::vector<std::string_view> names;
  std::vector<argument> of_profile;
  std::string_view section;
  std::string_view rest = text_;
  std::string_view line;
  for (std::size_t number = 0; next_line(rest, line, number);) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      section = line.ends_with(']') ? trimmed(line.substr(1, line.size() - 2)) : "";
      if (section.empty()) return wrong_at(number, "a profile begins with its name, as in [lab]");
      names.push_back(section);
      continue;
    }
    argument found;
    found.source =
        section.empty() ? option_source::default_section : option_source::profile_section;
    found.file = path_;
    found.line = number;
    // Profiles that are not asked for are checked as well, so that a mistake is found before the
    // profile is needed.
    if (std::string wrong = read_setting(which, line, environment, found); !wrong.empty())
      return wrong_at(number, wrong);
    if (found.row == nullptr || (!section.empty() && section != profile)) continue;
    std::vector<argument>& into = section.empty() ? out : of_profile;
    for (const argument& other : into)
      if (other.row == found.row && !found.row->repeatable)
        return wrong_at(number, std::string(found.spelled) + " was given on line " +
                                    std::to_string(other.line) + " already");
    into.push_back(found);
  }
  out.insert(out.end(), of_profile.begin(), of_profile.end());
  if (profile.empty() || std::find(names.begin(), names.end(), profile) != names.end()) return {};
  std::string text = "--profile " + quoted(profile) + ": no [" + printable(profile, 80) + "] in " +
                     printable(path_, 200);
  if (const std::string_view near = nearest(profile, names); !near.empty())
    text += "; did you mean " + printable(near, 80) + "?";
  return text;
}

}  // namespace mqttkit::tools
