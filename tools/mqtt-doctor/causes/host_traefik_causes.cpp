// Traefik in front of the broker: its routers, by its files and by the labels of containers.
#include <algorithm>
#include <cctype>

#include "mqtt-doctor/causes/access_view.hpp"
#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// The entry point of Traefik for the dialled port; null when another program may have the port.
const entry_point_fact* entry_on(const host_view& at) {
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr) return nullptr;
  for (const auto& entry : at.host.entry_points) {
    if (entry.port != at.port()) continue;
    const bool is_process = socket->program() == listening_program::traefik;
    const bool is_published =
        !entry.container.empty() && socket->program() == listening_program::docker_proxy;
    if (is_process || is_published) return &entry;
  }
  return nullptr;
}

bool is_on(const router_fact& router, const entry_point_fact& entry) {
  if (router.entry_points.empty()) return entry.is_default;
  return std::any_of(router.entry_points.begin(), router.entry_points.end(),
                     [&](const std::string& name) { return lower(name) == lower(entry.name); });
}

/// Whether the rule lets every name through, or none at all: HostSNI(`*`).
bool is_for_all(const router_fact& router) {
  return contains(router.rule, "HostSNI(`*`)") || contains(router.rule, "HostSNI(\"*\")") ||
         contains(router.rule, "HostSNIRegexp") || contains(router.rule, "ClientIP");
}

bool is_brokers_container(const host_view& at, const router_fact& router) {
  return std::any_of(at.host.containers.begin(), at.host.containers.end(),
                     [&](const container_fact& each) {
                       return each.name == router.container && !each.tool.empty();
                     });
}

/// Whether the router leads to a broker: of a broker's container, or to a usual port of brokers.
bool is_for_broker(const host_view& at, const router_fact& router) {
  return is_brokers_container(at, router) || router.target.ends_with(":1883") ||
         router.target.ends_with(":8883") || router.target.ends_with(":1884");
}

/// "compose.yaml:7", or "mosquitto: traefik.tcp.routers.mqtt" where no file is known.
std::string place_of(const router_fact& router, int line) {
  if (!router.file.empty()) return place_in(router.file, line != 0 ? line : router.line);
  return router.container + ": traefik." + router.mode.word() + ".routers." + router.name;
}

const container_fact* container_of(const host_view& at, const router_fact& router) {
  for (const auto& each : at.host.containers) {
    if (each.name == router.container) return &each;
  }
  return nullptr;
}

/// Ends a cure: what has to read the changed file.
maybe_finding carried_out(made_finding& made, const host_view& at, const router_fact& router) {
  const container_fact* const container = container_of(at, router);
  if (container != nullptr && container->compose)
    return made.then(words(N_("Then let compose make the container anew:")),
                     compose_up(*container));
  if (container != nullptr)
    return made.then(words(N_("Then make the container anew with those labels.")));
  return made.then(words(N_("Traefik reads that file again by itself (providers.file.watch).")));
}

places places_of(const view& known, const router_fact& router, const entry_point_fact& entry) {
  return {{"port", known.port()}, {"router", router.name},     {"rule", router.rule},
          {"entry", entry.name},  {"service", router.service}, {"container", router.container}};
}

maybe_finding not_exposed(const view& known, const host_view& at, const router_fact& router,
                          const entry_point_fact& entry) {
  const auto with = places_of(known, router, entry);
  made_finding made("proxy-wrong-mode", certainty::certain, strength::proven,
                    router.is_off
                        ? words(N_("Traefik leaves the container {container} out: its label "
                                   "traefik.enable is false."),
                                with)
                        : words(N_("Traefik leaves the container {container} out: exposedByDefault "
                                   "is false, and the container has no label traefik.enable=true."),
                                with));
  made.seen(words(N_("{place} sets up the router {router} for the port."),
                  {{"place", place_of(router, router.line)}, {"router", router.name}}));
  made.lines(words(N_("Add the label beside the others:")), "- \"traefik.enable=true\"",
             router.file.empty() ? "compose.yaml" : router.file);
  return carried_out(made, at, router);
}

maybe_finding no_service(const view& known, const host_view& at, const router_fact& router,
                         const entry_point_fact& entry) {
  const auto with = places_of(known, router, entry);
  made_finding made("proxy-wrong-mode", certainty::certain, strength::proven,
                    words(N_("Traefik's router {router} names the service {service}, which nothing "
                             "defines: the router is not in force."),
                          with));
  made.seen(words(N_("{place} names {service}."),
                  {{"place", place_of(router, router.service_line)}, {"service", router.service}}));
  made.mend(
      words(N_("Write the same name in both places: in the router's service, and behind "
               "services in the lines of the service.")));
  return carried_out(made, at, router);
}

