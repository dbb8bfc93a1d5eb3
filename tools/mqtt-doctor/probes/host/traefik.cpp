#include "mqtt-doctor/probes/host/traefik.hpp"

#include <algorithm>
#include <set>

#include "mqtt-doctor/probes/host/access_rules.hpp"
#include "mqtt-doctor/probes/host/compose.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "mqtt-doctor/probes/host/settings_tree.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_routers = 64, most_files = 32;

bool is_true(const std::string& text) { return lower(text) == "true"; }

setting_node tree_of(const std::string& file, const std::string& text) {
  return file.ends_with(".toml") ? read_toml(text) : read_yaml(text);
}

/// "--entrypoints.mqtt.address=:1883" into the tree; "--api" is true.
void put_arguments(const std::vector<std::string>& arguments, setting_node& into) {
  for (const auto& word : arguments) {
    const std::size_t begin = word.find_first_not_of('-');
    if (begin == std::string::npos || begin == 0) continue;
    const std::size_t equals = word.find('=');
    put_dotted(into, std::string_view(word).substr(begin, equals - begin),
               equals == std::string::npos ? "true" : word.substr(equals + 1), 0);
  }
}

/// The path outside of the container, by its mounts; the path itself where it is in none.
std::string outside(const std::vector<std::string>& mounts, const std::string& path) {
  for (const std::string& mount : mounts) {
    const std::size_t arrow = mount.find(" -> ");
    if (arrow == std::string::npos) continue;
    const std::string source = mount.substr(0, arrow), target = mount.substr(arrow + 4);
    if (path == target) return source;
    if (path.starts_with(target + "/")) return source + path.substr(target.size());
  }
  return path;
}

/// The number in "0.0.0.0:1883->1883/tcp" that leads to a port of the container; 0 for none.
int published_for(const std::string& ports, int inside) {
  for (const auto& part : split(ports, ',')) {
    const std::size_t arrow = part.find("->");
    if (arrow == std::string::npos) continue;
    const std::string to = part.substr(arrow + 2, part.find('/', arrow) - arrow - 2);
    if (to == std::to_string(inside)) return port_at_end(trimmed(part.substr(0, arrow)));
  }
  return 0;
}

/// The rules of a router's middlewares that let some addresses in (ipAllowList, before Traefik 3
/// ipWhiteList); of one that is defined elsewhere nothing is known.
/// @param provider  who tells of this tree, as in "NAME@docker"
void add_access(const setting_node& part, const setting_node& router, const std::string& provider,
                router_fact& into) {
  const setting_node* const names = router.find("middlewares");
  const setting_node* const defined = part.find("middlewares");
  if (names == nullptr || defined == nullptr) return;
  for (const std::string& item : names->items()) {
    const std::size_t mark = item.find('@');
    if (mark != std::string::npos && lower(item.substr(mark + 1)) != provider) continue;
    const setting_node* const middleware = defined->find(item.substr(0, mark));
    if (middleware == nullptr) continue;
    for (const char* const kind : {"ipallowlist", "ipwhitelist"}) {
      const setting_node* const list = middleware->find(kind);
      const setting_node* const ranges = list == nullptr ? nullptr : list->find("sourcerange");
      // Behind a proxy the address is one that a header tells.
      if (ranges == nullptr || list->find("ipstrategy") != nullptr) continue;
      access_rule_fact made;
      made.lets_in = true;
      made.stage = static_cast<int>(into.access.size()) + 1;
      made.conditions.push_back(among(ranges->items()));
      made.text = list->name + ".sourceRange: ";
      for (const auto& range : ranges->items()) made.text += range + " ";
      made.text = kept_line(trimmed(made.text));
      made.line = ranges->line;
      keep_rule(into.access, made);
      keep_rule(into.access, nobody_else(made));
    }
  }
}

