// Brokers in containers that run and speak no MQTT: a plugin, a connector or a block that is not
// there.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// A container whose log names RabbitMQ's plugins, and none for MQTT; null for none.
const container_fact* rabbit_without_mqtt(const host_view& at) {
  const std::string published = ":" + std::to_string(at.port()) + "->";
  for (const container_fact& each : at.host.containers) {
    const bool is_its = contains(lower(each.image), "rabbitmq") && each.is_running() &&
                        contains(each.ports, published);
    if (!is_its) continue;
    if (each.configuration) {
      const auto plugin = each.configuration->settings.find("mqtt_plugin");
      if (plugin != each.configuration->settings.end() && plugin->second == "enabled") continue;
    }
    bool has_started = false, has_plugin = false;
    for (const std::string& line : each.log) {
      has_started =
          has_started || contains(line, "startup complete") || contains(line, " plugins started");
      has_plugin = has_plugin || contains(line, "rabbitmq_mqtt") ||
                   contains(line, "MQTT TCP listener") || contains(line, "MQTT connection");
    }
    if (has_started && !has_plugin) return &each;
  }
  return nullptr;
}

/// What a broker in a container lacks before it speaks MQTT at all.
struct missing_part {
  broker_kind broker;
  const char* setting;  ///< as it is read from its files
  const char* value;
  const char* means;
  const char* says_not;
  const char* line;  ///< for its file; "" where a command is the way
};

constexpr missing_part parts[] = {
    {broker_kind::rabbitmq, "mqtt_plugin", "disabled",
     N_("RabbitMQ runs in the container {name}, but its MQTT plugin is not switched on: the port "
        "is "
        "published, and nobody listens inside."),
     N_("In the container, {file} does not name {part}."), ""},
    {broker_kind::activemq, "mqtt_connector", "missing",
     N_("ActiveMQ runs in the container {name}, but it has no connector for MQTT: the port is "
        "published, and nobody listens inside."),
     N_("{file} has no transportConnector with mqtt://."),
     "<transportConnector name=\"mqtt\" uri=\"mqtt://0.0.0.0:{port}\"/>"},
    {broker_kind::artemis, "mqtt_connector", "missing",
     N_("Artemis runs in the container {name}, but none of its acceptors speaks MQTT: the port is "
        "published, and nobody listens inside."),
     N_("{file} has no acceptor whose protocols name MQTT."),
     "<acceptor name=\"mqtt\">tcp://0.0.0.0:{port}?protocols=MQTT</acceptor>"},
    {broker_kind::nats, "mqtt", "missing",
     N_("NATS runs in the container {name} without MQTT: the port is published, and nobody listens "
        "inside."),
     N_("{file} has no mqtt block, and no option of the command line makes one."),
     "server_name: broker\njetstream { store_dir: \"/data\" }\nmqtt { port: {port} }"}};

/// The row for what the broker in the container on the port lacks; null where it lacks nothing.
const missing_part* part_missing(const host_view& at) {
  if (at.container == nullptr || !at.container->is_running()) return nullptr;
  for (const missing_part& row : parts) {
    if (at.configuration->broker == row.broker && at.setting(row.setting) == row.value) return &row;
  }
  // One plugin of RabbitMQ's is there, and the other asked for.
  const bool is_web_missing = at.known.is_websocket() &&
                              at.configuration->broker == broker_kind::rabbitmq &&
                              at.setting("web_mqtt_plugin") == "disabled";
  return is_web_missing ? &parts[0] : nullptr;
}

/// Whether something listens in the container on the port that Docker sends connections to.
bool is_served_inside(const host_view& at) {
  const int inside = port_inside(*at.container, at.port());
  // A usual port of MQTT shows as well that the part is there.
  constexpr int usual[] = {1883, 8883, 9001, 8083, 8084, 15675};
  return std::any_of(at.container->listeners.begin(), at.container->listeners.end(),
                     [&](const listener_fact& each) {
                       return each.port == inside || std::find(std::begin(usual), std::end(usual),
                                                               each.port) != std::end(usual);
                     });
}

maybe_finding lacks_part(const host_view& at, const missing_part& row) {
  const container_fact& container = *at.container;
  const int inside = port_inside(container, at.port());
  const char* const plugin = at.known.is_websocket() ? "rabbitmq_web_mqtt" : "rabbitmq_mqtt";
  std::string file = at.configuration->file;
  for (const std::string& each : at.configuration->files) {
    if (row.broker == broker_kind::rabbitmq && contains(each, "enabled_plugins")) file = each;
  }
  const places with{{"name", container.name}, {"file", file}, {"part", plugin}};
  made_finding made("host-mqtt-plugin-off",
                    container.has_listeners ? certainty::certain : certainty::likely,
                    strength::proven, words(row.means, with));
  made.seen(words(row.says_not, with));
  if (container.has_listeners)
    made.seen(words(N_("Nothing listens on port {port} in the container."),
                    {{"port", std::to_string(inside)}}));
  if (*row.line == '\0')
    return made
        .mend(words(N_("Switch the plugin on:")),
              std::string("sudo rabbitmq-plugins enable ") + plugin)
        .then_lines(words(N_("For a container that is made anew, mount a file over "
                             "/etc/rabbitmq/enabled_plugins that says:")),
                    std::string("[rabbitmq_management,") + plugin + "].", "enabled_plugins");
  std::string line = row.line;
  const std::size_t mark = line.find("{port}");
  line.replace(mark, 6, std::to_string(inside > 0 ? inside : at.port()));
  return made.lines(words(N_("Add this to {file}, and give it users first:"), with), line, file)
      .then(words(N_("Then start the container again:")), container_command(container, "restart"));
}

}  // namespace

maybe_finding host_container_plugin(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || with_connack(known, contact_purpose::client) != nullptr) return {};
  if (const missing_part* const row = part_missing(*at); row != nullptr && !is_served_inside(*at))
    return lacks_part(*at, *row);
  const container_fact* const container = rabbit_without_mqtt(*at);
  if (container == nullptr) return {};
  const places with{{"name", container->name}, {"port", known.port()}};
  const std::string tool = container->tool.empty() ? std::string("docker") : container->tool;
  std::string started;
  for (const std::string& line : container->log) {
    if (contains(line, " plugins started")) started = line;
  }
  made_finding made("host-mqtt-plugin-off", certainty::likely, strength::proven,
                    words(N_("RabbitMQ runs in the container {name}, but its MQTT plugin is not "
                             "switched on: the port is published, and nobody listens inside."),
                          with));
  if (!started.empty()) made.seen(words(N_("The container's log: {line}"), {{"line", started}}));
  return made.seen(words(N_("The log names the plugins, and rabbitmq_mqtt is not among them.")))
      .mend(words(N_("Switch the plugin on:")),
            "sudo " + tool + " exec " + shell_word(container->name) + " rabbitmq-plugins enable " +
                (known.is_websocket() ? "rabbitmq_web_mqtt" : "rabbitmq_mqtt"))
      .then_lines(words(N_("For a container that is made anew, mount a file over "
                           "/etc/rabbitmq/enabled_plugins that says:")),
                  "[rabbitmq_management,rabbitmq_mqtt].", "enabled_plugins");
}

}  // namespace mqttkit::doctor