maybe_finding no_entry(const view& known, const host_view& at, const router_fact& router,
                       const entry_point_fact& entry) {
  const auto with = places_of(known, router, entry);
  std::vector<std::string> names;
  for (const auto& each : at.host.entry_points) names.push_back(each.name);
  made_finding made(
      "proxy-wrong-mode", certainty::certain, strength::proven,
      words(N_("Traefik's router {router} is for the entry point {wanted}, which does not exist; "
               "port {port} is the entry point {entry}."),
            {{"router", router.name},
             {"wanted", list_text(router.entry_points)},
             {"port", known.port()},
             {"entry", entry.name}}));
  made.seen(words(N_("{place} names {wanted}."), {{"place", place_of(router, router.entry_line)},
                                                  {"wanted", list_text(router.entry_points)}}))
      .seen(words(N_("Entry points that Traefik has: {names}."), {{"names", list_text(names)}}));
  made.mend(words(N_("Write {entry} there, or give Traefik that entry point."), with));
  return carried_out(made, at, router);
}

maybe_finding of_http(const view& known, const host_view& at, const router_fact& router,
                      const entry_point_fact& entry) {
  const auto with = places_of(known, router, entry);
  made_finding made("proxy-wrong-mode", certainty::certain, strength::proven,
                    words(N_("Traefik speaks HTTP on port {port}: the router {router} is one of "
                             "HTTP, and MQTT needs one of TCP."),
                          with));
  made.seen(words(N_("{place}: {rule}"),
                  {{"place", place_of(router, router.line)}, {"rule", router.rule}}))
      .seen(words(N_("No TCP router is set up for the entry point {entry}."), with));
  const std::string name = router.name;
  if (!router.container.empty())
    made.lines(words(N_("In the place of the labels for HTTP:")),
               "- \"traefik.tcp.routers." + name +
                   ".rule=HostSNI(`*`)\"\n- \"traefik.tcp.routers." + name +
                   ".entrypoints=" + entry.name + "\"\n- \"traefik.tcp.services." + name +
                   ".loadbalancer.server.port=1883\"",
               router.file.empty() ? "compose.yaml" : router.file);
  else
    made.lines(words(N_("Below tcp: in the place of http:")),
               "tcp:\n  routers:\n    " + name + ":\n      entryPoints: [" + entry.name +
                   "]\n      rule: \"HostSNI(`*`)\"\n      service: " +
                   (router.service.empty() ? name : router.service),
               router.file);
  return carried_out(made, at, router);
}

maybe_finding name_without_tls(const view& known, const host_view& at, const router_fact& router,
                               const entry_point_fact& entry) {
  const auto with = places_of(known, router, entry);
  made_finding made(
      "proxy-wrong-mode", certainty::certain, strength::proven,
      words(N_("Traefik's router {router} chooses by a name, and plain MQTT has none: "
               "only TLS names the host it wants. Without TLS the rule can be "
               "HostSNI(`*`) alone."),
            with));
  made.seen(words(N_("{place}: {rule}"),
                  {{"place", place_of(router, router.line)}, {"rule", router.rule}}))
      .seen(words(N_("Port {port} was asked without TLS."), with));
  made.mend(words(N_("Write HostSNI(`*`) there; the port is that broker's alone then.")));
  return carried_out(made, at, router);
}

}  // namespace

/// Traefik has the port, and no router of its leads plain MQTT on.
maybe_finding host_traefik_router(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || known.is_websocket() || !came_to_nothing(known)) return {};
  const entry_point_fact* const entry = entry_on(*at);
  if (entry == nullptr) return {};
  std::vector<const router_fact*> here;
  const router_fact* web = nullptr;
  const router_fact* lost = nullptr;  // for an entry point that does not exist
  for (const auto& router : at->host.routers) {
    const bool is_tcp = router.mode == proxy_mode::tcp;
    if (is_on(router, *entry)) {
      if (is_tcp) here.push_back(&router);
      // One that leads to another port is for WebSocket, and right as it is.
      const bool is_meant = router.target.empty() || router.target.ends_with(":1883") ||
                            router.target.ends_with(":8883");
      if (!is_tcp && is_meant && is_for_broker(*at, router) && web == nullptr) web = &router;
      continue;
    }
    const bool is_known =
        std::any_of(at->host.entry_points.begin(), at->host.entry_points.end(),
                    [&](const entry_point_fact& each) { return is_on(router, each); });
    if (is_tcp && !is_known && is_for_broker(*at, router)) lost = &router;
  }
  if (here.empty()) {
    if (lost != nullptr) return no_entry(known, *at, *lost, *entry);
    return web != nullptr ? of_http(known, *at, *web, *entry) : maybe_finding();
  }
  const auto all = [&](const auto& is) { return std::all_of(here.begin(), here.end(), is); };
  if (all([](const router_fact* each) { return each->is_disabled; }))
    return not_exposed(known, *at, *here.front(), *entry);
  if (all([](const router_fact* each) { return !each->has_service; }))
    return no_service(known, *at, *here.front(), *entry);
  const bool are_named = all([](const router_fact* each) {
    return !each->has_tls && !is_for_all(*each) && contains(each->rule, "HostSNI(");
  });
  if (are_named && !known.is_tls()) return name_without_tls(known, *at, *here.front(), *entry);
  return {};
}

