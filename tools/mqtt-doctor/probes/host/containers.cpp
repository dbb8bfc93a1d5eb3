#include "mqtt-doctor/probes/host/containers.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/host/compose.hpp"
#include "mqtt-doctor/probes/host/secrets.hpp"
#include "mqtt-doctor/probes/host/services.hpp"
#include "mqtt-doctor/probes/host/sockets.hpp"
#include "mqtt-doctor/probes/host/traefik.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using json = nlohmann::json;

constexpr const char* docker_list =
    "docker ps -a --format {{.Names}}|{{.Image}}|{{.Ports}}|{{.State}}|{{.Status}}";
constexpr const char* podman_list =
    "podman ps -a --format {{.Names}}|{{.Image}}|{{.Ports}}|{{.State}}|{{.Status}}";
constexpr const char* proxy_images[] = {"nginx", "haproxy", "caddy", "httpd"};
constexpr std::size_t most_asked = 4, most_lines = 20, longest_line = 300, most_variables = 64;

/// Names of containers have these characters only; others could be options or more words.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '-' &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
             std::string::npos;
}

std::string tool_of(const char* list) { return words_of(list)[0]; }
std::string inspection_of(const container_fact& container) {
  return container.tool + " inspect " + container.name;
}
std::string log_of(const container_fact& container) {
  return container.tool + " logs --tail 60 " + container.name;
}

/// "Exited (3) 2 minutes ago", "Restarting (1) 5 seconds ago"
int exit_code_in(const std::string& status) {
  const std::size_t open = status.find('(');
  int code = -1;
  if (open == std::string::npos) return -1;
  const char* const end = status.data() + status.size();
  const auto [stop, error] = std::from_chars(status.data() + open + 1, end, code);
  return error == std::errc() && stop != end && *stop == ')' ? code : -1;
}

/// Podman tells in place of the state how long it has lasted: "Up 2 seconds ago".
std::string state_in(const std::string& told) {
  const std::string word = words_of(lower(told) + " ")[0];
  return word == "up" ? "running" : word;
}

const json* member(const json& of, const char* name) {
  const auto found = of.is_object() ? of.find(name) : of.end();
  return of.is_object() && found != of.end() ? &*found : nullptr;
}
std::string text_in(const json& of, const char* name) {
  const json* const found = member(of, name);
  return found != nullptr && found->is_string()
             ? tools::printable(found->get<std::string>(), longest_line)
             : std::string();
}

/// Labels as they stand: they are looked for in files, and not shown.
std::map<std::string, std::string> labels_in(const json& container) {
  std::map<std::string, std::string> out;
  const json* const config = member(container, "Config");
  const json* const labels = config == nullptr ? nullptr : member(*config, "Labels");
  if (labels == nullptr || !labels->is_object()) return out;
  for (const auto& [name, value] : labels->items()) {
    if (value.is_string()) out[name] = value.get<std::string>();
  }
  return out;
}

/// The words with which the container's program was started.
std::vector<std::string> arguments_in(const json& container) {
  std::vector<std::string> out;
  const json* const all = member(container, "Args");
  if (all == nullptr || !all->is_array()) return out;
  for (const json& each : *all) {
    if (each.is_string()) out.push_back(each.get<std::string>());
  }
  return out;
}

/// The value of a variable, which may hold options and URLs of any number.
std::string shown_value(std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return tools::printable(without_secrets(words_of(without_secret_members(value))), longest_line);
}

/// What a container's environment tells of its broker: names as they stand, no secret.
std::map<std::string, std::string> environment_in(const json& config) {
  constexpr std::string_view parts[] = {"MQTT",    "EMQX",     "MOSQUITTO", "RABBIT",   "HIVEMQ",
                                        "VERNEMQ", "NANOMQ",   "ARTEMIS",   "ACTIVEMQ", "NATS",
                                        "FLASHMQ", "LISTENER", "ANONYMOUS"};
  constexpr std::string_view secrets[] = {"pass", "pwd",  "secret", "cookie", "token",
                                          "key",  "user", "cred",   "psk"};
  const auto names = [](const std::string& text, const auto& wanted) {
    return std::any_of(std::begin(wanted), std::end(wanted),
                       [&](std::string_view part) { return has(text, part); });
  };
  std::map<std::string, std::string> out;
  const json* const all = member(config, "Env");
  if (all == nullptr || !all->is_array()) return out;
  for (const json& each : *all) {
    const std::string text = each.is_string() ? each.get<std::string>() : std::string();
    const std::string name = text.substr(0, text.find('='));
    if (name.size() == text.size() || !names(name, parts) || out.size() == most_variables) continue;
    // "DOCKER_VERNEMQ_PLUGINS__VMQ_PASSWD=off" switches a plugin, and is no secret.
    const std::string value = text.substr(name.size() + 1);
    const bool is_switch = has(name, "PLUGINS__") && (value == "on" || value == "off");
    out[tools::printable(name, longest_line)] =
        names(lower(name), secrets) && !is_switch ? "..." : shown_value(value);
  }
  return out;
}