/// The routers below "tcp" or "http" of a tree.
std::vector<router_fact> routers_in(const setting_node& tree, proxy_mode mode,
                                    const std::string& provider) {
  std::vector<router_fact> out;
  const setting_node* const part = tree.find(mode == proxy_mode::tcp ? "tcp" : "http");
  const setting_node* const routers = part == nullptr ? nullptr : part->find("routers");
  if (routers == nullptr) return out;
  for (const auto& each : routers->inside) {
    if (out.size() == most_routers) break;
    router_fact made;
    made.name = kept_line(each.name);
    made.mode = mode;
    made.line = each.line;
    if (const setting_node* const rule = each.find("rule")) {
      made.rule = kept_line(rule->text);
      if (rule->line != 0) made.line = rule->line;
    }
    if (const setting_node* const points = each.find("entrypoints")) {
      for (const auto& name : points->items()) made.entry_points.push_back(kept_line(name));
      made.entry_line = points->line;
    }
    made.service = kept_line(each.text_at("service"));
    if (const setting_node* const service = each.find("service")) made.service_line = service->line;
    if (const setting_node* const tls = each.find("tls")) {
      made.has_tls = !tls->inside.empty() || is_true(tls->text) || tls->text.empty();
      made.passes_tls = is_true(tls->text_at("passthrough"));
      if (const setting_node* const pass = tls->find("passthrough"))
        made.passthrough_line = pass->line;
    }
    add_access(*part, each, provider, made);
    out.push_back(std::move(made));
  }
  return out;
}

const setting_node* services_in(const setting_node& tree, const router_fact& router) {
  return tree.at(router.mode == proxy_mode::tcp ? "tcp.services" : "http.services");
}

void keep(router_fact made, host_facts& into) {
  if (into.routers.size() < most_routers) into.routers.push_back(std::move(made));
}

void read_dynamic(const machine_files& files, const std::string& file, host_facts& into) {
  file_error error;
  const std::string text = files.read(file, &error);
  if (!error.empty()) {
    if (error.is_denied()) into.not_seen.push_back(file + ": needs root");
    return;
  }
  const setting_node tree = tree_of(file, text);
  for (const proxy_mode mode : {proxy_mode::tcp, proxy_mode::http}) {
    for (router_fact& router : routers_in(tree, mode, "file")) {
      router.file = file;
      for (auto& rule : router.access) rule.file = file;
      const setting_node* const services = services_in(tree, router);
      const setting_node* const service =
          services == nullptr ? nullptr : services->find(router.service);
      // Another file may define it, and "@docker" says that a container does.
      router.has_service = service != nullptr || router.service.find('@') != std::string::npos;
      if (service != nullptr) {
        const setting_node* const servers = service->at("loadbalancer.servers");
        if (servers != nullptr && !servers->inside.empty()) {
          const setting_node& first = servers->inside.front();
          router.target = kept_line(first.text_at(mode == proxy_mode::tcp ? "address" : "url"));
        }
      }
      keep(std::move(router), into);
    }
  }
}

/// A service may stand in another file of the same folder.
void find_services(const machine_files& files, const std::vector<std::string>& all,
                   host_facts& into) {
  for (router_fact& router : into.routers) {
    if (router.has_service || router.file.empty() || !router.container.empty()) continue;
    for (const auto& file : all) {
      const setting_node tree = tree_of(file, files.read(file));
      const setting_node* const services = services_in(tree, router);
      router.has_service =
          router.has_service || (services != nullptr && services->find(router.service) != nullptr);
    }
  }
}

struct traefik_home {
  std::string container;  ///< "" for none
  std::vector<std::string> mounts;
  std::string ports;  ///< as Docker prints them
  bool is_on_host = true;
};

