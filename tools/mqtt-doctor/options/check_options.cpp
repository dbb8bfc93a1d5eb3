// mqtt-doctor check: many targets, each of which is parsed as a command line of its own.
#include <algorithm>
#include <array>

#include "common/command_words.hpp"
#include "mqtt-doctor/options/options.hpp"
#include "mqtt-doctor/options/slip.hpp"

namespace mqttkit::tools {
namespace {

/// Labels that the metrics use already, or that Prometheus sets itself.
constexpr std::array<std::string_view, 8> taken_keys{"target", "name",     "step", "cause",
                                                     "state",  "severity", "job",  "instance"};

bool is_key(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && !text.starts_with("__") &&
         std::all_of(text.begin(), text.end(), fits);
}

}  // namespace

std::string doctor_settings_builder::apply_check_target(const argument& given) {
  const std::string_view value = given.value();
  if (std::string wrong = file_for_target(value, true); !wrong.empty()) return wrong;
  if (is_listed_) {
    // A number alone is a port of this machine, as on every command line of the doctor.
    if (is_bare_port(value)) return take_bare_port(value);
    listed_ = given;                 // kept, since its password is blanked later
    listed_.spelled = "the target";  // a line of a file has no word "check"
    return apply_target(listed_);
  }
  std::vector<std::string>& targets = doctor_.check.targets;
  // "check HOST PORT" names one broker, and "check 1883 1884" two.
  if (is_bare_port(value) && !targets.empty() && !is_bare_port(targets.back()) &&
      targets.back().find('@') == std::string::npos)
    return quoted(targets.back()) + " and " + quoted(value) +
           " are two targets; a port goes with the host: " + printable(targets.back(), 200) + ":" +
           std::string(value);
  targets.emplace_back(value);
  return {};
}

/// Takes a number as the port of the host before it, or as one of this machine.
std::string doctor_settings_builder::take_bare_port(std::string_view word) {
  if (doctor_.typed.empty()) {
    doctor_.typed = "localhost:" + std::string(word);
    dial_.host = "localhost";
    dial_.unix_path.clear();
  }
  std::uint16_t port = 0;
  (void)read_number<std::uint16_t>(word, 1, 65'535, port);
  port_ = port;
  return {};
}

std::string doctor_settings_builder::apply_accept(const argument& given) {
  doctor_.check.accepted.emplace_back(given.value());
  return {};
}

std::string doctor_settings_builder::apply_tag(const argument& given) {
  const std::string_view value = given.value();
  const std::size_t equals = value.find('=');
  const std::string_view key = value.substr(0, equals);
  if (equals == std::string_view::npos || !is_key(key))
    return value_problem(given, "KEY=VALUE is needed, as in site=berlin");
  if (std::find(taken_keys.begin(), taken_keys.end(), key) != taken_keys.end())
    return value_problem(given, "that key is taken by the doctor's own labels");
  // A tag in a target's own line replaces one that holds for all targets.
  std::erase_if(doctor_.check.tags, [key](const check_tag& tag) { return tag.first == key; });
  doctor_.check.tags.emplace_back(key, value.substr(equals + 1));
  return {};
}

std::string doctor_settings_builder::apply_on_change(const argument& given) {
  doctor_.check.on_change.clear();
  if (const std::string wrong = split_command(given.value(), doctor_.check.on_change);
      !wrong.empty())
    return value_problem(given, wrong);
  return {};
}

/// Refuses options that make no sense for many brokers, or in the line of one.
std::string doctor_settings_builder::refuse_with_check(const argument& given) {
  if (given.source != option_source::command_line) return {};
  const auto without_meaning = [&given] {
    return std::string(given.spelled) + " has no meaning with check";
  };
  switch (given.row->id) {
    case option_id::on_broker:
    case option_id::report_file:
    case option_id::blank_addresses:
    case option_id::story:
    case option_id::symptom:
    case option_id::doctor_json_schema:
      return without_meaning();
    case option_id::ask_password:
      return std::string(given.spelled) + ": nobody can be asked for each of many; use " +
             "--password-file FILE";
    case option_id::password_file:
      if (given.value() == "-")
        return std::string(given.spelled) + " -: with check a password is in a file, or in a " +
               "profile";
      return {};
    case option_id::targets_file:
    case option_id::check_jobs:
    case option_id::nagios:
    case option_id::prometheus:
    case option_id::check_every:
    case option_id::check_state:
    case option_id::on_change:
    case option_id::doctor_json:
    case option_id::quiet:
    case option_id::language:
      if (is_listed_) return std::string(given.spelled) + " is not of one target but of check";
      return {};
    default:
      return {};
  }
}

void doctor_settings_builder::share_with_targets(const argument& given) {
  const option_id id = given.row->id;
  const bool is_own = given.row->group == option_group::check && id != option_id::check_tag &&
                      id != option_id::check_accept;
  const bool is_output =
      id == option_id::doctor_json || id == option_id::quiet || id == option_id::language;
  if (given.source != option_source::command_line || is_own || is_output) return;
  if (id == option_id::host || id == option_id::url || id == option_id::target)
    host_option_ = given.spelled;
  std::vector<std::string>& words = doctor_.check.shared;
  const std::string name = "--" + std::string(long_name(*given.row));
  if (given.word_count == 1) {
    words.push_back(name + "=" + std::string(given.value()));
    return;
  }
  words.push_back(name);
  for (std::size_t i = 0; i < given.word_count; ++i) words.emplace_back(given.words[i]);
}

std::string doctor_settings_builder::finish_check() {
  const check_settings& check = doctor_.check;
  const bool has_list = !check.targets.empty() || !check.targets_file.empty();
  if (has_list && !host_option_.empty())
    return host_option_ + " and the targets of check exclude each other";
  const bool is_single = check.targets_file.empty() && check.targets.size() <= 1;
  if (!check.name.empty() && !is_single)
    return "--name is for one target; in FILE each has its own";
  if (check.nagios && doctor_.json) return "--nagios and --json exclude each other";
  if (check.nagios && check.every.count() != 0) return "--nagios and --every exclude each other";
  if (!check.on_change.empty() && check.state.empty() && check.every.count() == 0)
    return "--on-change needs --state FILE or --every";
  return {};
}

parse_result parse_listed(const check_settings& given, const std::vector<std::string>& own,
                          doctor_settings& out, const process_environment& environment,
                          translate_function translate) {
  std::vector<std::string> words{"mqtt-doctor", "check"};
  words.insert(words.end(), given.shared.begin(), given.shared.end());
  words.insert(words.end(), own.begin(), own.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  doctor_settings_builder line(out, true);
  line.translate = translate;
  return parse(static_cast<int>(words.size()), argv.data(), line, environment);
}

}  // namespace mqttkit::tools
