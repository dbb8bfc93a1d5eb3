// Listeners and some settings in the files of VerneMQ, NanoMQ, NATS, FlashMQ, HiveMQ and Artemis.
#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {
namespace {

configuration_fact begun(broker_kind broker, const std::string& file) {
  configuration_fact out;
  out.broker = broker;
  out.file = file;
  out.is_used = false;
  return out;
}

void keep_settings(const std::map<std::string, std::string>& from,
                   std::initializer_list<const char*> names, configuration_fact& into) {
  for (const char* name : names) {
    if (const auto at = from.find(name); at != from.end()) into.settings[name] = at->second;
  }
}

std::string value_of(const std::map<std::string, std::string>& from, const std::string& key) {
  const auto at = from.find(key);
  return at == from.end() ? std::string() : at->second;
}

/// The word behind an option of a process: "/etc/nats.conf" of "-c /etc/nats.conf".
std::string named_by(const process_fact& process, std::initializer_list<const char*> options) {
  const auto all = words_of(process.command);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const std::string option : options) {
      if (all[i] == option && i + 1 < all.size()) return all[i + 1];
      if (all[i].starts_with(option + "=")) return all[i].substr(option.size() + 1);
    }
  }
  return {};
}

/// The folder in which a Java program lives, by a property, or by its jar in HOME/bin.
std::string home_of(const process_fact& process, std::initializer_list<const char*> properties) {
  if (std::string named = named_by(process, properties); !named.empty()) return named;
  for (const auto& word : words_of(process.command)) {
    const std::size_t folder = word.rfind("/bin/");
    if (word.ends_with(".jar") && folder != std::string::npos) return word.substr(0, folder);
  }
  return {};
}

}  // namespace

configuration_fact read_vernemq(const machine_files& files, const std::string& file,
                                const given_settings& given) {
  configuration_fact out = begun(broker_kind::vernemq, file);
  auto all = plain_lines(files.read(file));
  lay_over(given, all);
  // listener.tcp.default = 127.0.0.1:1883, with settings of one listener a level deeper.
  for (const auto& [key, value] : all) {
    const auto parts = split(key, '.');
    if (parts.size() != 3 || parts[0] != "listener" || parts[1] == "vmq" || parts[1] == "http")
      continue;
    configured_listener made;
    made.protocol = protocol_of(parts[1]);
    bind_to(value, made);
    if (made.port == 0) continue;
    const std::string own = key + ".";
    for (auto at = all.lower_bound(own); at != all.end() && at->first.starts_with(own); ++at)
      made.settings[at->first.substr(own.size())] = at->second;
    for (const char* name :
         {"proxy_protocol", "max_connections", "certfile", "keyfile", "cafile"}) {
      const std::string of_kind = value_of(all, "listener." + parts[1] + "." + name);
      if (!of_kind.empty()) made.settings.emplace(name, of_kind);
    }
    if (const std::string most = value_of(all, "listener.max_connections"); !most.empty())
      made.settings.emplace("max_connections", most);
    made.settings["name"] = parts[2];
    if (const auto by = given.find(key); by != given.end())
      made.settings["variable"] = by->second.variable;
    out.listeners.push_back(std::move(made));
  }
  keep_settings(
      all,
      {"allow_anonymous", "accept_eula", "max_message_size", "max_client_id_size",
       "plugins.vmq_passwd", "plugins.vmq_acl", "plugins.vmq_diversity", "plugins.vmq_webhooks",
       "listener.ssl.use_identity_as_username", "max_offline_messages", "max_online_messages",
       "persistent_client_expiration", "upgrade_outgoing_qos", "allow_register_during_netsplit",
       "allow_multiple_sessions"},
      out);
  note_variables(given, out);
  return out;
}

