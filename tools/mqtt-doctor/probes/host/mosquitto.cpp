// mosquitto.conf(5), read as mosquitto 2.0 reads it: words are parted by blanks only, a comment is
// a line that begins with '#', an unknown name stops the broker.
#include <algorithm>
#include <set>

#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {
namespace {

// Every name mosquitto 1.4 to 2.1 knows, so that no version's own words are called unknown.
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

bool is_known(std::string_view name) {
  return known_names().count(name) != 0 || name.rfind("plugin_opt_", 0) == 0 ||
         name.rfind("auth_opt_", 0) == 0;
}

// What 2.1 brought: 2.0 does not start with one of these.
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
                                                        "autosave_on_changes"};
  return names.count(name) != 0;
}

// What applies to one listener under per_listener_settings and to all without.
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

class reader {
 public:
  reader(const machine_files& files, configuration_fact& into) : files_(files), into_(into) {}

  void read(const std::string& path, int depth = 0) {
    constexpr int deepest = 10;
    if (depth > deepest) return;
    file_error error;
    std::string text = files_.read(path, &error);
    if (!error.empty()) {
      problem(
          error.is_denied() ? problem_kind::unreadable_configuration : problem_kind::missing_file,
          path, 0, path, error.text(), !error.is_denied());
      return;
    }
    into_.files.push_back(path);
    int line = 0;
    for (auto& raw : lines_of(text)) {
      ++line;
      if (line == 1 && raw.rfind("\xEF\xBB\xBF", 0) == 0) {
        problem(problem_kind::byte_order_mark, path, 1, {}, {}, true);
        raw.erase(0, 3);
      }
      while (!raw.empty() && raw.back() == '\r') raw.pop_back();
      if (raw.empty() || raw.front() == '#') continue;
      const std::size_t from = raw.find_first_not_of(' ');
      if (from == std::string::npos) continue;
      const std::size_t end = std::min(raw.find(' ', from), raw.size());
      take(raw.substr(from, end - from), trimmed(raw.substr(end)), path, line, depth);
    }
  }

  void finish() {
    if (default_listener_.port != 0 || !default_listener_.address.empty()) {
      if (default_listener_.port == 0) default_listener_.port = 1883;
      into_.listeners.insert(into_.listeners.begin(), default_listener_);
    }
    if (per_listener_) {
      for (const auto& early : early_security_) {
        if (into_.listeners.empty()) break;
        problem(problem_kind::above_listener, early.file, early.line, early.name, early.value,
                false);
      }
    } else {
      for (auto& listener : into_.listeners) {
        for (const auto& [name, value] : into_.settings) {
          if (is_security(name)) listener.settings[name] = value;
        }
      }
    }
    const bool is_whole = std::none_of(
        into_.problems.begin(), into_.problems.end(),
        [](const auto& problem) { return problem.kind == problem_kind::unreadable_configuration; });
    if (into_.listeners.empty() && is_whole) into_.settings["local_only"] = "true";
  }

 private:
  struct early_setting {
    std::string name, value, file;
    int line = 0;
  };

  void problem(problem_kind kind, const std::string& file, int line, const std::string& subject,
               const std::string& detail, bool stops) {
    configuration_problem problem;
    problem.kind = kind;
    problem.file = file;
    problem.line = line;
    problem.subject = subject;
    problem.detail = detail;
    problem.stops_broker = stops;
    into_.problems.push_back(std::move(problem));
  }

  void take(const std::string& name, const std::string& value, const std::string& path, int line,
            int depth) {
    if (!is_known(name)) {
      const std::size_t tab = name.find('\t');
      const bool has_tab = tab != std::string::npos && is_known(name.substr(0, tab));
      problem(has_tab ? problem_kind::tab : problem_kind::unknown_variable, path, line,
              has_tab ? name.substr(0, tab) : name.substr(0, 60), {}, true);
      return;
    }
    if (is_of_2_1(name)) problem(problem_kind::newer_variable, path, line, name, {}, false);
    if (name == "include_dir") return include(value, path, line, depth);
    if (value.empty()) return problem(problem_kind::bad_value, path, line, name, "empty", true);
    if (is_secret(name)) return;
    if (is_switch(name)) {
      const std::string word = lower(words_of(value)[0]);
      if (word != "true" && word != "false" && word != "1" && word != "0") {
        return problem(problem_kind::bad_value, path, line, name, value, true);
      }
      set(name, word == "true" || word == "1" ? "true" : "false", path, line);
      return;
    }
    if (name == "listener") return add_listener(value, path, line);
    if (name == "connection") in_bridge_ = true;
    if (name == "protocol" && value != "mqtt" && value != "websockets" && value != "mqttsn" &&
        value != "http_api") {
      return problem(problem_kind::bad_value, path, line, name, value, true);
    }
    if (name == "port") {
      const auto port = number(words_of(value)[0]);
      if (!port || *port < 1 || *port > 65535) {
        return problem(problem_kind::bad_value, path, line, name, value, true);
      }
      default_listener_.port = static_cast<int>(*port);
      default_listener_.line = line;
      return;
    }
    if (name == "bind_address") {
      default_listener_.address = words_of(value)[0];
      default_listener_.line = line;
      default_listener_.settings["file"] = path;
      default_listener_.settings["bind_address"] = default_listener_.address;
      return;
    }
    set(name, value, path, line);
  }

