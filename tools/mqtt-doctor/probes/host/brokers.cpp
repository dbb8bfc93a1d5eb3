// Listeners in the files of EMQX (emqx.conf, HOCON or the older key = value), RabbitMQ
// (rabbitmq.conf, enabled_plugins) and ActiveMQ (activemq.xml).
#include "mqtt-doctor/probes/host/brokers.hpp"

#include <algorithm>
#include <set>

#include "common/url_password.hpp"
#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/broker_tls_files.hpp"
#include "mqtt-doctor/probes/host/file_rights.hpp"

namespace mqttkit::doctor {
namespace {

const process_fact* running(const host_facts& host, broker_kind name) {
  for (const auto& broker : host.brokers) {
    if (broker.name == name) return &broker;
  }
  return nullptr;
}

// mosquitto's configuration by its unit file, or in its usual place.
std::vector<std::string> usual_mosquitto_files(const host_facts& host) {
  std::vector<std::string> out;
  for (const auto& service : host.services) {
    if (service.name.rfind("mosquitto", 0) == 0 && !service.configuration.empty()) {
      out.push_back(service.configuration);
    }
  }
  for (const char* usual :
       {"/etc/mosquitto/mosquitto.conf", "/usr/local/etc/mosquitto/mosquitto.conf",
        "/var/snap/mosquitto/common/mosquitto.conf"}) {
    if (std::find(out.begin(), out.end(), usual) == out.end()) out.emplace_back(usual);
  }
  return out;
}

/// Whether the process ended while it was looked at, and took its configuration with it: what is
/// missing then is missed by nobody.
bool has_left(const machine_files& files, const process_fact& process,
              const configuration_fact& made) {
  const bool is_gone = std::any_of(
      made.problems.begin(), made.problems.end(), [&](const configuration_problem& problem) {
        return problem.kind == problem_kind::missing_file && problem.file == process.configuration;
      });
  return is_gone && process.pid > 0 && !files.exists("/proc/" + std::to_string(process.pid));
}

void look_at_mosquitto(const machine_files& files, const configuration_request& request,
                       host_facts& into) {
  std::vector<std::string> read;
  std::vector<int> left;
  for (const auto& process : into.brokers) {
    if (process.name != broker_kind::mosquitto || process.is_contained) continue;
    auto made = read_mosquitto(files, process.configuration, &process);
    if (has_left(files, process, made)) {
      left.push_back(process.pid);
      continue;
    }
    check_mosquitto(files, request, &process, made, into.not_seen);
    read.push_back(process.configuration);
    into.configurations.push_back(std::move(made));
  }
  std::erase_if(into.brokers, [&](const process_fact& process) {
    return std::find(left.begin(), left.end(), process.pid) != left.end();
  });
  for (const auto& file : usual_mosquitto_files(into)) {
    if (!files.exists(file) || std::find(read.begin(), read.end(), file) != read.end()) continue;
    auto value = read_mosquitto(files, file, nullptr);
    check_mosquitto(files, request, nullptr, value, into.not_seen);
    into.configurations.push_back(std::move(value));
  }
}

}  // namespace

void note_places(const machine_files& files, configuration_fact& into) {
  std::map<std::string, std::vector<int>> begins;
  int number = 0;
  for (const std::string& line : lines_of(files.read(into.file))) {
    ++number;
    std::string text = trimmed(line);
    if (text.starts_with('<')) text.erase(0, 1);
    const std::size_t end = text.find_first_of(" =:{>\t");
    if (text.empty() || text.front() == '#' || end == 0) continue;
    begins[text.substr(0, end)].push_back(number);
  }
  for (const auto& [name, value] : into.settings) {
    if (into.places.count(name) != 0) continue;
    const std::size_t dot = name.rfind('.');
    for (const std::string& word : {name, name.substr(dot == name.npos ? 0 : dot + 1)}) {
      const auto found = begins.find(word);
      if (found == begins.end() || found->second.size() != 1) continue;
      into.places[name] = into.file + ":" + std::to_string(found->second.front());
      break;
    }
  }
}

void add_problem(configuration_fact& into, problem_kind kind, const std::string& file, int line,
                 const std::string& subject, const std::string& detail, bool stops) {
  configuration_problem made;
  made.kind = kind;
  made.file = file;
  made.line = line;
  made.subject = subject;
  made.detail = detail;
  made.stops_broker = stops;
  into.problems.push_back(std::move(made));
}

namespace {

/// Lays the authenticators and sources of rights of a file over those of the files before: a list
/// that is set again is set as a whole.
void keep_checks(const std::string& file, const std::string& text, configuration_fact& into) {
  const emqx_checks found = read_emqx_checks(text);
  for (const char* stem : {"authentication.", "authorization.sources."}) {
    const auto is_of = [&](const auto& each) { return each.first.starts_with(stem); };
    if (std::none_of(found.settings.begin(), found.settings.end(), is_of)) continue;
    std::erase_if(into.settings, is_of);
    std::erase_if(into.places, is_of);
  }
  for (const auto& [name, value] : found.settings) {
    into.settings[name] = value;
    if (const auto line = found.lines.find(name); line != found.lines.end())
      into.places[name] = file + ":" + std::to_string(line->second);
  }
}

/// What EMQX's file says, and what its dashboard wrote: base.hocon, cluster.hocon, emqx.conf, of
/// which the later counts.
std::map<std::string, std::string> settings_of_emqx(const machine_files& files,
                                                    configuration_fact& into) {
  const std::string folder = into.file.substr(0, into.file.rfind('/'));
  const std::string above = folder.substr(0, folder.rfind('/'));
  const std::string data = folder == "/etc/emqx" ? "/var/lib/emqx" : above + "/data";
  std::map<std::string, std::string> out;
  for (const std::string& each :
       {folder + "/base.hocon", data + "/configs/cluster.hocon", into.file}) {
    const bool is_other = each != into.file;
    if (is_other && !files.exists(each)) continue;
    if (is_other) into.files.push_back(each);
    const std::string text = files.read(each);
    keep_checks(each, text, into);
    for (auto& [name, value] : flat_hocon(text)) {
      out[name] = value;
      if (is_other)
        into.places[name] = each;
      else
        into.places.erase(name);
    }
  }
  return out;
}

/// The file with access rules: the one that a source of rights names, which the dashboard writes
/// below data/authz; "" where that source is switched off.
std::string rules_of_emqx(const configuration_fact& from) {
  const std::string folder = from.file.substr(0, from.file.rfind('/'));
  const std::string above = folder.substr(0, folder.rfind('/'));
  const std::string data = folder == "/etc/emqx" ? "/var/lib/emqx" : above + "/data";
  constexpr int most = 16;
  for (int number = 1; number <= most; ++number) {
    const auto said = [&](const char* name) {
      const auto at = from.settings.find("authorization.sources." + std::to_string(number) + name);
      return at == from.settings.end() ? std::string() : at->second;
    };
    if (said(".type") != "file") continue;
    if (said(".enable") == "false") return {};
    const std::string path = said(".path");
    if (has(path, "authz/")) return data + "/authz/acl.conf";
    if (path.starts_with('/')) return path;
  }
  return folder + "/acl.conf";
}

/// Access rules are Erlang terms: {deny, all, subscribe, ["$SYS/#", {eq, "#"}]}. A term may go on
/// over several lines.
void read_rules_of_emqx(const machine_files& files, configuration_fact& into) {
  constexpr std::size_t longest = 4096;
  const std::string file = rules_of_emqx(into);
  if (file.empty() || !files.exists(file)) return;
  into.files.push_back(file);
  into.settings["authorization.file"] = file;
  int line_number = 0, begin = 0;
  std::string rule;
  const auto keep = [&] {
    if (!rule.empty()) into.settings["acl.conf:" + std::to_string(begin)] = rule;
    rule.clear();
  };
  for (const auto& line : lines_of(files.read(file))) {
    ++line_number;
    const std::string part = trimmed(line);
    if (part.empty() || part.starts_with('%')) continue;
    const bool is_new = part.starts_with("{allow") || part.starts_with("{deny");
    if (is_new) {
      keep();
      begin = line_number;
      rule = part;
    } else if (!rule.empty() && rule.size() < longest) {
      rule += " " + part;
    }
    if (rule.ends_with("}.")) keep();
  }
  keep();
}

}  // namespace

configuration_fact read_emqx(const machine_files& files, const std::string& file,
                             const given_settings& given) {
  configuration_fact out;
  out.broker = broker_kind::emqx;
  out.file = file;
  out.is_used = false;
  auto settings = settings_of_emqx(files, out);
  lay_over(given, settings);
  // EMQX 5 has listeners.tcp.default.bind = "0.0.0.0:1883", EMQX 4 listener.tcp.external = PORT.
  for (const auto& [key, value] : settings) {
    const auto parts = split(key, '.');
    const bool is_new = parts.size() == 4 && parts[0] == "listeners" && parts[3] == "bind";
    const bool is_old = parts.size() == 3 && parts[0] == "listener";
    if (!is_new && !is_old) continue;
    configured_listener listener;
    listener.protocol = protocol_of(parts[1]);
    bind_to(value, listener);
    if (listener.port == 0) continue;
    const std::string stem = key.substr(0, key.rfind('.')) + ".";
    const auto place = out.places.find(key);
    if (is_new) listener.settings["name"] = parts[2];
    if (const auto by = given.find(key); by != given.end())
      listener.settings["variable"] = by->second.variable;
    else if (place != out.places.end())
      listener.settings["file"] = place->second;
    bool is_off = false;
    for (const char* name : {"enable", "enabled"}) {
      const auto said = is_new ? settings.find(stem + name) : settings.end();
      if (said == settings.end() || said->second != "false") continue;
      out.settings[said->first] = said->second;
      is_off = true;
    }
    if (is_off) continue;
    const std::string own = is_new ? stem : key + ".";
    for (auto at = settings.lower_bound(own); at != settings.end() && at->first.starts_with(own);
         ++at) {
      if (!has(lower(at->first), "password"))
        listener.settings[at->first.substr(own.size())] = at->second;
    }
    out.listeners.push_back(std::move(listener));
  }
  for (const auto& [key, value] : settings) {
    const bool is_told = key.starts_with("mqtt.") || key == "allow_anonymous" ||
                         key == "acl_nomatch" || key == "acl_deny_action" ||
                         key == "authorization.no_match" || key == "authorization.deny_action" ||
                         key.ends_with(".max_packet_size") || key == "node.name" ||
                         key.ends_with(".peer_cert_as_username") || key.starts_with("retainer.") ||
                         key == "flapping_detect.enable";
    if (is_told) out.settings[key] = value;
  }
  for (const auto& [key, setting] : given) {
    // "authentication.1.backend"; a secret of theirs was left out before.
    const bool is_check =
        key.starts_with("authentication.") || key.starts_with("authorization.sources.");
    if (is_check && !has(key, "password") && !has(key, "secret") && !has(key, ".body"))
      tools::hide_url_passwords(out.settings[key] = setting.value, {});
  }
  std::erase_if(out.places, [&](const auto& each) { return out.settings.count(each.first) == 0; });
  note_variables(given, out);
  read_rules_of_emqx(files, out);
  // EMQX 4 checks logins by plugins; "{emqx_auth_mnesia, true}." is one that is loaded.
  for (const char* place : {"/var/lib/emqx/loaded_plugins", "/opt/emqx/data/loaded_plugins"}) {
    if (!files.exists(place)) continue;
    bool has_one = false;
    for (const auto& line : lines_of(files.read(place)))
      has_one = has_one || (has(line, "emqx_auth") && !has(line, "false"));
    out.settings["login_plugin"] = has_one ? "loaded" : "missing";
    break;
  }
  return out;
}

namespace {

/// Adds what stands in advanced.config, or in the older rabbitmq.config, as Erlang terms.
void read_rabbit_terms(const machine_files& files, const std::string& folder,
                       configuration_fact& into, std::map<std::string, std::string>& secrets) {
  std::set<int> ports;
  for (const auto& listener : into.listeners) ports.insert(listener.port);
  for (const std::string& file : {folder + "/advanced.config", folder + "/rabbitmq.config"}) {
    if (!files.exists(file)) continue;
    const auto terms = read_erlang_terms(files.read(file));
    for (const auto& [path, value] : terms) {
      const bool is_ssl = path.starts_with("rabbit.ssl_options.") && !has(path, "password");
      if (is_ssl) {
        // What a term says is in force, whatever rabbitmq.conf says.
        secrets[path.substr(7)] = value;
        secrets["file"] = file;
      }
      const bool is_tls = path == "rabbitmq_mqtt.ssl_listeners";
      if (!is_tls && path != "rabbitmq_mqtt.tcp_listeners") continue;
      for (const auto& port : split(value, ',')) {
        configured_listener made;
        made.protocol = is_tls ? listener_protocol::mqtts : listener_protocol::mqtt;
        made.port = static_cast<int>(number(port).value_or(0));
        made.settings["name"] = path;
        if (made.port != 0 && ports.insert(made.port).second)
          into.listeners.push_back(std::move(made));
      }
    }
  }
}

/// Gives the listeners with TLS their files, and notes a TLS port that is set up without TLS.
void note_rabbit_tls(const std::string& text, const std::map<std::string, std::string>& secrets,
                     configuration_fact& into) {
  constexpr int usual_tls_port = 8883;
  std::map<std::string, int> lines;  // where each key stands first
  int number = 0;
  for (const auto& each : lines_of(text)) {
    ++number;
    const std::size_t equals = each.find('=');
    if (equals != std::string::npos) lines.emplace(trimmed(each.substr(0, equals)), number);
  }
  for (auto& listener : into.listeners) {
    const std::string name = listener.settings["name"];
    const bool is_web = listener.protocol == listener_protocol::wss;
    const auto line = lines.find(name);
    listener.line = line == lines.end() ? 0 : line->second;
    if (listener.protocol != listener_protocol::mqtts && !is_web) {
      if (listener.port == usual_tls_port && name.starts_with("mqtt.listeners.tcp"))
        add_problem(into, problem_kind::tls_listener_plain, into.file, listener.line, name, {},
                    false);
      continue;
    }
    for (const auto& [key, value] : secrets) {
      const std::string stem = is_web ? "web_mqtt.ssl." : "ssl_options.";
      if (key.starts_with(stem))
        listener.settings["ssl_options." + key.substr(stem.size())] = value;
      if (key == "file" && !is_web) listener.settings["file"] = value;
    }
    if (!is_web && listener.settings.count("ssl_options.certfile") == 0)
      add_problem(into, problem_kind::lacks_option, into.file, listener.line, name,
                  "ssl_options.certfile", false);
  }
}

}  // namespace

namespace {

/// rabbitmq.conf, and what conf.d beside it says, of which the later counts.
std::map<std::string, std::string> settings_of_rabbit(const machine_files& files,
                                                      const std::string& folder,
                                                      configuration_fact& into) {
  constexpr std::size_t most_files = 64;
  auto out = plain_lines(files.read(into.file));
  std::size_t count = 0;
  for (const std::string& name : files.list(folder + "/conf.d")) {
    if (!name.ends_with(".conf")) continue;
    if (++count > most_files) break;
    const std::string file = folder + "/conf.d/" + name;
    into.files.push_back(file);
    for (const auto& [key, value] : plain_lines(files.read(file))) {
      out[key] = value;
      into.places[key] = file;
    }
  }
  return out;
}

}  // namespace

configuration_fact read_rabbitmq(const machine_files& files, const std::string& folder,
                                 const given_settings& given) {
  const auto named = [&](const char* key, const std::string& usual) {
    const auto at = given.find(key);
    return at != given.end() && at->second.value.starts_with('/') ? at->second.value : usual;
  };
  configuration_fact out;
  out.broker = broker_kind::rabbitmq;
  out.file = named("config_file", folder + "/rabbitmq.conf");
  // RABBITMQ_CONFIG_FILE may do without the extension.
  if (!files.exists(out.file) && files.exists(out.file + ".conf")) out.file += ".conf";
  out.is_used = false;
  file_error error;
  // enabled_plugins holds "[rabbitmq_management,rabbitmq_mqtt]."; a node may use another file, so a
  // missing one tells nothing.
  bool has_mqtt = false;
  const std::string plugins_file = named("enabled_plugins_file", folder + "/enabled_plugins");
  std::string plugins = files.read(plugins_file, &error);
  if (error.empty()) {
    out.files.push_back(plugins_file);
    std::replace_if(
        plugins.begin(), plugins.end(),
        [](char c) { return c == ',' || c == '[' || c == ']' || c == '.' || c == '\n'; }, ' ');
    const auto names = words_of(plugins);
    const auto has_plugin = [&](std::string_view name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    has_mqtt = has_plugin("rabbitmq_mqtt") || has_plugin("rabbitmq_web_mqtt");
    out.settings["mqtt_plugin"] = has_mqtt ? "enabled" : "disabled";
    out.settings["web_mqtt_plugin"] = has_plugin("rabbitmq_web_mqtt") ? "enabled" : "disabled";
  }
  const std::string text = files.read(out.file);
  std::map<std::string, std::string> secrets;  // ssl_options and web_mqtt.ssl: the TLS files
  for (const auto& [key, value] : settings_of_rabbit(files, folder, out)) {
    configured_listener listener;
    const bool is_tls_file =
        key.starts_with("ssl_options.") ||
        (key.starts_with("web_mqtt.ssl.") && key != "web_mqtt.ssl.port" && !has(key, "pass"));
    if (is_tls_file && !has(key, "password")) secrets[key] = value;
    if (key.rfind("mqtt.listeners.tcp", 0) == 0) {
      bind_to(value, listener);
    } else if (key.rfind("mqtt.listeners.ssl", 0) == 0) {
      listener.protocol = listener_protocol::mqtts;
      bind_to(value, listener);
    } else if (key == "web_mqtt.tcp.port") {
      listener.protocol = listener_protocol::ws;
      bind_to(value, listener);
    } else if (key == "web_mqtt.ssl.port") {
      listener.protocol = listener_protocol::wss;
      bind_to(value, listener);
    } else {
      const bool is_secret = has(key, "pass") || has(key, "secret") || has(key, "cookie");
      const bool is_told = key.starts_with("mqtt.") || key.starts_with("loopback_users") ||
                           key == "default_user" || key == "default_vhost" ||
                           key == "anonymous_login_user" || key.starts_with("disk_free_limit") ||
                           key.starts_with("vm_memory_high_watermark") || key == "log.file" ||
                           key == "log.dir" || key == "connection_max" ||
                           key.starts_with("ssl_cert_login");
      if (is_told && !is_secret) {
        out.settings[key] = value;
      }
      continue;
    }
    listener.settings["name"] = key;
    if (const auto at = out.places.find(key); at != out.places.end())
      listener.settings["file"] = at->second;
    if (listener.port != 0) out.listeners.push_back(std::move(listener));
  }
  std::erase_if(out.places, [&](const auto& each) { return out.settings.count(each.first) == 0; });
  read_rabbit_terms(files, folder, out, secrets);
  note_rabbit_tls(text, secrets, out);
  if (has_mqtt && out.listeners.empty()) {
    configured_listener usual;
    usual.port = 1883;
    out.listeners.push_back(std::move(usual));
  }
  return out;
}

configuration_fact read_activemq(const machine_files& files, const std::string& file) {
  configuration_fact out;
  out.broker = broker_kind::activemq;
  out.file = file;
  out.is_used = false;
  const std::string text = without_comments(files.read(file));
  bool has_mqtt = false;
  for (std::size_t from = 0;
       (from = text.find("<transportConnector", from)) != std::string::npos;) {
    const std::size_t to = text.find('>', from);
    if (to == std::string::npos) break;
    const std::string element = text.substr(from, to - from);
    const std::string uri = attribute(element, "uri");
    const std::size_t scheme = uri.find("://");
    from += 1;
    if (scheme == std::string::npos || uri.substr(0, scheme).find("mqtt") == std::string::npos) {
      continue;
    }
    const std::string kind = uri.substr(0, scheme);
    configured_listener listener;
    listener.protocol = has(kind, "ssl") ? listener_protocol::mqtts : listener_protocol::mqtt;
    const std::string rest = uri.substr(scheme + 3);
    bind_to(rest.substr(0, rest.find_first_of("?/")), listener);
    if (const std::size_t most = rest.find("maximumConnections="); most != std::string::npos)
      listener.settings["maximumConnections"] =
          rest.substr(most + 19, rest.find('&', most) - most - 19);
    has_mqtt = true;
    out.listeners.push_back(std::move(listener));
  }
  out.settings["mqtt_connector"] = has_mqtt ? "present" : "missing";
  return out;
}

void look_at_configurations(const machine_files& files, const configuration_request& request,
                            host_facts& into) {
  look_at_mosquitto(files, request, into);
  const auto keep = [&](configuration_fact configuration, broker_kind name) {
    const auto* const process = running(into, name);
    if (process != nullptr) {
      configuration.is_used = true;
      configuration.pid = process->pid;
    }
    check_broker_tls(files, process, configuration, into.not_seen);
    configuration.files.insert(configuration.files.begin(), configuration.file);
    note_places(files, configuration);
    if (name == broker_kind::nats) check_nats_user(files, request, process, configuration);
    check_file_rights(files, request, configuration);
    into.configurations.push_back(std::move(configuration));
  };
  for (const char* file : {"/etc/emqx/emqx.conf", "/opt/emqx/etc/emqx.conf"}) {
    if (files.exists(file)) keep(read_emqx(files, file), broker_kind::emqx);
  }
  if (files.exists("/etc/rabbitmq") && (files.exists("/etc/rabbitmq/enabled_plugins") ||
                                        files.exists("/etc/rabbitmq/rabbitmq.conf") ||
                                        running(into, broker_kind::rabbitmq) != nullptr)) {
    keep(read_rabbitmq(files), broker_kind::rabbitmq);
  }
  look_at_more_brokers(files, into, keep);
  std::vector<std::string> places{"/opt/activemq/conf/activemq.xml",
                                  "/opt/apache-activemq/conf/activemq.xml",
                                  "/etc/activemq/activemq.xml"};
  for (const auto& instance : files.list("/etc/activemq/instances-enabled")) {
    places.push_back("/etc/activemq/instances-enabled/" + instance + "/activemq.xml");
  }
  for (const auto& file : places) {
    if (files.exists(file)) keep(read_activemq(files, file), broker_kind::activemq);
  }
}

}  // namespace mqttkit::doctor
