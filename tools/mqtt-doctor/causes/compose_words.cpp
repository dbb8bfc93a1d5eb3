#include "mqtt-doctor/causes/compose_words.hpp"

#include <algorithm>

#include "mqttkit/base/shell_word.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether "docker compose" finds these files by itself in their folder.
bool are_usual(const compose_fact& compose) {
  const auto is_usual = [&](const std::string& file) {
    for (const char* name : {"compose.yaml", "compose.yml", "docker-compose.yml",
                             "docker-compose.yaml", "compose.override.yaml", "compose.override.yml",
                             "docker-compose.override.yml", "docker-compose.override.yaml"}) {
      if (file == compose.folder + "/" + name) return true;
    }
    return false;
  };
  return std::all_of(compose.files.begin(), compose.files.end(), is_usual);
}

}  // namespace

std::string compose_up(const container_fact& container) {
  const compose_fact& compose = *container.compose;
  std::string out =
      "cd " +
      shell_word(compose.folder.empty() ? compose.file.substr(0, compose.file.rfind('/'))
                                        : compose.folder) +
      " && sudo " + (container.tool.empty() ? std::string("docker") : container.tool) + " compose";
  if (!are_usual(compose)) {
    for (const auto& file : compose.files) out += " -f " + shell_word(file);
  }
  return out + " up -d " + shell_word(compose.service);
}

const compose_port_fact* compose_line_for(const container_fact& container, int published) {
  if (!container.compose) return nullptr;
  const compose_port_fact* found = nullptr;
  for (const auto& port : container.compose->ports) {
    if (port.published == published) found = &port;
  }
  return found;
}

const compose_port_fact* compose_line_inside(const container_fact& container, int inside) {
  if (!container.compose) return nullptr;
  for (const auto& port : container.compose->ports) {
    if (port.inside == inside) return &port;
  }
  return nullptr;
}

const compose_volume_fact* compose_mount(const container_fact& container,
                                         const std::string& inside) {
  if (!container.compose) return nullptr;
  for (const auto& volume : container.compose->volumes) {
    if (volume.inside == inside) return &volume;
  }
  return nullptr;
}

bool is_plain_text(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/:") ==
             std::string_view::npos;
}

std::string place_in(const std::string& file, int line) {
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

std::string ports_lines(const compose_fact& compose, const std::string& port) {
  const std::string blanks(static_cast<std::size_t>(std::clamp(compose.indent, 2, 12)), ' ');
  const std::string item = blanks + "  - \"" + port + ":" + port + "\"";
  return compose.ports_line > 0 ? item : blanks + "ports:\n" + item;
}

made_finding& publish_in_compose(made_finding& made, const container_fact& container,
                                 const std::string& port) {
  const compose_fact& compose = *container.compose;
  const places with{
      {"place", place_in(compose.file, compose.ports_line > 0 ? compose.ports_line : compose.line)},
      {"service", compose.service},
      {"port", port}};
  if (compose.ports_line > 0) {
    made.seen(words(N_("{place} begins the ports of the service {service}, and port {port} is not "
                       "among them."),
                    with))
        .lines(words(N_("Publish it there, below {place} (ports:):"), with),
               ports_lines(compose, port), compose.file);
  } else {
    made.seen(
            words(N_("{place} begins the service {service}, which publishes no port: expose alone "
                     "opens it for other containers."),
                  with))
        .lines(words(N_("Publish it in that service, which begins at {place}:"), with),
               ports_lines(compose, port), compose.file);
  }
  return made.then(words(N_("Then let compose make the container anew:")), compose_up(container));
}

}  // namespace mqttkit::doctor