configuration_fact read_nanomq(const machine_files& files, const std::string& file,
                               const given_settings& given) {
  configuration_fact out = begun(broker_kind::nanomq, file);
  auto all = flat_hocon(files.read(file));
  lay_over(given, all);
  for (const char* kind : {"tcp", "ssl", "ws", "wss"}) {
    const std::string stem = std::string("listeners.") + kind + ".";
    const std::string bind = value_of(all, stem + "bind");
    if (bind.empty() || value_of(all, stem + "enable") == "false") continue;
    configured_listener made;
    made.protocol = protocol_of(kind);
    bind_to(bind.substr(0, bind.find_last_not_of("/mqt") + 1), made);
    if (const auto by = given.find(stem + "bind"); by != given.end())
      made.settings["variable"] = by->second.variable;
    if (made.port == 0) continue;
    for (const char* name :
         {"verify_peer", "fail_if_no_peer_cert", "certfile", "keyfile", "cacertfile"}) {
      if (const std::string said = value_of(all, stem + name); !said.empty())
        made.settings[name] = said;
    }
    out.listeners.push_back(std::move(made));
  }
  keep_settings(all,
                {"mqtt.max_packet_size", "auth.allow_anonymous", "auth.no_match",
                 "auth.deny_action", "mqtt.max_mqueue_len", "log.dir", "log.file"},
                out);
  note_variables(given, out);
  return out;
}

configuration_fact read_nats(const machine_files& files, const std::string& file) {
  configuration_fact out = begun(broker_kind::nats, file);
  const nats_text read = with_included(files, file);
  const std::string& text = read.text;
  out.files.insert(out.files.end(), read.included.begin(), read.included.end());
  const auto all = flat_hocon(text);
  bool has_mqtt = false, has_users = false, has_jetstream = false;
  for (const auto& [key, value] : all) {
    has_mqtt = has_mqtt || key.starts_with("mqtt.");
    has_jetstream = has_jetstream || key.starts_with("jetstream");
    has_users = has_users || key.starts_with("authorization.") || key.starts_with("accounts.");
  }
  has_jetstream = has_jetstream || has(text, "jetstream {") || has(text, "jetstream{");
  if (has_mqtt) {
    configured_listener made;
    made.port = 1883;
    const std::string listen = value_of(all, "mqtt.listen"), port = value_of(all, "mqtt.port");
    if (!listen.empty()) bind_to(listen, made);
    if (!port.empty()) made.port = static_cast<int>(number(port).value_or(0));
    if (const std::string host = value_of(all, "mqtt.host"); !host.empty())
      bind_to(host + ":" + std::to_string(made.port), made);
    const bool is_tls = std::any_of(all.begin(), all.end(), [](const auto& each) {
      return each.first.starts_with("mqtt.tls.");
    });
    if (is_tls) made.protocol = listener_protocol::mqtts;
    for (const auto& [name, by] :
         {std::pair("mqtt.tls.cert_file", "certfile"), std::pair("mqtt.tls.key_file", "keyfile")}) {
      if (const std::string said = value_of(all, name); !said.empty()) made.settings[by] = said;
    }
    if (made.port != 0) out.listeners.push_back(std::move(made));
  }
  out.settings["mqtt"] = has_mqtt ? "present" : read.is_in_part ? "unknown" : "missing";
  out.settings["jetstream"] = has_jetstream ? "present" : "missing";
  out.settings["users"] = has_users ? "present" : "missing";
  keep_settings(all, {"server_name", "log_file", "max_payload", "max_connections"}, out);
  return out;
}

namespace {

/// The text of FlashMQ's file with those of its include_dir behind it.
std::string with_folder(const machine_files& files, configuration_fact& into) {
  constexpr std::size_t most_files = 64, most_folders = 8;
  std::string out = files.read(into.file);
  std::size_t count = 0, folders = 0;
  for (const std::string& line : lines_of(std::string(out))) {
    const auto parts = words_of(line);
    if (parts.size() < 2 || parts[0] != "include_dir") continue;
    if (++folders > most_folders) return out;
    for (const std::string& name : files.list(parts[1])) {
      if (!name.ends_with(".conf")) continue;
      if (++count > most_files) return out;
      into.files.push_back(parts[1] + "/" + name);
      out += "\n" + files.read(into.files.back());
    }
  }
  return out;
}

}  // namespace

