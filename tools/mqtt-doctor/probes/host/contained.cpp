#include "mqtt-doctor/probes/host/contained.hpp"

#include <algorithm>
#include <filesystem>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/broker_tls_files.hpp"
#include "mqtt-doctor/probes/host/file_rights.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* usual_file = "/mosquitto/config/mosquitto.conf";

std::vector<mounted_path> mounts_of(const container_fact& container) {
  std::vector<mounted_path> out;
  for (const std::string& mount : container.mounts) {
    const std::size_t arrow = mount.find(" -> ");
    if (arrow == std::string::npos || arrow == 0) continue;
    out.push_back({mount.substr(arrow + 4), mount.substr(0, arrow)});
  }
  return out;
}

/// The configuration that its program was started with; "" for none.
std::string file_of(const container_fact& container) {
  if (words_of(container.command).empty()) return usual_file;
  return file_behind(container.command, {"-c", "--config-file"});
}

machine_files files_in(const machine_files& files, const container_fact& container) {
  const bool has_own_files = container.is_running() && container.pid > 0;
  return files.in_container(
      mounts_of(container),
      has_own_files ? "/proc/" + std::to_string(container.pid) + "/root" : std::string());
}

/// The number on this machine under which Docker publishes a port of the container; 0 for none.
int published_port(const container_fact& container, int inside) {
  if (container.network == "host") return inside;
  for (std::string each : split(container.ports, ',')) {
    each = trimmed(each);
    const std::size_t arrow = each.find("->");
    if (arrow == std::string::npos || !each.ends_with("/tcp")) continue;
    if (number(each.substr(arrow + 2, each.size() - arrow - 6)) == inside)
      return port_at_end(each.substr(0, arrow));
  }
  return 0;
}

