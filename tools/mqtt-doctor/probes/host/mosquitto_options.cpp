#include "mqtt-doctor/probes/host/mosquitto_options.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "common/edit_distance.hpp"
#include "mqtt-doctor/probes/host/files.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// All names that mosquitto 1.4 to 2.1 knows, so that no version's names are called unknown.
const std::set<std::string, std::less<>>& known_names() {
  static const std::set<std::string, std::less<>> names{"accept_protocol_versions",
                                                        "acl_file",
                                                        "address",
                                                        "addresses",
                                                        "allow_anonymous",
                                                        "allow_duplicate_messages",
                                                        "allow_zero_length_clientid",
                                                        "auth_plugin",
                                                        "auth_plugin_deny_special_chars",
                                                        "auto_id_prefix",
                                                        "autosave_interval",
                                                        "autosave_on_changes",
                                                        "bind_address",
                                                        "bind_interface",
                                                        "bridge_alpn",
                                                        "bridge_attempt_unsubscribe",
                                                        "bridge_bind_address",
                                                        "bridge_cafile",
                                                        "bridge_capath",
                                                        "bridge_certfile",
                                                        "bridge_ciphers",
                                                        "bridge_ciphers_tls1.3",
                                                        "bridge_identity",
                                                        "bridge_insecure",
                                                        "bridge_keyfile",
                                                        "bridge_max_packet_size",
                                                        "bridge_max_topic_alias",
                                                        "bridge_outgoing_retain",
                                                        "bridge_protocol_version",
                                                        "bridge_psk",
                                                        "bridge_receive_maximum",
                                                        "bridge_reload_type",
                                                        "bridge_require_ocsp",
                                                        "bridge_session_expiry_interval",
                                                        "bridge_tcp_keepalive",
                                                        "bridge_tcp_user_timeout",
                                                        "bridge_tls_use_os_certs",
                                                        "bridge_tls_version",
                                                        "cafile",
                                                        "capath",
                                                        "certfile",
                                                        "check_retain_source",
                                                        "ciphers",
                                                        "ciphers_tls1.3",
                                                        "cleansession",
                                                        "clientid",
                                                        "clientid_prefixes",
                                                        "connection",
                                                        "connection_messages",
                                                        "crlfile",
                                                        "dhparamfile",
                                                        "disable_client_cert_date_checks",
                                                        "enable_control_api",
                                                        "global_max_clients",
                                                        "global_max_connections",
                                                        "global_plugin",
                                                        "http_dir",
                                                        "idle_timeout",
                                                        "include_dir",
                                                        "keepalive_interval",
                                                        "keyfile",
                                                        "listener",
                                                        "listener_allow_anonymous",
                                                        "listener_auto_id_prefix",
                                                        "local_cleansession",
                                                        "local_clientid",
                                                        "local_password",
                                                        "local_username",
                                                        "log_dest",
                                                        "log_facility",
                                                        "log_timestamp",
                                                        "log_timestamp_format",
                                                        "log_type",
                                                        "max_connections",
                                                        "max_inflight_bytes",
                                                        "max_inflight_messages",
                                                        "max_keepalive",
                                                        "max_packet_size",
                                                        "max_qos",
                                                        "max_queued_bytes",
                                                        "max_queued_messages",
                                                        "max_topic_alias",
                                                        "max_topic_alias_broker",
                                                        "maximum_qos",
                                                        "memory_limit",
                                                        "message_size_limit",
                                                        "mount_point",
                                                        "notification_topic",
                                                        "notifications",
                                                        "notifications_local_only",
                                                        "packet_buffer_size",
                                                        "password",
                                                        "password_file",
                                                        "per_listener_settings",
                                                        "persistence",
                                                        "persistence_file",
                                                        "persistence_location",
                                                        "persistent_client_expiration",
                                                        "pid_file",
                                                        "plugin",
                                                        "plugin_load",
                                                        "plugin_use",
                                                        "port",
                                                        "protocol",
                                                        "proxy_protocol_v2",
                                                        "proxy_protocol_v2_require_tls",
                                                        "psk_file",
                                                        "psk_hint",
                                                        "queue_qos0_messages",
                                                        "remote_clientid",
                                                        "remote_password",
                                                        "remote_username",
                                                        "require_certificate",
                                                        "restart_timeout",
                                                        "retain_available",
                                                        "retain_expiry_interval",
                                                        "retained_persistence",
                                                        "retry_interval",
                                                        "round_robin",
                                                        "set_tcp_nodelay",
                                                        "socket_domain",
                                                        "start_type",
                                                        "store_clean_interval",
                                                        "sys_interval",
                                                        "threshold",
                                                        "tls_engine",
                                                        "tls_engine_kpass_sha1",
                                                        "tls_keyform",
                                                        "tls_version",
                                                        "topic",
                                                        "try_private",
                                                        "upgrade_outgoing_qos",
                                                        "use_identity_as_username",
                                                        "use_subject_as_username",
                                                        "use_username_as_clientid",
                                                        "user",
                                                        "username",
                                                        "websockets_headers_size",
                                                        "websockets_log_level",
                                                        "websockets_origin"};
  return names;
}