configuration_fact read_flashmq(const machine_files& files, const std::string& file) {
  configuration_fact out = begun(broker_kind::flashmq, file);
  // "name value" lines, and "listen {" blocks with one of them in each line.
  bool is_inside = false;
  configured_listener made;
  for (const auto& line : lines_of(with_folder(files, out))) {
    const auto parts = words_of(line);
    if (parts.empty() || parts[0].front() == '#') continue;
    const std::string value = parts.size() > 1 ? parts[1] : std::string();
    if (parts[0] == "listen") {
      is_inside = true;
      made = configured_listener();
      made.port = 1883;
    } else if (parts[0] == "}") {
      if (is_inside && made.port != 0) out.listeners.push_back(made);
      is_inside = false;
    } else if (is_inside && parts[0] == "port") {
      made.port = static_cast<int>(number(value).value_or(0));
    } else if (is_inside && parts[0] == "haproxy") {
      made.settings["haproxy"] = value;
    } else if (is_inside && parts[0] == "protocol") {
      if (value.starts_with("websocket")) made.protocol = listener_protocol::ws;
    } else if (is_inside && parts[0] == "privkey") {
      made.settings["privkey"] = value;
    } else if (is_inside && parts[0] == "fullchain") {
      made.settings["fullchain"] = value;
      made.protocol = made.protocol == listener_protocol::ws ? listener_protocol::wss
                                                             : listener_protocol::mqtts;
    } else if (is_inside && parts[0] == "inet4_bind_address") {
      bind_to(value + ":" + std::to_string(made.port), made);
    } else if (!is_inside) {
      for (const char* name : {"allow_anonymous", "log_file", "mosquitto_password_file",
                               "mosquitto_acl_file", "zero_byte_username_is_anonymous", "plugin"}) {
        if (parts[0] == name) out.settings[name] = value;
      }
    }
  }
  return out;
}

namespace {

/// The key store of a TLS listener. One that is not there, or is no key store, keeps the listener
/// down; what a good one holds is locked by a password, and not looked at.
void check_keystore(const machine_files& files, const std::string& named,
                    configured_listener& listener, configuration_fact& into) {
  // HiveMQ takes a relative path from its own folder, above conf.
  const std::string folder = into.file.substr(0, into.file.rfind("/conf/"));
  const std::string store = named.front() == '/' ? named : folder + "/" + named;
  listener.settings["certfile"] = store;
  file_error error;
  const std::string begin = files.read(store, &error, 4);
  if (error.is_missing()) {
    add_problem(into, problem_kind::missing_file, store, 0, "keystore", error.text(), false);
  } else if (error.empty() && begin.starts_with("----")) {  // PEM
    add_problem(into, problem_kind::bad_certificate, store, 0, "keystore", {}, false);
  }
}

}  // namespace

configuration_fact read_hivemq(const machine_files& files, const std::string& file) {
  configuration_fact out = begun(broker_kind::hivemq, file);
  const std::string text = without_comments(files.read(file));
  struct kind {
    const char* element;
    listener_protocol protocol;
  };
  for (const kind& each : {kind{"tcp-listener", listener_protocol::mqtt},
                           kind{"tls-tcp-listener", listener_protocol::mqtts},
                           kind{"websocket-listener", listener_protocol::ws},
                           kind{"tls-websocket-listener", listener_protocol::wss}}) {
    const std::string open = std::string("<") + each.element + ">";
    for (std::size_t at = 0; (at = text.find(open, at)) != std::string::npos; at += open.size()) {
      if (text.find(std::string("</") + each.element, at) == std::string::npos) break;
      const std::string inside = content_of(text, each.element, at);
      configured_listener made;
      made.protocol = each.protocol;
      bind_to(content_of(inside, "bind-address") + ":" + content_of(inside, "port"), made);
      if (has(inside, "<proxy-protocol>true")) made.settings["proxy_protocol"] = "true";
      const std::string store = content_of(content_of(inside, "keystore"), "path");
      if (!store.empty() && made.port != 0) check_keystore(files, store, made, out);
      if (made.port != 0) out.listeners.push_back(std::move(made));
    }
  }
  for (const char* name : {"max-packet-size", "max-qos", "max-connections", "max-queue-size"}) {
    if (const std::string said = content_of(text, name); !said.empty()) out.settings[name] = said;
  }
  return out;
}