const router_fact* only_router(const host_view& at) {
  const entry_point_fact* const entry = entry_on(at);
  if (entry == nullptr) return nullptr;
  const proxy_mode mode = at.known.is_websocket() ? proxy_mode::http : proxy_mode::tcp;
  const router_fact* only = nullptr;
  for (const auto& router : at.host.routers) {
    if (router.mode != mode || !is_on(router, *entry) || router.is_disabled) continue;
    if (only != nullptr) return nullptr;  // which of them counts depends on the name
    only = &router;
  }
  return only;
}

/// Traefik and who connects do not agree about TLS.
maybe_finding host_traefik_tls(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || known.is_websocket() || !came_to_nothing(known)) return {};
  const entry_point_fact* const entry = entry_on(*at);
  if (entry == nullptr) return {};
  const router_fact* const only = only_router(*at);
  if (only == nullptr || !only->has_service) return {};
  const auto with = places_of(known, *only, *entry);
  if (!known.is_tls() && only->has_tls && !only->passes_tls)
    return made_finding(
               "proxy-wrong-mode", certainty::certain, strength::proven,
               words(N_("Traefik opens TLS on port {port}, and it was asked without."), with))
        .seen(words(N_("{place}: the router {router} has tls."),
                    {{"place", place_of(*only, only->line)}, {"router", only->name}}))
        .in_app(words(N_("Switch TLS (SSL) on: {scheme}://{host}:{port}"),
                      {{"scheme", "mqtts"}, {"host", known.host()}, {"port", known.port()}}));
  if (!known.is_tls() || !only->passes_tls) return {};
  // The broker behind it is known where it listens on this machine.
  const std::string port = only->target.substr(only->target.rfind(':') + 1);
  for (const auto& from : at->host.configurations) {
    if (!from.is_used || only->target.starts_with(":")) continue;
    for (const auto& listener : from.listeners) {
      const bool is_plain = std::to_string(listener.port) == port &&
                            listener.protocol == listener_protocol::mqtt &&
                            listener.settings.count("certfile") == 0;
      if (!is_plain) continue;
      made_finding made("proxy-wrong-mode", certainty::certain, strength::proven,
                        words(N_("Traefik passes TLS on unopened (passthrough), and the broker at "
                                 "{target} speaks none."),
                              {{"target", only->target}}));
      made.seen(words(N_("{place}: the router {router} has passthrough: true."),
                      {{"place", place_of(*only, only->passthrough_line)}, {"router", only->name}}))
          .seen(words(N_("{file} has no certfile for port {port}."),
                      {{"file", file_of(listener, from)}, {"port", port}}));
      made.mend(
          words(N_("Take passthrough out, so that Traefik opens TLS itself, with a certificate "
                   "of its own (an empty tls is enough); or let the router lead to the "
                   "broker's TLS listener.")));
      return carried_out(made, *at, *only);
    }
  }
  return {};
}