// An option whose value is one of some words.
struct word_list {
  std::string_view name;
  std::array<std::string_view, 16> words;
};

constexpr word_list word_lists[] = {
    {"log_dest", {"none", "syslog", "stdout", "stderr", "topic", "dlt", "android", "file"}},
    {"log_type",
     {"none", "information", "notice", "warning", "error", "debug", "subscribe", "unsubscribe",
      "internal", "websockets", "all"}},
    {"protocol", {"mqtt", "websockets", "http_api"}},
    {"socket_domain", {"ipv4", "ipv6", "unspec"}},
    {"start_type", {"automatic", "lazy", "once"}},
    {"bridge_protocol_version", {"mqttv31", "mqttv311", "mqttv50"}},
};

struct number_range {
  std::string_view name;
  std::int64_t least;
  std::int64_t most;
};

// A value that is no number counts as 0 (atoi(3)). Where versions differ the wider range counts.
constexpr std::int64_t endless = INT64_MAX;
constexpr std::int64_t most_of_int = INT32_MAX;
constexpr number_range number_ranges[] = {
    {"max_qos", 0, 2},
    {"max_keepalive", 0, 65535},
    {"max_inflight_messages", -endless, 65535},
    {"max_packet_size", 20, most_of_int},
    {"message_size_limit", 0, 268435455},
    {"sys_interval", 0, 65535},
    {"max_topic_alias", 0, 65535},
    {"log_facility", 0, 7},
    {"keepalive_interval", -endless, 65535},
    {"websockets_headers_size", 0, 65535},
    {"bridge_max_topic_alias", 0, 65535},
    {"bridge_receive_maximum", 1, 65535},
    {"bridge_session_expiry_interval", 0, most_of_int},
};

/// As strtol(3) reads it, which stops at its own end.
std::int64_t long_at_the_front(const std::string& value) {
  std::size_t end = 0;
  const auto is_digit = [&] { return value[end] >= '0' && value[end] <= '9'; };
  while (end < value.size() && (is_digit() || (end == 0 && value[end] == '-'))) ++end;
  if (const auto read = number(value.substr(0, end))) return *read;
  constexpr std::size_t most_digits = 18;
  if (end < most_digits) return 0;
  return value.front() == '-' ? INT64_MIN : INT64_MAX;
}

/// Whether the value is a duration, "3d": a number of hours, days, weeks, months or years.
bool is_duration(const std::string& value) {
  return std::string_view("hdwmy").find(value.back()) != std::string_view::npos &&
         number_at_the_front(value) > 0;
}

