#include "mqtt-doctor/causes/cures_inside.hpp"

#include <algorithm>
#include <cctype>

#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

std::string exec_in(const container_fact& container, const char* options = "") {
  return "sudo " + (container.tool.empty() ? std::string("docker") : container.tool) + " exec " +
         options + shell_word(container.name) + " ";
}

void replace_all(std::string& text, const std::string& old, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += by.size())
    text.replace(at, old.size(), by);
}

/// The brokers' own programs are in the container, and systemd knows nothing of it.
void give_inside(const container_fact& container, std::string& command) {
  for (const char* tool : {"rabbitmqctl ", "rabbitmq-plugins ", "rabbitmq-diagnostics ",
                           "emqx_ctl ", "emqx ctl ", "vmq-admin "})
    replace_all(command, std::string("sudo ") + tool, exec_in(container) + tool);
  // It asks for the password.
  replace_all(command, "sudo vmq-passwd ", exec_in(container, "-it ") + "vmq-passwd ");
  if (command.starts_with("artemis ")) command.insert(0, exec_in(container, "-it "));
  for (const char* unit : {"rabbitmq-server", "emqx", "vernemq", "nanomq", "nats-server", "hivemq",
                           "activemq", "artemis", "flashmq"}) {
    for (const char* verb : {"restart ", "reload "})
      replace_all(command, std::string("sudo systemctl ") + verb + unit,
                  container_command(container, "restart"));
    replace_all(command, std::string("sudo service ") + unit + " restart",
                container_command(container, "restart"));
  }
}

/// The variable by which the broker's image takes a setting; "" for none.
std::string variable_for(broker_kind broker, const std::string& setting) {
  std::string out;
  for (const char c : setting) {
    if (c == '.')
      out += "__";
    else
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (broker == broker_kind::emqx) return "EMQX_" + out;
  if (broker == broker_kind::vernemq) return "DOCKER_VERNEMQ_" + out;
  return {};
}

/// The single "name = value" of lines for a file; empty names for others.
std::pair<std::string, std::string> single_setting(const std::string& lines) {
  const std::size_t equals = lines.find(" = ");
  if (equals == std::string::npos || lines.find('\n') != std::string::npos ||
      lines.find_first_of("{<") != std::string::npos)
    return {};
  std::string value = lines.substr(equals + 3);
  if (value.size() > 1 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return {lines.substr(0, equals), value};
}

/// Whether the file is the container's own, and goes with it.
bool is_in_container_alone(const host_view& at, const std::string& file) {
  if (!file.starts_with('/')) return false;
  const auto& read = at.configuration->files;
  const bool is_its_own =
      file == at.configuration->file || std::find(read.begin(), read.end(), file) != read.end();
  return is_its_own && path_inside(*at.container, file) == file;
}

cure anew(const container_fact& container) {
  cure out{
      words(N_("Then make the container anew; to restart it is not enough.")), {}, place::server};
  if (container.compose) {
    out.what = words(N_("Then let compose make the container anew:"));
    out.command = compose_up(container);
    out.kind = cure_kind::command;
  }
  out.follows = true;
  return out;
}

}  // namespace

void move_inside(const host_view& at, std::vector<cure>& cures) {
  const container_fact* const container = at.container != nullptr ? at.container
                                          : is_from_docker(at)    ? publisher(at)
                                                                  : nullptr;
  if (container == nullptr || contains(lower(container->image), "mosquitto")) return;
  for (std::size_t i = 0; i < cures.size(); ++i) {
    cure& part = cures[i];
    if (part.where != place::server) continue;
    if (part.kind != cure_kind::lines) {
      give_inside(*container, part.command);
      continue;
    }
    if (at.container == nullptr || at.configuration == nullptr) continue;
    const auto [name, value] = single_setting(part.command);
    std::string variable = name.empty() ? std::string() : variable_that_sets(at, name);
    const bool is_alone = is_in_container_alone(at, part.file);
    if (variable.empty() && !is_alone) continue;
    if (variable.empty() && !name.empty())
      variable = variable_for(at.configuration->broker.value(), name);
    const bool restarts = i + 1 < cures.size() && cures[i + 1].follows &&
                          cures[i + 1].command == container_command(*container, "restart");
    if (!variable.empty()) {
      part.what = words(N_("Give the container {name}={value} (below \"environment:\" in a compose "
                           "file, else behind -e); users and passwords first, where it opens the "
                           "broker:"),
                        {{"name", variable}, {"value", value}});
      part.command = variable + "=" + value;
      part.file = "environment";
    } else {
      cure copy{words(N_("{file} is in the container alone and goes with it: copy it out, change "
                         "the copy, and mount that over it (-v \"$PWD/{name}:{file}\", below "
                         "\"volumes:\" in a compose file):"),
                      {{"file", part.file}, {"name", part.file.substr(part.file.rfind('/') + 1)}}),
                "sudo " + (container->tool.empty() ? std::string("docker") : container->tool) +
                    " cp " + shell_word(container->name + ":" + part.file) + " .",
                place::server};
      copy.kind = cure_kind::command;
      copy.follows = true;
      cures.insert(cures.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::move(copy));
      ++i;
    }
    if (restarts) cures[i + 1] = anew(*container);
  }
}

}  // namespace mqttkit::doctor