  void set(const std::string& name, const std::string& value, const std::string& path, int line) {
    if (name == "per_listener_settings") {
      per_listener_ = value == "true";
      if (per_listener_ && has_security_) {
        problem(problem_kind::bad_value, path, line, name,
                "must stand before every other security setting", true);
      }
    }
    if (is_security(name)) has_security_ = true;
    const bool is_here =
        !in_bridge_ && (is_of_listener(name) || (per_listener_ && is_security(name)));
    if (is_here) {
      auto& listener = into_.listeners.empty() ? default_listener_ : into_.listeners.back();
      listener.settings[name] = value;
      if (name == "protocol") listener.protocol = fact_word<listener_protocol>(value);
      if (is_security(name) && into_.listeners.empty()) {
        early_security_.push_back({name, value, path, line});
      }
      return;
    }
    const auto before = into_.settings.find(name);
    if (name == "allow_anonymous" && before != into_.settings.end() && before->second != value) {
      problem(problem_kind::overridden, path, line, name, value, false);
    }
    // log_dest may stand several times
    if (name == "log_dest" && before != into_.settings.end()) {
      before->second += "\n" + value;
      return;
    }
    into_.settings[name] = value;
  }

  void add_listener(const std::string& value, const std::string& path, int line) {
    const auto parts = words_of(value);
    const auto port = number(parts[0]);
    if (!port || *port < 0 || *port > 65535) {
      return problem(problem_kind::bad_value, path, line, "listener", value, true);
    }
    configured_listener made;
    made.port = static_cast<int>(*port);
    made.line = line;
    made.settings["file"] = path;
    if (parts.size() > 1 && parts[1].front() != '#') made.address = parts[1];
    if (port == 0) {
      made.protocol = listener_protocol::unix_socket;
    } else {
      for (const auto& other : into_.listeners) {
        if (other.port == made.port && (other.address == made.address || other.address.empty())) {
          problem(problem_kind::duplicate_port, path, line, std::to_string(made.port), {}, true);
        }
      }
    }
    in_bridge_ = false;
    into_.listeners.push_back(std::move(made));
  }

  void include(const std::string& folder, const std::string& path, int line, int depth) {
    into_.settings["include_dir"] = folder;
    file_error error;
    const auto names = files_.list(folder, &error);
    if (!error.empty()) {
      problem(
          error.is_denied() ? problem_kind::unreadable_configuration : problem_kind::missing_file,
          path, line, folder, error.text(), !error.is_denied());
      return;
    }
    for (const auto& name : names) {
      const bool is_read = name.size() > 5 && name.substr(name.size() - 5) == ".conf";
      const std::string file = (folder.back() == '/' ? folder : folder + "/") + name;
      if (is_read) {
        read(file, depth + 1);
      } else if (name != "README" && says_something(file)) {
        problem(problem_kind::ignored_file, file, 0, name, folder, false);
      }
    }
  }

  bool says_something(const std::string& file) const {
    for (const auto& line : lines_of(files_.read(file))) {
      const auto parts = words_of(line);
      if (parts.size() > 1 && (parts[0] == "listener" || is_security(parts[0]))) return true;
    }
    return false;
  }

  const machine_files& files_;
  configuration_fact& into_;
  configured_listener default_listener_;
  std::vector<early_setting> early_security_;
  bool per_listener_ = false;
  bool has_security_ = false;
  bool in_bridge_ = false;
};

}  // namespace

configuration_fact read_mosquitto(const machine_files& files, const std::string& file,
                                  const process_fact* runs) {
  configuration_fact out;
  out.broker = broker_kind::mosquitto;
  out.file = file;
  out.is_used = runs != nullptr;
  if (runs != nullptr) out.pid = runs->pid;
  reader read(files, out);
  if (!file.empty()) read.read(file);
  read.finish();
  return out;
}

}  // namespace mqttkit::doctor