// PATTERN [DIRECTION [QOS [LOCAL REMOTE]]]; a quoted pattern may hold blanks.
bool is_bridge_topic(const std::string& value) {
  if (value.front() == '"') return true;
  const auto words = words_of(value);
  if (words.size() < 2) return true;
  const std::string direction = lower(words[1]);
  if (direction != "in" && direction != "out" && direction != "both") return false;
  if (words.size() > 2) {
    const std::int64_t quality = number_at_the_front(words[2]);
    if (quality < 0 || quality > 2) return false;
  }
  const auto has_wildcard = [&](std::size_t word) {
    return words.size() > word && words[word].find_first_of("+#") != std::string::npos;
  };
  const bool is_comment = words.size() > 2 && words[2].front() == '#';
  return is_comment || (!has_wildcard(3) && !has_wildcard(4));
}

/// Whether one of the addresses HOST[:PORT] has a port that is none.
bool has_bad_port(const std::string& addresses) {
  for (const std::string& each : words_of(addresses)) {
    if (each.front() == '#') return false;
    const std::size_t colon = each.rfind(':');
    if (colon == std::string::npos) continue;
    const std::int64_t port = number_at_the_front(each.substr(colon + 1));
    if (port < 1 || port > 65535) return true;
  }
  return false;
}

/// A base and a cap, which must not be lower.
bool is_falling_timeout(const std::vector<std::string>& words) {
  if (words.size() < 2) return false;
  const std::int64_t cap = number_at_the_front(words[1]);
  return cap != 0 && cap < number_at_the_front(words[0]);
}

bool is_sha1(const std::string& word) {
  constexpr std::size_t digits = 40;
  return word.size() == digits &&
         word.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

}  // namespace

std::int64_t number_at_the_front(const std::string& value) {
  return static_cast<std::int32_t>(long_at_the_front(value));
}

bool is_known_option(std::string_view name) {
  return known_names().count(name) != 0 || name.rfind("plugin_opt_", 0) == 0 ||
         name.rfind("auth_opt_", 0) == 0;
}

std::string near_option(std::string_view name) {
  constexpr std::size_t shortest = 6, most_letters = 2;
  const std::string small = lower(name);
  const bool is_word =
      small.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == small.npos;
  if (name.size() < shortest || !is_word) return {};
  std::string best;
  std::size_t best_distance = most_letters + 1;
  bool is_alone = false;
  for (const std::string& option : known_names()) {
    if (age_of(option, {}) != option_age::any && option != "max_keepalive") continue;
    const std::size_t distance = tools::edit_distance(small, option);
    if (distance > best_distance) continue;
    is_alone = distance < best_distance;
    best_distance = distance;
    best = option;
  }
  return is_alone ? best : std::string();
}

namespace {

bool is_of_2_1(std::string_view name) {
  static const std::set<std::string, std::less<>> names{"accept_protocol_versions",
                                                        "disable_client_cert_date_checks",
                                                        "enable_control_api",
                                                        "global_max_clients",
                                                        "global_max_connections",
                                                        "global_plugin",
                                                        "listener_allow_anonymous",
                                                        "listener_auto_id_prefix",
                                                        "max_topic_alias_broker",
                                                        "packet_buffer_size",
                                                        "plugin_load",
                                                        "plugin_use",
                                                        "proxy_protocol_v2",
                                                        "proxy_protocol_v2_require_tls",
                                                        "retain_expiry_interval",
                                                        "websockets_origin"};
  return names.count(name) != 0;
}

/// Whether 2.0.11 lacks the option, and a later 2.0 has it.
bool is_of_later_2_0(std::string_view name) {
  static const std::set<std::string, std::less<>> names{
      "bridge_ciphers",         "bridge_ciphers_tls1.3",   "bridge_max_topic_alias",
      "bridge_receive_maximum", "bridge_reload_type",      "bridge_session_expiry_interval",
      "bridge_tcp_keepalive",   "bridge_tcp_user_timeout", "bridge_tls_use_os_certs"};
  return names.count(name) != 0;
}

}  // namespace

option_age age_of(std::string_view name, const std::string& value) {
  if (is_of_2_1(name) || (name == "protocol" && value == "http_api")) return option_age::of_2_1;
  if (is_of_later_2_0(name)) return option_age::later_than_2_0_11;
  // Up to 2.0.11 the least is 10.
  const bool is_short = name == "max_keepalive" && number_at_the_front(value) < 10;
  if (is_short && number_at_the_front(value) >= 0) return option_age::later_than_2_0_11;
  if (name == "store_clean_interval") return option_age::before_2;
  return option_age::any;
}

