#include "cli/setting_report.hpp"

#include <algorithm>

#include "cli/url.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view masked = "***";
constexpr std::size_t value_column = 24;
constexpr std::size_t origin_column = 60;

std::string origin_of(const argument& given) {
  if (!given.file.empty()) return std::string(given.file) + ":" + std::to_string(given.line);
  if (given.source == option_source::environment)
    return "environment " + std::string(given.spelled);
  return "command line " + std::string(given.spelled);
}

/// The name to write in a configuration file; mosquitto's --pw is short for typing.
std::string_view shown_name(const option_row& row) {
  return row.id == option_id::password ? "password" : long_name(row);
}

std::string without_password(std::string_view text) {
  url_parts url;
  if (!parse_url(text, url).empty()) return std::string(masked);
  if (url.password_text.empty()) return std::string(text);
  const auto start = static_cast<std::size_t>(url.password_text.data() - text.data());
  std::string out(text);
  return out.replace(start, url.password_text.size(), masked);
}

std::string shown_value(const argument& given) {
  switch (given.row->id) {
    case option_id::password:
    case option_id::psk:
    case option_id::tls_engine_kpass_sha1:
      return std::string(masked);
    case option_id::proxy:
      return without_password(given.value());
    case option_id::ws_header:
      return std::string(given.value().substr(0, given.value().find(':'))) + ": " +
             std::string(masked);
    default:
      break;
  }
  if (!given.row->takes_value()) return "true";
  const bool is_token = given.row->id == option_id::property &&
                        given.words[1] == std::string_view("authentication-data");
  std::string out;
  for (std::size_t i = 0; i < given.word_count; ++i) {
    if (i != 0) out += ' ';
    out += is_token && i == 2 ? masked : given.words[i];
  }
  return out;
}

}  // namespace

bool setting_report::has(option_id id) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [id](const entry& row) { return row.id == id; });
}

void setting_report::forget(option_id id) {
  std::erase_if(entries_, [id](const entry& row) { return row.id == id; });
}

void setting_report::set(const argument& given, option_id id, std::string value) {
  if (!row_of(id).repeatable) forget(id);
  entries_.push_back({id, std::move(value), origin_of(given)});
}

void setting_report::set_from_url(const argument& given, program which) {
  url_parts url;
  if (!parse_url(given.value(), url).empty()) return;  // its error is told elsewhere
  for (const option_id id : {option_id::host, option_id::port, option_id::unix_path}) forget(id);
  if (url.user_name && !url.user_name->empty()) set(given, option_id::username, *url.user_name);
  if (url.password) {
    forget(option_id::password_file);
    forget(option_id::ask_password);
    set(given, option_id::password, std::string(masked));
  }
  if (url.scheme == url_scheme::unix_socket) {
    set(given, option_id::unix_path,
        percent_decoded(url.host + url.path).value_or(url.host + url.path));
    return;
  }
  set(given, option_id::host, url.host);
  if (url.port) set(given, option_id::port, std::to_string(*url.port));
  const url_scheme_row& scheme = row_of(url.scheme);
  if (scheme.is_brokers && scheme.has_tls) set(given, option_id::tls_use_os_certs, "true");
  if (scheme.has_websocket) {
    set(given, option_id::ws, "true");
    if (!url.path.empty()) set(given, option_id::ws_path, url.path);
  } else if (url.path.size() > 1 && given.gives_topic) {
    const std::string_view path = std::string_view(url.path).substr(1);
    set(given, which == program::sub ? option_id::filter : option_id::topic,
        percent_decoded(path).value_or(std::string(path)));
  }
}

void setting_report::note(const argument& given, program which) {
  const option_id id = given.row->id;
  if (given.row->group == option_group::general && id != option_id::debug && id != option_id::quiet)
    return;
  if (id == option_id::url) return set_from_url(given, which);
  if (id == option_id::host) forget(option_id::unix_path);
  if (id == option_id::unix_path) forget(option_id::host);
  if (id == option_id::password || id == option_id::password_file || id == option_id::ask_password)
    for (const option_id other :
         {option_id::password, option_id::password_file, option_id::ask_password})
      forget(other);
  set(given, id, shown_value(given));
}

std::string setting_report::text(program which, const common_settings& settings) const {
  const dial_options& dial = settings.client.dial;
  const session_options& session = settings.client.session;
  std::string out;
  const auto add_line = [&out](std::string_view name, std::string_view value,
                               std::string_view origin) {
    const std::size_t start = out.size();
    out += name;
    out.append(value_column - std::min(value_column - 1, name.size()), ' ');
    out += printable(value, 1000);
    const std::size_t width = out.size() - start;
    out.append(width < origin_column ? origin_column - width : 2, ' ');
    out += '(';
    out += printable(origin, 1000);
    out += ")\n";
  };
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    for (const entry& each : entries_)
      if (each.id == row.id) add_line(shown_name(row), each.value, each.origin);
    if (has(row.id)) continue;
    const bool has_address = dial.unix_path.empty();
    if (row.id == option_id::host && has_address) add_line("host", dial.host, "default");
    if (row.id == option_id::port && has_address)
      add_line("port", std::to_string(dial.port), "default");
    if (row.id == option_id::qos || row.id == option_id::sub_qos) add_line("qos", "0", "default");
    if (row.id == option_id::keepalive)
      add_line("keepalive", std::to_string(session.keep_alive.count()), "default");
    if (row.id == option_id::protocol_version)
      add_line("protocol-version", to_string(session.version), "default");
  }
  return out;
}

}  // namespace mqttkit::tools