bool is_traefik(const container_fact& container) {
  return lower(container.image).find("traefik") != std::string::npos;
}

bool is_other_proxy(const container_fact& container) {
  const std::string image = lower(container.image);
  return std::any_of(std::begin(proxy_images), std::end(proxy_images),
                     [&](const char* name) { return has(image, name); });
}

std::vector<std::string> last_lines(const printed_text& printed) {
  std::vector<std::string> out;
  for (const std::string* text : {&printed.out, &printed.errors}) {
    for (const auto& line : lines_of(*text)) {
      if (!trimmed(line).empty()) out.push_back(tools::printable(line, longest_line));
    }
  }
  if (out.size() > most_lines)
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most_lines));
  return out;
}

}  // namespace

std::vector<container_fact> read_containers(std::string_view listed) {
  std::vector<container_fact> out;
  for (const auto& line : lines_of(listed)) {
    const auto parts = split(line, '|');
    if (parts.size() != 3 && parts.size() != 5) continue;
    container_fact& made = out.emplace_back();
    made.name = tools::printable(parts[0]);
    made.image = tools::printable(parts[1]);
    made.ports = tools::printable(parts[2]);
    if (parts.size() == 3) continue;
    made.state = trimmed(parts[3]).empty() ? std::string() : state_in(tools::printable(parts[3]));
    made.status = tools::printable(parts[4]);
    made.exit_code = made.state == "running" ? -1 : exit_code_in(made.status);
  }
  return out;
}

void read_inspection(std::string_view text, container_fact& into) {
  const json all = json::parse(text, nullptr, false);
  if (!all.is_array() || all.empty() || !all[0].is_object()) return;
  if (const json* const state = member(all[0], "State")) {
    into.error = text_in(*state, "Error");
    if (const std::string status = text_in(*state, "Status"); !status.empty())
      into.state = lower(status);
    const json* const code = member(*state, "ExitCode");
    if (!into.is_running() && code != nullptr && code->is_number_integer())
      into.exit_code = code->get<int>();
    const json* const pid = member(*state, "Pid");
    if (pid != nullptr && pid->is_number_integer()) into.pid = std::max(0, pid->get<int>());
    const json* const killed = member(*state, "OOMKilled");
    into.was_out_of_memory = killed != nullptr && killed->is_boolean() && killed->get<bool>();
  }
  if (const json* const host = member(all[0], "HostConfig"))
    into.network = text_in(*host, "NetworkMode");
  std::vector<std::string> started = arguments_in(all[0]);
  started.insert(started.begin(), text_in(all[0], "Path"));
  into.command = tools::printable(trimmed(shown_command(started)), longest_line);
  if (const json* const config = member(all[0], "Config")) {
    into.user = text_in(*config, "User");
    into.environment = environment_in(*config);
  }
  const json* const restarts = member(all[0], "RestartCount");
  if (restarts != nullptr && restarts->is_number_integer()) into.restarts = restarts->get<int>();
  const json* const mounts = member(all[0], "Mounts");
  if (mounts == nullptr || !mounts->is_array()) return;
  for (const json& mount : *mounts) {
    const std::string source = text_in(mount, "Source"), target = text_in(mount, "Destination");
    if (!target.empty()) into.mounts.push_back(source + " -> " + target);
  }
}