bool is_switch(std::string_view name) {
  static const std::set<std::string, std::less<>> names{"allow_anonymous",
                                                        "allow_duplicate_messages",
                                                        "allow_zero_length_clientid",
                                                        "auth_plugin_deny_special_chars",
                                                        "check_retain_source",
                                                        "connection_messages",
                                                        "log_timestamp",
                                                        "per_listener_settings",
                                                        "persistence",
                                                        "queue_qos0_messages",
                                                        "require_certificate",
                                                        "retain_available",
                                                        "set_tcp_nodelay",
                                                        "upgrade_outgoing_qos",
                                                        "use_identity_as_username",
                                                        "use_subject_as_username",
                                                        "use_username_as_clientid",
                                                        "autosave_on_changes",
                                                        "bridge_attempt_unsubscribe",
                                                        "bridge_insecure",
                                                        "bridge_outgoing_retain",
                                                        "bridge_require_ocsp",
                                                        "cleansession",
                                                        "local_cleansession",
                                                        "notifications",
                                                        "notifications_local_only",
                                                        "round_robin",
                                                        "try_private"};
  return names.count(name) != 0;
}

bool is_security(std::string_view name) {
  return name == "allow_anonymous" || name == "password_file" || name == "acl_file" ||
         name == "psk_file" || name == "allow_zero_length_clientid" || name == "auto_id_prefix" ||
         name == "plugin" || name == "auth_plugin";
}

bool is_of_listener(std::string_view name) {
  static const std::set<std::string, std::less<>> names{"bind_interface",
                                                        "cafile",
                                                        "capath",
                                                        "certfile",
                                                        "ciphers",
                                                        "ciphers_tls1.3",
                                                        "crlfile",
                                                        "dhparamfile",
                                                        "http_dir",
                                                        "keyfile",
                                                        "max_connections",
                                                        "max_qos",
                                                        "max_topic_alias",
                                                        "mount_point",
                                                        "protocol",
                                                        "psk_hint",
                                                        "require_certificate",
                                                        "socket_domain",
                                                        "tls_version",
                                                        "use_identity_as_username",
                                                        "use_subject_as_username",
                                                        "use_username_as_clientid",
                                                        "websockets_headers_size",
                                                        "tls_engine",
                                                        "tls_keyform",
                                                        "proxy_protocol_v2"};
  return names.count(name) != 0;
}

bool is_secret(std::string_view name) { return has(name, "password") && name != "password_file"; }

bool is_option_of_bridge(std::string_view name) {
  static const std::set<std::string, std::less<>> names{"address",
                                                        "addresses",
                                                        "cleansession",
                                                        "clientid",
                                                        "idle_timeout",
                                                        "keepalive_interval",
                                                        "local_cleansession",
                                                        "local_clientid",
                                                        "local_password",
                                                        "local_username",
                                                        "notification_topic",
                                                        "notifications",
                                                        "notifications_local_only",
                                                        "password",
                                                        "remote_clientid",
                                                        "remote_password",
                                                        "remote_username",
                                                        "restart_timeout",
                                                        "round_robin",
                                                        "start_type",
                                                        "threshold",
                                                        "topic",
                                                        "try_private",
                                                        "username"};
  return name.rfind("bridge_", 0) == 0 || names.count(name) != 0;
}

bool opens_default_listener(std::string_view name, const std::string& value) {
  static const std::set<std::string, std::less<>> names{
      "bind_interface", "cafile",      "capath",  "certfile", "ciphers",      "ciphers_tls1.3",
      "crlfile",        "dhparamfile", "keyfile", "psk_hint", "socket_domain"};
  if (name == "protocol") return words_of(value)[0] == "websockets";
  if (name == "tls_keyform") return words_of(value)[0] == "engine";
  if (name == "max_connections") return number_at_the_front(value) != -1;
  if (name == "max_qos") return number_at_the_front(value) != 2;
  const bool is_on = value == "true" || value == "1";
  if (name == "require_certificate" || name == "use_identity_as_username" ||
      name == "use_subject_as_username" || name == "use_username_as_clientid")
    return is_on;
  return names.count(name) != 0;
}