/// The proxy in the container, by its image, with the file that its program was given or finds.
std::vector<proxy_fact> read_contained_proxy(const machine_files& inside,
                                             const container_fact& container) {
  const std::string image = lower(container.image);
  const std::string named = file_behind(container.command, {"-c", "-f", "--config"});
  const auto file = [&](const char* usual) { return named.empty() ? std::string(usual) : named; };
  if (has(image, "haproxy")) {
    const std::string path = file("/usr/local/etc/haproxy/haproxy.cfg");
    return read_haproxy(path, inside.read(path), &inside);
  }
  if (has(image, "caddy")) return read_caddy(inside, file("/etc/caddy/Caddyfile"));
  if (has(image, "httpd")) return read_apache(inside, file("/usr/local/apache2/conf/httpd.conf"));
  if (!has(image, "nginx")) return {};
  auto out = read_nginx(inside, file("/etc/nginx/nginx.conf"));
  // The image's main file includes this folder; where only that is mounted, the rest is not seen.
  constexpr std::size_t most_files = 64;
  std::size_t count = 0;
  for (const auto& name :
       out.empty() ? inside.list("/etc/nginx/conf.d") : std::vector<std::string>()) {
    if (!name.ends_with(".conf")) continue;
    if (++count > most_files) break;
    auto more = read_nginx(inside, "/etc/nginx/conf.d/" + name);
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

/// What a look from outside cannot judge: users, rights, addresses and versions are the
/// container's.
bool is_judged(const configuration_problem& problem, const machine_files& inside) {
  switch (problem.kind.value()) {
    case problem_kind::missing_file:
      return inside.is_within_sight(problem.file);
    case problem_kind::missing_user:
    case problem_kind::privileged_port:
    case problem_kind::address_not_here:
    case problem_kind::unreadable_file:
    case problem_kind::unwritable_file:
    case problem_kind::missing_folder:
    case problem_kind::broken_store:
    case problem_kind::certificate_newer:
    case problem_kind::changed_since_start:
    case problem_kind::ignored_file:
    case problem_kind::nested_include:
    case problem_kind::hosts_deny:
    case problem_kind::newer_variable:
    case problem_kind::no_host_name:
      return false;
    default:
      return true;
  }
}

/// Notes files that are links to what the container does not have, though this machine may.
void note_outside_links(const machine_files& inside,
                        const std::map<std::string, std::string>& settings,
                        configuration_fact& into) {
  for (const auto& [option, path] : settings) {
    const std::string real = path.starts_with('/') ? inside.mounted_at(path) : std::string();
    const std::string target = real.empty() ? std::string() : inside.link(path);
    if (target.empty()) continue;
    const auto meant = target.front() == '/' ? std::filesystem::path(target)
                                             : std::filesystem::path(path).parent_path() / target;
    const std::string at = meant.lexically_normal().string();
    if (inside.mounted_at(at).empty() && !inside.exists(at))
      add_problem(into, problem_kind::outside_link, path, 0, option, target, true);
  }
}

/// Where the configuration itself is missed: the names of what lies in its place.
void note_neighbours(const machine_files& inside, configuration_fact& into) {
  constexpr std::size_t most = 8;
  for (auto& problem : into.problems) {
    if (problem.kind != problem_kind::missing_file || problem.file != into.file) continue;
    std::string names;
    std::size_t count = 0;
    for (const auto& name : inside.list(into.file.substr(0, into.file.rfind('/')))) {
      if (++count > most) break;
      names += (names.empty() ? "" : ", ") + tools::printable(name, 60);
    }
    if (!names.empty()) problem.detail += "\n" + names;
  }
}

/// Gives paths below what is mounted the names that this machine has for them.
class namer {
 public:
  explicit namer(const machine_files& inside) : inside_(inside) {}

  void name(configuration_fact& all) const {
    name(all.file);
    for (auto& file : all.files) name(file);
    for (auto& each : all.settings) name(each.second);
    for (auto& each : all.places) {
      const std::size_t colon = each.second.rfind(':');
      std::string file = each.second.substr(0, colon);
      name(file);
      each.second = colon == std::string::npos ? file : file + each.second.substr(colon);
    }
    for (auto& listener : all.listeners) {
      for (auto& each : listener.settings) name(each.second);
      if (!listener.certificate) continue;
      name(listener.certificate->file);
      name(listener.certificate->full_chain);
    }
    for (auto& problem : all.problems) {
      name(problem.file);
      name(problem.named_in);
    }
    for (auto& check : all.login_checks) name(check.file);
    for (auto& rule : all.acl) name(rule.file);
    for (auto& right : all.rights) name(right.file);
    for (auto& bridge : all.bridges) {
      name(bridge.file);
      for (auto& each : bridge.settings) name(each.second);
    }
  }

 private:
  void name(std::string& path) const {
    const std::string here = path.starts_with('/') ? inside_.mounted_at(path) : std::string();
    if (!here.empty()) path = here;
  }

  const machine_files& inside_;
};

/// A broker other than mosquitto: its files, and what its environment sets.
void look_at_another(const machine_files& inside, const configuration_request& request,
                     container_fact& container) {
  auto made = read_contained_broker(inside, container);
  if (!made) return;
  std::vector<std::string> not_seen;  // of its keys and certificates, which are its own matter
  check_broker_tls(inside, nullptr, *made, not_seen);
  std::erase_if(made->problems, [&](const auto& each) { return !is_judged(each, inside); });
  made->files.insert(made->files.begin(), made->file);
  note_places(inside, *made);
  check_file_rights(inside, request, *made);
  namer(inside).name(*made);
  made->is_used = container.is_running();
  container.configuration = std::move(made);
}

}  // namespace

void look_at_contained(const machine_files& files, const configuration_request& request,
                       host_facts& into) {
  for (container_fact& container : into.containers) {
    // One whose program was not asked for has no mounts, and nothing is read.
    if (container.is_running() && !(container.mounts.empty() && container.pid == 0)) {
      const machine_files inside = files_in(files, container);
      for (auto& proxy : read_contained_proxy(inside, container)) {
        proxy.port = published_port(container, proxy.port);
        if (proxy.port == 0) continue;
        proxy.pid = container.pid;
        if (const std::string here = inside.mounted_at(proxy.file); !here.empty())
          proxy.file = here;
        container.proxies.push_back(std::move(proxy));
      }
    }
    if (container.tool.empty()) continue;
    const machine_files inside = files_in(files, container);
    if (!has(lower(container.image), "mosquitto")) {
      look_at_another(inside, request, container);
      continue;
    }
    const std::string file = file_of(container);
    if (file.empty() || !inside.is_within_sight(file)) continue;
    file_error error;
    inside.read(file, &error, 1);
    if (error.is_denied()) into.not_seen.push_back(container.name + ": " + file + ": needs root");
    // A folder that is not here either is another machine's: Docker may be asked over the network.
    const bool is_elsewhere = error.is_missing() && !inside.exists(file.substr(0, file.rfind('/')));
    if (error.is_denied() || is_elsewhere) continue;
    auto made = read_mosquitto(inside, file, nullptr);
    std::vector<std::string> not_seen;
    check_mosquitto(inside, request, nullptr, made, not_seen);
    std::erase_if(made.problems, [&](const auto& each) { return !is_judged(each, inside); });
    note_neighbours(inside, made);
    note_outside_links(inside, made.settings, made);
    for (const auto& listener : made.listeners) note_outside_links(inside, listener.settings, made);
    namer(inside).name(made);
    made.is_used = container.is_running();
    for (const std::string& each : not_seen) {
      if (has(each, "needs root")) into.not_seen.push_back(container.name + ": " + each);
    }
    container.configuration = std::move(made);
  }
}

}  // namespace mqttkit::doctor
