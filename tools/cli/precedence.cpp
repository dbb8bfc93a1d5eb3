#include "cli/precedence.hpp"

#include <algorithm>

#include "cli/url.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

/// Options that say the same thing in different ways.
option_id subject_of(option_id id) {
  switch (id) {
    case option_id::password_file:
    case option_id::ask_password:
      return option_id::password;
    case option_id::id_prefix:
      return option_id::id;
    case option_id::ipv6:
      return option_id::ipv4;
    case option_id::verbose:
    case option_id::json:
    case option_id::raw:
      return option_id::format;
    case option_id::retained_only:
    case option_id::no_stale:
      return option_id::retained;
    default:
      return id;
  }
}

bool is_topic(option_id id) { return id == option_id::topic || id == option_id::filter; }

bool names_topic(const argument& given) {
  url_parts url;
  return parse_url(given.value(), url).empty() && url.path.size() > 1 &&
         url.scheme != url_scheme::unix_socket && !row_of(url.scheme).has_websocket;
}

/// The options that turn TLS on, or are of use with it only.
bool is_about_tls(const option_row& row) {
  return row.group == option_group::tls && row.id != option_id::no_tls;
}

/// Whether it says that there is no TLS: a URL by its scheme, or MQTT's own port.
bool says_plain(const argument& given) {
  if (given.row->id == option_id::port) return given.value() == "1883";
  if (given.row->id != option_id::url) return false;
  url_parts url;
  if (!parse_url(given.value(), url).empty()) return false;
  const url_scheme_row& scheme = row_of(url.scheme);
  const bool is_secure = scheme.is_brokers && scheme.has_tls;
  return !is_secure && url.scheme != url_scheme::unix_socket && url.port != 8883;
}

/// Whether `higher`, from a source that wins, leaves nothing of `lower`.
bool sets_aside(const argument& higher, const argument& lower) {
  const option_id high = higher.row->id;
  const option_id low = lower.row->id;
  if (subject_of(high) == subject_of(low)) return true;
  if (high == option_id::no_tls) return is_about_tls(*lower.row);
  if (low == option_id::no_tls) return is_about_tls(*higher.row);
  // A different address was given, so nothing of the URL is kept, least of all its credentials.
  if (low == option_id::url) return high == option_id::host || high == option_id::unix_path;
  if (high == option_id::url) {
    if (low == option_id::host || low == option_id::port || low == option_id::unix_path ||
        low == option_id::ws || low == option_id::tls_use_os_certs)
      return true;
    return is_topic(low) && names_topic(higher);
  }
  return false;
}

void add_variable(const std::optional<std::string>& value, std::string_view name, option_id id,
                  std::vector<argument>& out) {
  if (!value) return;
  argument found;
  found.row = &row_of(id);
  found.spelled = name;
  found.words[found.word_count++] = *value;
  found.source = option_source::environment;
  out.push_back(found);
}

const argument* last_of(const std::vector<argument>& options, option_id id) {
  for (auto each = options.rbegin(); each != options.rend(); ++each)
    if (each->row->id == id) return &*each;
  return nullptr;
}

/// Reads the file that counts: the one that was named, ours, or mosquitto's.
std::string read_file(program which, bool is_request, const process_environment& environment,
                      config_file& file, const std::vector<argument>& command_line,
                      std::vector<argument>& out) {
  const argument* named = last_of(command_line, option_id::config);
  const argument* refused = last_of(command_line, option_id::no_config);
  const argument* profile = last_of(command_line, option_id::profile);
  if (profile != nullptr && profile->value().empty())
    return std::string(profile->spelled) + " needs NAME, not an empty word";
  const std::string_view wanted = profile != nullptr ? profile->value() : std::string_view();
  if (refused != nullptr) return {};
  if (named != nullptr) {
    if (file.load(std::string(named->value())) != config_file::presence::read)
      return std::string(named->spelled) + " " + file.problem();
    if (!file.is_mosquittos()) return file.read_ours(which, wanted, environment, out);
    if (profile == nullptr) return file.read_mosquittos(which, out);
    return std::string(profile->spelled) + ": " + printable(file.path(), 200) +
           " has the form of mosquitto's files, which know no profiles";
  }
  if (environment.config_folder.empty()) {
    if (profile == nullptr) return {};
    return std::string(profile->spelled) +
           ": without HOME and XDG_CONFIG_HOME there is no configuration file; name one with "
           "--config";
  }
  switch (file.load(environment.config_folder + "/mqtt-toolkit/config")) {
    case config_file::presence::read:
      return file.read_ours(which, wanted, environment, out);
    case config_file::presence::failed:
      return file.problem() + "; --no-config does without it";
    case config_file::presence::absent:
      break;
  }
  if (profile != nullptr) return std::string(profile->spelled) + ": " + file.problem();
  if (which == program::doctor) return {};  // mosquitto has no such program
  std::string_view theirs = which == program::pub ? "mosquitto_pub" : "mosquitto_sub";
  if (is_request || last_of(command_line, option_id::request) != nullptr ||
      last_of(command_line, option_id::response_topic) != nullptr)
    theirs = "mosquitto_rr";
  // A file that cannot be read counts as none, as in mosquitto's clients.
  if (file.load(environment.config_folder + "/" + std::string(theirs)) !=
      config_file::presence::read)
    return {};
  return file.read_mosquittos(which, out);
}

}  // namespace

std::string gather_options(program which, bool is_request, const process_environment& environment,
                           config_file& file, std::vector<argument>& options) {
  std::vector<argument> all;
  if (std::string wrong = read_file(which, is_request, environment, file, options, all);
      !wrong.empty())
    return wrong;
  add_variable(environment.url, "MQTT_URL", option_id::url, all);
  add_variable(environment.user_name, "MQTT_USERNAME", option_id::username, all);
  add_variable(environment.password, "MQTT_PASSWORD", option_id::password, all);
  if (all.empty()) return {};  // most lines have no such options
  all.insert(all.end(), options.begin(), options.end());

  for (argument& lower : all) {
    for (const argument& higher : all) {
      if (higher.source <= lower.source) continue;
      const bool is_like_a_flag =
          lower.source == option_source::mosquitto_file && higher.row->id != option_id::no_tls;
      if (is_like_a_flag) continue;
      if (sets_aside(higher, lower)) lower.is_off = true;
      if (is_about_tls(*lower.row) && says_plain(higher)) lower.is_mere_hint = true;
      if (lower.row->id == option_id::url && is_topic(higher.row->id)) lower.gives_topic = false;
    }
  }
  std::erase_if(all, [](const argument& given) { return given.is_off; });
  options = std::move(all);
  return {};
}

}  // namespace mqttkit::tools