void read_static(const machine_files& files, const traefik_home& home,
                 const std::vector<std::string>& arguments, host_facts& into) {
  setting_node tree;
  put_arguments(arguments, tree);
  std::string named = tree.text_at("configfile");
  std::vector<std::string> places{"/etc/traefik/traefik.yml",
                                  "/etc/traefik/traefik.yaml",
                                  "/etc/traefik/traefik.toml",
                                  "/traefik.yml",
                                  "/traefik.yaml",
                                  "/traefik.toml"};
  if (!named.empty()) places = {named};
  std::string file;
  for (const auto& place : places) {
    const std::string there = outside(home.mounts, place);
    // A path of the container that is mounted nowhere is none of this machine.
    if (!home.container.empty() && there == place) continue;
    file_error error;
    const std::string text = files.read(there, &error);
    if (error.is_denied()) into.not_seen.push_back(there + ": needs root");
    if (!error.empty()) continue;
    // Where there is a file, Traefik does not look at the command line.
    file = there;
    tree = tree_of(there, text);
    break;
  }
  const setting_node* const points = tree.find("entrypoints");
  if (points == nullptr) return;
  const bool has_default =
      std::any_of(points->inside.begin(), points->inside.end(),
                  [](const setting_node& each) { return is_true(each.text_at("asdefault")); });
  for (const auto& each : points->inside) {
    std::string address = each.text_at("address");
    if (const std::size_t slash = address.find('/'); slash != std::string::npos) {
      if (address.substr(slash + 1) == "udp") continue;
      address.resize(slash);
    }
    entry_point_fact made;
    made.name = kept_line(each.name);
    made.inside = port_at_end(address);
    if (made.inside == 0) continue;
    made.port = home.is_on_host ? made.inside : published_for(home.ports, made.inside);
    made.line = each.line;
    if (made.line != 0) made.file = file;
    made.container = home.container;
    made.is_default = !has_default || is_true(each.text_at("asdefault"));
    into.entry_points.push_back(std::move(made));
  }
  // Who says nothing of traefik.enable is exposed unless Traefik was told otherwise.
  const bool is_exposed = lower(tree.text_at("providers.docker.exposedbydefault")) != "false";
  for (auto& router : into.routers) {
    if (!router.container.empty() && !router.is_off && is_exposed) router.is_disabled = false;
  }
  std::vector<std::string> dynamic;
  if (const std::string one = tree.text_at("providers.file.filename"); !one.empty())
    dynamic.push_back(outside(home.mounts, one));
  if (const std::string folder = tree.text_at("providers.file.directory"); !folder.empty()) {
    const std::string there = outside(home.mounts, folder);
    for (const auto& name : files.list(there)) {
      const bool is_read =
          name.ends_with(".yml") || name.ends_with(".yaml") || name.ends_with(".toml");
      if (is_read && dynamic.size() < most_files) dynamic.push_back(there + "/" + name);
    }
  }
  for (const auto& each : dynamic) read_dynamic(files, each, into);
  find_services(files, dynamic, into);
}

}  // namespace

void read_traefik_labels(const machine_files& files, const container_fact& container,
                         const std::map<std::string, std::string>& labels, host_facts& into) {
  setting_node tree;
  for (const auto& [name, value] : labels) {
    const std::string low = lower(name);
    if (low.starts_with("traefik.")) put_dotted(tree, name.substr(8), value, 0);
  }
  const std::string enabled = lower(tree.text_at("enable"));
  for (const proxy_mode mode : {proxy_mode::tcp, proxy_mode::http}) {
    for (router_fact& router : routers_in(tree, mode, "docker")) {
      router.container = container.name;
      router.is_disabled = enabled != "true";
      router.is_off = enabled == "false";
      const setting_node* const services = services_in(tree, router);
      const std::size_t count = services == nullptr ? 0 : services->inside.size();
      const setting_node* service = nullptr;
      if (services != nullptr)
        service = router.service.empty() ? (count == 1 ? &services->inside.front() : nullptr)
                                         : services->find(router.service);
      router.has_service = service != nullptr || router.service.empty() ||
                           router.service.find('@') != std::string::npos;
      if (service != nullptr) {
        const std::string port = service->text_at("loadbalancer.server.port");
        if (!port.empty()) router.target = ":" + kept_line(port);
      }
      if (container.compose) {
        const std::string stem =
            std::string(mode == proxy_mode::tcp ? "tcp" : "http") + ".routers." + router.name + ".";
        for (const char* part : {"rule", "entrypoints", "service"}) {
          const auto [file, line] = compose_line(files, *container.compose, stem + part);
          if (line == 0) continue;
          router.file = file;
          (part[0] == 'r'   ? router.line
           : part[0] == 'e' ? router.entry_line
                            : router.service_line) = line;
        }
      }
      keep(std::move(router), into);
    }
  }
}

void read_traefik_container(const machine_files& files, const container_fact& container,
                            const std::vector<std::string>& arguments, host_facts& into) {
  traefik_home home;
  home.container = container.name;
  home.mounts = container.mounts;
  home.ports = container.ports;
  home.is_on_host = container.network == "host";
  read_static(files, home, arguments, into);
}

void read_traefik_processes(const machine_files& files, host_facts& into) {
  std::set<int> done;
  for (const auto& listener : into.listeners) {
    if (listener.program() != listening_program::traefik || !done.insert(listener.pid).second)
      continue;
    // One in a container that shares the machine's network has been read as a container.
    const bool is_known =
        std::any_of(into.entry_points.begin(), into.entry_points.end(),
                    [&](const entry_point_fact& each) { return each.port == listener.port; });
    if (is_known) continue;
    auto arguments = words_of(listener.command);
    if (!arguments.empty()) arguments.erase(arguments.begin());
    read_static(files, {}, arguments, into);
  }
}

}  // namespace mqttkit::doctor
