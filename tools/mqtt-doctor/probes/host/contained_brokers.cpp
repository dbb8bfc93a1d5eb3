// Brokers other than mosquitto in containers: where their images keep the files that the readers of
// this machine's files read as well, and what the environment sets over them.
#include <algorithm>
#include <array>

#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/broker_tls_files.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {
namespace {

struct image_of {
  std::string_view word;  ///< in the image's name
  broker_kind broker;
};

/// "emqx/nanomq" is NanoMQ, and "activemq-artemis" Artemis: the first that fits counts.
constexpr std::array<image_of, 9> images{{{"nanomq", broker_kind::nanomq},
                                          {"emqx", broker_kind::emqx},
                                          {"rabbitmq", broker_kind::rabbitmq},
                                          {"vernemq", broker_kind::vernemq},
                                          {"hivemq", broker_kind::hivemq},
                                          {"artemis", broker_kind::artemis},
                                          {"activemq", broker_kind::activemq},
                                          {"flashmq", broker_kind::flashmq},
                                          {"nats", broker_kind::nats}}};

broker_kind broker_in(const container_fact& container) {
  const std::string image = lower(container.image);
  for (const image_of& each : images) {
    if (has(image, each.word)) return each.broker;
  }
  return broker_kind::none;
}

/// Where the images keep the file.
std::vector<std::string> usual_files(broker_kind broker) {
  switch (broker) {
    case broker_kind::emqx:
      return {"/opt/emqx/etc/emqx.conf", "/etc/emqx/emqx.conf"};
    case broker_kind::vernemq:
      return {"/vernemq/etc/vernemq.conf", "/etc/vernemq/vernemq.conf"};
    case broker_kind::nanomq:
      return {"/etc/nanomq.conf", "/usr/local/nanomq/etc/nanomq.conf"};
    case broker_kind::hivemq:
      return {"/opt/hivemq/conf/config.xml"};
    case broker_kind::artemis:
      return {"/var/lib/artemis-instance/etc/broker.xml", "/var/lib/artemis/etc/broker.xml",
              "/home/jboss/broker/etc/broker.xml"};
    case broker_kind::activemq:
      return {"/opt/apache-activemq/conf/activemq.xml", "/opt/activemq/conf/activemq.xml"};
    case broker_kind::flashmq:
      return {"/etc/flashmq/flashmq.conf"};
    case broker_kind::nats:
      return {"/etc/nats/nats-server.conf", "/nats-server.conf"};
    default:
      return {};
  }
}

/// "listeners.tcp.default.bind" of "LISTENERS__TCP__DEFAULT__BIND".
std::string dotted(std::string_view name) {
  std::string out = lower(name);
  for (std::size_t at = 0; (at = out.find("__", at)) != std::string::npos; ++at)
    out.replace(at, 2, ".");
  return out;
}

/// What the environment sets, by the names that the broker's file has for it. A secret stays out.
given_settings given_to(broker_kind broker, const container_fact& container) {
  constexpr std::pair<std::string_view, const char*> nanos[] = {
      {"NANOMQ_BROKER_URL", "listeners.tcp.bind"},
      {"NANOMQ_TLS_URL", "listeners.ssl.bind"},
      {"NANOMQ_TLS_ENABLE", "listeners.ssl.enable"},
      {"NANOMQ_WEBSOCKET_URL", "listeners.ws.bind"},
      {"NANOMQ_WEBSOCKET_ENABLE", "listeners.ws.enable"},
      {"NANOMQ_ALLOW_ANONYMOUS", "auth.allow_anonymous"},
      {"NANOMQ_NO_MATCH", "auth.no_match"},
      {"NANOMQ_DENY_ACTION", "auth.deny_action"}};
  constexpr std::pair<std::string_view, const char*> rabbits[] = {
      {"RABBITMQ_CONFIG_FILE", "config_file"},
      {"RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins_file"}};
  given_settings out;
  const auto set = [&](const std::string& key, const std::string& name, const std::string& value) {
    if (value != "...") out[key] = {unquoted_value(value), name};
  };
  const auto set_named = [&](const auto& table, const std::string& name, const std::string& value) {
    for (const auto& [variable, key] : table) {
      if (name == variable) set(key, name, value);
    }
  };
  constexpr std::string_view emqx = "EMQX_", verne = "DOCKER_VERNEMQ_";
  for (const auto& [name, value] : container.environment) {
    if (broker == broker_kind::emqx && name.starts_with(emqx))
      set(dotted(std::string_view(name).substr(emqx.size())), name, value);
    if (broker == broker_kind::vernemq && name.starts_with(verne))
      set(dotted(std::string_view(name).substr(verne.size())), name, value);
    if (broker == broker_kind::nanomq) set_named(nanos, name, value);
    if (broker == broker_kind::rabbitmq) set_named(rabbits, name, value);
  }
  // EMQX 5 has no such setting: what it lets in is decided by its authenticators.
  const std::string tag = container.image.substr(container.image.rfind(':') + 1);
  if (broker == broker_kind::emqx && !tag.starts_with('4')) {
    for (const char* old : {"allow_anonymous", "acl_nomatch", "acl_deny_action"}) out.erase(old);
  }
  return out;
}

/// The file that the program in it was given; "" for none.
std::string named_file(broker_kind broker, const container_fact& container) {
  switch (broker) {
    case broker_kind::nats:
      return file_behind(container.command, {"-c", "--config"});
    case broker_kind::flashmq:
      return file_behind(container.command, {"-c", "--config-file"});
    case broker_kind::nanomq:
      return file_behind(container.command, {"--conf"});
    default:
      return {};
  }
}

configuration_fact read(broker_kind broker, const machine_files& inside, const std::string& file,
                        const given_settings& given) {
  switch (broker) {
    case broker_kind::emqx:
      return read_emqx(inside, file, given);
    case broker_kind::vernemq:
      return read_vernemq(inside, file, given);
    case broker_kind::nanomq:
      return read_nanomq(inside, file, given);
    case broker_kind::hivemq:
      return read_hivemq(inside, file);
    case broker_kind::artemis:
      return read_artemis(inside, file);
    case broker_kind::activemq:
      return read_activemq(inside, file);
    case broker_kind::flashmq:
      return read_flashmq(inside, file);
    default:
      return read_nats(inside, file);
  }
}

/// RabbitMQ's folder in its own image, or in Bitnami's.
std::optional<configuration_fact> read_contained_rabbit(const machine_files& inside,
                                                        const given_settings& given) {
  for (const char* folder : {"/etc/rabbitmq", "/opt/bitnami/rabbitmq/etc/rabbitmq"}) {
    const std::string at = folder;
    if (inside.exists(at + "/enabled_plugins") || inside.exists(at + "/rabbitmq.conf") ||
        inside.exists(at + "/conf.d"))
      return read_rabbitmq(inside, at, given);
  }
  return std::nullopt;
}

}  // namespace

std::optional<configuration_fact> read_contained_broker(const machine_files& inside,
                                                        const container_fact& container) {
  const broker_kind broker = broker_in(container);
  if (broker == broker_kind::none) return std::nullopt;
  const given_settings given = given_to(broker, container);
  if (broker == broker_kind::rabbitmq) return read_contained_rabbit(inside, given);
  std::vector<std::string> files = usual_files(broker);
  if (const std::string named = named_file(broker, container); !named.empty())
    files.insert(files.begin(), named);
  const auto there = std::find_if(files.begin(), files.end(),
                                  [&](const std::string& file) { return inside.exists(file); });
  // Where no file is seen, what the environment sets is known all the same.
  if (there == files.end() && given.empty()) return std::nullopt;
  if (there != files.end()) return read(broker, inside, *there, given);
  configuration_fact out = read(broker, inside, files.front(), given);
  add_problem(out, problem_kind::unreadable_configuration, out.file, 0, out.file, {}, false);
  return out;
}

}  // namespace mqttkit::doctor