namespace {

/// The words in quotes behind a matcher of a rule: "Host(`a`) || Host(`b`)" has a and b.
std::vector<std::string> matched(const std::string& rule, const std::string& matcher) {
  std::vector<std::string> out;
  for (std::size_t at = 0; (at = rule.find(matcher + "(", at)) != std::string::npos; ++at) {
    // "ClientHost(" is none of it.
    if (at > 0 && std::isalpha(static_cast<unsigned char>(rule[at - 1])) != 0) continue;
    const std::size_t end = rule.find(')', at);
    const std::string inside = rule.substr(at, end == std::string::npos ? end : end - at);
    for (std::size_t from = 0; (from = inside.find_first_of("`\"'", from)) != std::string::npos;) {
      const std::size_t to = inside.find(inside[from], from + 1);
      if (to == std::string::npos) break;
      out.push_back(inside.substr(from + 1, to - from - 1));
      from = to + 1;
    }
  }
  return out;
}

/// Why a router of HTTP does not take the request.
enum class mismatch { none, host, path };
mismatch mismatch_of(const view& known, const router_fact& router) {
  // What an expression or a negation lets through is not known here.
  const bool is_simple = !contains(router.rule, "Regexp") && !contains(router.rule, "!") &&
                         !contains(router.rule, "Header") && !contains(router.rule, "{");
  if (!is_simple) return mismatch::none;
  const auto hosts = matched(router.rule, "Host");
  const auto prefixes = matched(router.rule, "PathPrefix"), paths = matched(router.rule, "Path");
  // "Host(`a`) || PathPrefix(`/b`)": either is enough.
  const bool is_either =
      contains(router.rule, "||") && !hosts.empty() && !(prefixes.empty() && paths.empty());
  if (is_either) return mismatch::none;
  const std::string asked = lower(known.host());
  if (!hosts.empty() && std::none_of(hosts.begin(), hosts.end(),
                                     [&](const std::string& host) { return lower(host) == asked; }))
    return mismatch::host;
  const std::string& path = known.at.path;
  const bool is_there =
      (prefixes.empty() && paths.empty()) ||
      std::any_of(prefixes.begin(), prefixes.end(),
                  [&](const std::string& each) { return path.starts_with(each); }) ||
      std::find(paths.begin(), paths.end(), path) != paths.end();
  return is_there ? mismatch::none : mismatch::path;
}

maybe_finding to_plain_port(const host_view& at, const router_fact& router) {
  const std::string port = router.target.substr(router.target.rfind(':') + 1);
  made_finding made(
      "proxy-wrong-mode", certainty::likely, strength::agreed,
      words(
          N_("Traefik hands WebSocket on to port {port} of the container {container}, which is the "
             "usual port of plain MQTT: WebSocket has one of its own, often 9001 or 8083."),
          {{"port", port}, {"container", router.container}}));
  made
      .seen(words(
          N_("{place}: the router {router} leads to port {port}."),
          {{"place", place_of(router, router.line)}, {"router", router.name}, {"port", port}}))
      .lines(words(N_("Name the port of the broker's WebSocket listener:")),
             "- \"traefik.http.services." +
                 (router.service.empty() ? router.name : router.service) +
                 ".loadbalancer.server.port=9001\"",
             router.file.empty() ? "compose.yaml" : router.file);
  return carried_out(made, at, router);
}

}  // namespace

/// Traefik has the port, and no router of HTTP takes the request for WebSocket to the broker.
maybe_finding host_traefik_web(const view& known, exclusions&) {
  const auto at = look_at(known);
  const contact* const client = known.client();
  if (!at || !known.is_websocket() || !came_to_nothing(known) || client == nullptr ||
      !client->websocket)
    return {};
  const entry_point_fact* const entry = entry_on(*at);
  if (entry == nullptr) return {};
  std::vector<const router_fact*> here;
  for (const auto& router : at->host.routers) {
    const bool is_meant = router.mode == proxy_mode::http && is_on(router, *entry) &&
                          !router.is_disabled && is_brokers_container(*at, router);
    if (is_meant) here.push_back(&router);
  }
  if (here.empty()) return {};
  const router_fact& first = *here.front();
  constexpr int not_found = 404;
  const int status = client->websocket->status;
  const bool is_plain = first.target == ":1883" || first.target == ":8883";
  if (status / 100 == 5 && here.size() == 1 && is_plain &&
      mismatch_of(known, first) == mismatch::none)
    return to_plain_port(*at, first);
  if (status != not_found) return {};
  const bool is_none = std::all_of(here.begin(), here.end(), [&](const router_fact* each) {
    return mismatch_of(known, *each) != mismatch::none;
  });
  if (!is_none) return {};
  const bool is_host = mismatch_of(known, first) == mismatch::host;
  const auto names = matched(first.rule, "Host");
  auto paths = matched(first.rule, "PathPrefix");
  if (paths.empty()) paths = matched(first.rule, "Path");
  const places with{{"router", first.name},
                    {"rule", first.rule},
                    {"asked", is_host ? known.host() : known.at.path},
                    {"right", is_host ? names.front() : paths.front()},
                    {"place", place_of(first, first.line)}};
  made_finding made(
      is_host ? "ws-path-is-website" : "ws-wrong-path", certainty::certain, strength::proven,
      is_host ? words(N_("Traefik has the way to the broker for the host {right}, and "
                         "{asked} was asked for."),
                      with)
              : words(N_("The way to the broker is path {right}, and {path} was "
                         "asked for."),
                      {{"right", with.at("right")}, {"path", with.at("asked")}}));
  made.seen(words(N_("{place}: {rule}"), with));
  made.in_app(is_host ? words(N_("Use the name {name} in the app; it must lead to this machine."),
                              {{"name", with.at("right")}})
                      : words(N_("Set the path to {right} in the app."), with));
  return made;
}

}  // namespace mqttkit::doctor