bool is_of_broker(const container_fact& container) {
  constexpr std::string_view names[] = {"mosquitto", "emqx",    "rabbitmq", "hivemq",  "activemq",
                                        "artemis",   "vernemq", "nanomq",   "flashmq", "mqtt",
                                        "nats",      "bifromq", "ejabberd"};
  const std::string called = lower(container.image + " " + container.name);
  const auto is_in = [](std::string_view in, std::string_view part) {
    return in.find(part) != std::string_view::npos;
  };
  // Clients of MQTT are called so as well, and a proxy has its ports.
  for (const std::string_view client : {"zigbee2mqtt", "zwave", "2mqtt", "explorer", "mqttx",
                                        "exporter", "nats-box", "bench", "traefik"}) {
    if (is_in(called, client)) return false;
  }
  return std::any_of(std::begin(names), std::end(names),
                     [&](std::string_view name) { return is_in(called, name); }) ||
         is_in(container.ports, "1883/tcp") || is_in(container.ports, "8883/tcp");
}

void start_container_list(const machine_files& files, commands& programs) {
  if (files.exists("/var/run/docker.sock") || files.exists("/run/docker.sock")) {
    programs.start(docker_list);
  }
  if (files.exists("/usr/bin/podman")) programs.start(podman_list);
}

void look_at_containers(const machine_files& files, const commands& listing,
                        std::chrono::milliseconds limit, host_facts& into) {
  std::map<std::string, std::string> lister;  // by the container's name
  for (const char* line : {docker_list, podman_list}) {
    const auto& listed = listing.of(line);
    std::vector<container_fact> found;
    if (listed.outcome == command_outcome::ran && listed.exit_code == 0) {
      found = read_containers(listed.out);
    } else if (listed.outcome == command_outcome::ran || listed.outcome == command_outcome::late) {
      into.not_seen.push_back("containers: " + tool_of(line) + ": " +
                              (listed.outcome == command_outcome::late ? "did not answer in time"
                               : has(listed.error, "permission")       ? "needs root"
                                                                       : "did not answer"));
    }
    for (container_fact& each : found) {
      const auto is_same = [&](const container_fact& other) {
        return other.name == each.name && other.image == each.image;
      };
      // What docker lists is podman's own where the one is a link to the other.
      if (std::any_of(into.containers.begin(), into.containers.end(), is_same)) continue;
      lister[each.name] = tool_of(line);
      if (is_of_broker(each) && is_plain_name(each.name)) each.tool = lister[each.name];
      into.containers.push_back(std::move(each));
    }
  }
  commands more(listing.recorded());
  std::vector<container_fact*> asked, proxies;
  for (container_fact& each : into.containers) {
    if (each.tool.empty() || asked.size() == most_asked) continue;
    asked.push_back(&each);
    more.start(inspection_of(each));
    more.start(log_of(each));
  }
  // Traefik's own containers, whose start tells on which ports it takes connections.
  for (container_fact& each : into.containers) {
    const bool is_wanted = each.tool.empty() && each.is_running() && is_plain_name(each.name) &&
                           (is_traefik(each) || is_other_proxy(each));
    if (!is_wanted || proxies.size() == most_asked) continue;
    proxies.push_back(&each);
    more.start(lister[each.name] + " inspect " + each.name);
  }
  if (asked.empty() && proxies.empty()) return;
  more.finish(std::chrono::steady_clock::now() + limit);
  for (container_fact* const each : asked) {
    read_inspection(more.of(inspection_of(*each)).out, *each);
    each->log = last_lines(more.of(log_of(*each)));
    if (auto sockets = each->is_running() ? listeners_beside(files, each->pid) : std::nullopt) {
      each->listeners = std::move(*sockets);
      each->has_listeners = true;
    }
    for (const std::string& mount : each->mounts) {
      const std::string source = mount.substr(0, mount.find(" -> "));
      const auto status = files.status(source);
      if (status && status->is_folder) each->folders.push_back(mount);
    }
    const json all = json::parse(more.of(inspection_of(*each)).out, nullptr, false);
    if (!all.is_array() || all.empty()) continue;
    const auto labels = labels_in(all[0]);
    each->compose = read_compose(files, labels);
    read_traefik_labels(files, *each, labels, into);
  }
  for (container_fact* const each : proxies) {
    const std::string inspected = more.of(lister[each->name] + " inspect " + each->name).out;
    read_inspection(inspected, *each);
    const json all = json::parse(inspected, nullptr, false);
    if (!all.is_array() || all.empty() || !is_traefik(*each)) continue;
    read_traefik_container(files, *each, arguments_in(all[0]), into);
  }
}

}  // namespace mqttkit::doctor