configuration_fact read_artemis(const machine_files& files, const std::string& file) {
  configuration_fact out = begun(broker_kind::artemis, file);
  const std::string text = without_comments(files.read(file));
  bool has_mqtt = false;
  for (std::size_t at = 0; (at = text.find("<acceptor", at)) != std::string::npos; ++at) {
    const std::size_t begin = text.find('>', at), end = text.find("</acceptor>", at);
    if (begin == std::string::npos || end == std::string::npos) break;
    if (text[at + 9] == 's') continue;
    const std::string uri = trimmed(text.substr(begin + 1, end - begin - 1));
    // Without "protocols" an acceptor speaks all of them.
    if (has(uri, "protocols=") && !has(uri, "MQTT")) continue;
    configured_listener made;
    if (has(uri, "sslEnabled=true")) made.protocol = listener_protocol::mqtts;
    bind_to(uri.substr(0, uri.find('?')), made);
    if (made.port == 0) continue;
    has_mqtt = true;
    out.listeners.push_back(std::move(made));
  }
  out.settings["mqtt_connector"] = has_mqtt ? "present" : "missing";
  if (const std::string said = content_of(text, "security-enabled"); !said.empty())
    out.settings["security-enabled"] = said;
  return out;
}

void look_at_more_brokers(const machine_files& files, const host_facts& host,
                          const std::function<void(configuration_fact, broker_kind)>& keep) {
  using reader = configuration_fact (*)(const machine_files&, const std::string&);
  struct usual {
    broker_kind broker;
    reader read;
    std::vector<std::string> files;
  };
  std::vector<usual> all{
      {broker_kind::vernemq,
       [](const machine_files& from, const std::string& file) { return read_vernemq(from, file); },
       {"/etc/vernemq/vernemq.conf", "/opt/vernemq/etc/vernemq.conf"}},
      {broker_kind::nanomq,
       [](const machine_files& from, const std::string& file) { return read_nanomq(from, file); },
       {"/etc/nanomq.conf", "/etc/nanomq/nanomq.conf"}},
      {broker_kind::nats,
       read_nats,
       {"/etc/nats-server.conf", "/etc/nats/nats-server.conf", "/etc/nats.conf"}},
      {broker_kind::flashmq, read_flashmq, {"/etc/flashmq/flashmq.conf"}},
      {broker_kind::hivemq, read_hivemq, {"/opt/hivemq/conf/config.xml"}},
      {broker_kind::artemis,
       read_artemis,
       {"/var/lib/artemis-instance/etc/broker.xml", "/etc/artemis/broker.xml"}},
  };
  for (auto& each : all) {
    // What the running one was given stands before the usual places.
    for (const auto& process : host.brokers) {
      if (process.name != each.broker) continue;
      std::string named = named_by(process, {"-c", "--conf", "--config", "--config-file"});
      if (each.broker == broker_kind::hivemq) {
        const std::string home = home_of(process, {"-Dhivemq.home"});
        named = home.empty() ? std::string() : home + "/conf/config.xml";
      }
      if (each.broker == broker_kind::artemis) {
        const std::string home = home_of(process, {"-Dartemis.instance"});
        named = home.empty() ? std::string() : home + "/etc/broker.xml";
      }
      if (!named.empty() && named.front() == '/') each.files.insert(each.files.begin(), named);
    }
    for (const auto& file : each.files) {
      if (!files.exists(file)) continue;
      configuration_fact made = each.read(files, file);
      const bool runs =
          std::any_of(host.brokers.begin(), host.brokers.end(),
                      [&](const process_fact& process) { return process.name == each.broker; });
      // NATS and Artemis mostly serve others than MQTT.
      const bool is_for_others = (each.broker == broker_kind::nats && made.listeners.empty()) ||
                                 (each.broker == broker_kind::artemis && made.listeners.empty());
      if (runs || !is_for_others) keep(std::move(made), each.broker);
      break;  // the others are of another installation, if anything
    }
  }
}

}  // namespace mqttkit::doctor