bool stands_once(std::string_view name) {
  static const std::set<std::string, std::less<>> names{"acl_file",
                                                        "auto_id_prefix",
                                                        "bind_address",
                                                        "bind_interface",
                                                        "bridge_alpn",
                                                        "bridge_bind_address",
                                                        "bridge_cafile",
                                                        "bridge_capath",
                                                        "bridge_certfile",
                                                        "bridge_identity",
                                                        "bridge_keyfile",
                                                        "bridge_psk",
                                                        "bridge_tls_version",
                                                        "cafile",
                                                        "capath",
                                                        "certfile",
                                                        "ciphers",
                                                        "ciphers_tls1.3",
                                                        "clientid_prefixes",
                                                        "crlfile",
                                                        "dhparamfile",
                                                        "http_dir",
                                                        "keyfile",
                                                        "local_clientid",
                                                        "local_password",
                                                        "local_username",
                                                        "log_timestamp_format",
                                                        "mount_point",
                                                        "notification_topic",
                                                        "password_file",
                                                        "persistence_file",
                                                        "persistence_location",
                                                        "pid_file",
                                                        "psk_file",
                                                        "psk_hint",
                                                        "remote_clientid",
                                                        "remote_password",
                                                        "remote_username",
                                                        "tls_engine",
                                                        "tls_engine_kpass_sha1",
                                                        "tls_version",
                                                        "user"};
  return names.count(name) != 0;
}

std::string name_today(const std::string& name) {
  static const std::map<std::string, std::string> names{{"addresses", "address"},
                                                        {"clientid", "remote_clientid"},
                                                        {"username", "remote_username"},
                                                        {"password", "remote_password"},
                                                        {"maximum_qos", "max_qos"}};
  const auto at = names.find(name);
  return at == names.end() ? name : at->second;
}

bool may_be_empty(std::string_view name) {
  return name == "log_type" || name == "max_connections" || name == "protocol" ||
         name == "persistent_client_expiration" || name == "retry_interval";
}

std::string words_for(std::string_view name) {
  std::string out;
  for (const auto& list : word_lists) {
    if (list.name != name) continue;
    for (const std::string_view word : list.words) {
      if (!word.empty() && word != "http_api") out.append(out.empty() ? "" : ", ").append(word);
    }
  }
  return out;
}

bool is_refused_value(std::string_view name, const std::string& value) {
  if (value.empty()) return true;
  const auto words = words_of(value);
  if (words.empty()) return true;
  const std::string& word = words[0];
  if (is_switch(name)) return word != "true" && word != "false" && word != "1" && word != "0";
  if (name == "log_dest" && word == "file") return words.size() < 2;
  // The whole line is compared, with a comment behind the word.
  if (name == "bridge_protocol_version" && words.size() > 1) return true;
  // A number of bytes; with less than this it ends while it starts, or with the first client.
  constexpr std::int64_t least_memory = 1'000'000;
  if (name == "memory_limit") {
    const std::int64_t limit = long_at_the_front(word);
    return limit < least_memory && limit != 0;
  }
  if (name == "tls_engine_kpass_sha1") return !is_sha1(word);
  if (name == "restart_timeout") return is_falling_timeout(words);
  if (name == "address" || name == "addresses") return has_bad_port(value);
  for (const auto& list : word_lists) {
    if (list.name == name)
      return std::find(list.words.begin(), list.words.end(), word) == list.words.end();
  }
  for (const auto& range : number_ranges) {
    if (range.name != name) continue;
    const std::int64_t said = number_at_the_front(word);
    return said < range.least || said > range.most;
  }
  if (name == "persistent_client_expiration") return !is_duration(word);
  if (name == "mount_point") return value.find_first_of("+#") != std::string::npos;
  if (name == "topic") return !is_bridge_topic(value);
  return false;
}

}  // namespace mqttkit::doctor
