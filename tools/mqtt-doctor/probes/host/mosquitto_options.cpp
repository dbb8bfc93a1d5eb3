#include "mqtt-doctor/probes/host/mosquitto_options.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "cli/arguments.hpp"
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
                                                        "clean_session",
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
                                                        "retain_persistence",
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
    {"protocol", {"mqtt", "websockets", "mqttsn", "http_api"}},
    {"socket_domain", {"ipv4", "ipv6", "unspec"}},
    {"start_type", {"automatic", "lazy", "manual", "once"}},
    {"bridge_protocol_version", {"mqttv31", "mqttv311", "mqttv50"}},
};

struct number_range {
  std::string_view name;
  std::int64_t least;
  std::int64_t most;
};

// A value that is no number counts as 0 (atoi(3)). Where versions differ the wider range counts.
constexpr std::int64_t endless = INT64_MAX;
constexpr number_range number_ranges[] = {
    {"max_qos", 0, 2},
    {"max_keepalive", 0, 65535},
    {"max_inflight_messages", -endless, 65535},
    {"max_packet_size", 20, endless},
    {"message_size_limit", 0, 268435455},
    {"memory_limit", 0, endless},
    {"sys_interval", 0, 65535},
    {"max_topic_alias", 0, 65535},
    {"log_facility", 0, 7},
};

std::int64_t number_at_the_front(const std::string& value) {
  std::size_t end = 0;
  while (end < value.size() &&
         ((value[end] >= '0' && value[end] <= '9') || (end == 0 && value[end] == '-')))
    ++end;
  return number(value.substr(0, end)).value_or(0);
}

/// Whether the value is a duration, "3d": a number of hours, days, weeks, months or years.
bool is_duration(const std::string& value) {
  return value.size() > 1 &&
         std::string_view("hdwmy").find(value.back()) != std::string_view::npos &&
         number(value.substr(0, value.size() - 1)).has_value();
}

// PATTERN [DIRECTION [QOS [LOCAL REMOTE]]]; a quoted pattern may hold blanks.
bool is_bridge_topic(const std::string& value) {
  if (value.front() == '"') return true;
  const auto words = words_of(value);
  if (words.size() < 2) return true;
  if (words[1] != "in" && words[1] != "out" && words[1] != "both") return false;
  return words.size() < 3 || (words[2].size() == 1 && words[2][0] >= '0' && words[2][0] <= '2');
}

}  // namespace

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
    if (is_of_2_1(option)) continue;
    const std::size_t distance = tools::edit_distance(small, option);
    if (distance > best_distance) continue;
    is_alone = distance < best_distance;
    best_distance = distance;
    best = option;
  }
  return is_alone ? best : std::string();
}

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

bool is_switch(std::string_view name) {
  static const std::set<std::string, std::less<>> names{"allow_anonymous",
                                                        "allow_duplicate_messages",
                                                        "allow_zero_length_clientid",
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
                                                        "clean_session",
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
                                                        "clean_session",
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
      "bind_interface", "cafile",      "capath",  "certfile", "ciphers",
      "crlfile",        "dhparamfile", "keyfile", "psk_hint", "socket_domain"};
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
                                                        "cafile",
                                                        "capath",
                                                        "certfile",
                                                        "ciphers",
                                                        "clientid_prefixes",
                                                        "crlfile",
                                                        "dhparamfile",
                                                        "keyfile",
                                                        "mount_point",
                                                        "password_file",
                                                        "persistence_location",
                                                        "pid_file",
                                                        "psk_file",
                                                        "psk_hint",
                                                        "user"};
  return names.count(name) != 0;
}

bool is_refused_value(std::string_view name, const std::string& value) {
  if (value.empty()) return true;
  const auto words = words_of(value);
  if (words.empty()) return true;
  const std::string& word = words[0];
  if (is_switch(name)) return word != "true" && word != "false" && word != "1" && word != "0";
  if (name == "log_dest" && word == "file") return words.size() < 2;
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
