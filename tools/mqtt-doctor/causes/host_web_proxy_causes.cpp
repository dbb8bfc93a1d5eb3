// A web server of the broker's machine that is to pass WebSocket on, by what its own file says of
// the path and the host.
#include <algorithm>

#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/proxy_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// Apache passes http:// on without the switch of protocols, which it does only when told to.
maybe_finding apache_upgrade(const host_view& at, const proxy_fact& proxy) {
  if (!leads_to_web_broker(at.host, proxy)) return {};
  const places with{{"place", place_of(proxy, proxy.path_line)},
                    {"text", proxy.said},
                    {"target", proxy.target},
                    {"file", proxy.file}};
  const std::string line = std::to_string(proxy.path_line);
  return made_finding("ws-proxy-no-upgrade", certainty::certain, strength::proven,
                      words(N_("Apache hands the request on to {target} as one for a page: after "
                               "http:// it passes WebSocket on with upgrade=websocket only."),
                            with))
      .seen(words(N_("{place} says: {text}"), with))
      .mend(words(N_("Add it to that line (Apache 2.4.47 or newer); the old file is kept as "
                     "{file}.bak:"),
                  with),
            edit_command(line + "s/[[:space:]]*$/ upgrade=websocket/", proxy.file))
      .then(words(N_("Then:")), "sudo apachectl configtest && " + restart_of(proxy, at.host))
      .mend(
          words(N_("In an older one write ws:// in the place of http:// there, and load the module "
                   "proxy_wstunnel.")));
}

/// nginx passes the request for WebSocket on as one for a page.
maybe_finding nginx_upgrade(const host_view& at, const proxy_fact& proxy) {
  // The server's own blocks may set what a location leaves out.
  const int port = port_behind(proxy, at.host);
  const bool is_dead =
      port != 0 && std::none_of(at.host.listeners.begin(), at.host.listeners.end(),
                                [&](const auto& each) { return each.port == port; });
  if (is_dead) return {};
  const bool is_other = !proxy.upgrade_said.empty();
  const places with{{"place", place_of(proxy, proxy.path_line)},
                    {"path", proxy.path},
                    {"said", proxy.upgrade_said},
                    {"target", proxy.target}};
  return made_finding(
             "ws-proxy-no-upgrade", certainty::certain, strength::proven,
             words(is_other ? N_("nginx passes {path} on to {target} with a wrong value in "
                                 "the header Upgrade, so the broker sees no WebSocket.")
                            : N_("nginx passes {path} on to {target} without the headers "
                                 "Upgrade and Connection, so the broker sees no "
                                 "WebSocket."),
                   with))
      .seen(words(is_other ? N_("{place}: the location sets Upgrade to {said}.")
                           : N_("{place}: the location sets no Upgrade."),
                  with))
      .lines(words(N_("In that location, which begins at {place}, in the place of lines there that "
                      "set the same:"),
                   with),
             "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\n"
             "proxy_set_header Connection \"upgrade\";",
             proxy.file)
      .then(words(N_("Then:")),
            "sudo nginx -t -c " + shell_word(proxy.file) + " && " + restart_of(proxy, at.host));
}

/// A part of the web server that holds the port; null when another program holds it.
const proxy_fact* server_on(const host_view& at) {
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr) return nullptr;
  for (const auto& proxy : at.host.proxies) {
    if (is_web(proxy) && belongs(proxy, *socket)) return &proxy;
  }
  return nullptr;
}

}  // namespace

maybe_finding host_proxy_upgrade(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.is_websocket() || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || !is_web(*proxy) || proxy->target.empty() || proxy->passes_upgrade ||
      proxy->path_line == 0)
    return {};
  if (proxy->program == proxy_program::nginx) return nginx_upgrade(*at, *proxy);
  if (proxy->program == proxy_program::apache) return apache_upgrade(*at, *proxy);
  return {};
}

/// The web server has a site with a way to the broker, and another host was asked for.
maybe_finding host_site_name(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.is_websocket() || !came_to_nothing(known)) return {};
  const proxy_fact* const here = server_on(*at);
  if (here == nullptr) return {};
  const std::string name = lower(known.host());
  if (const proxy_fact* const asked = location_for(at->host, at->port(), known.at.path, name);
      asked != nullptr && !asked->target.empty())
    return {};
  const auto right =
      std::find_if(at->host.proxies.begin(), at->host.proxies.end(), [&](const proxy_fact& each) {
        return each.port == at->port() && is_web(each) && !each.names.empty() &&
               !each.target.empty() && each.passes_upgrade && !is_of_site(at->host, each, name);
      });
  if (right == at->host.proxies.end()) return {};
  const places with{{"proxy", right->program},
                    {"name", right->names.front()},
                    {"names", list_text(right->names)},
                    {"asked", known.host()},
                    {"port", known.port()},
                    {"place", place_of(*right, right->line)},
                    {"target", right->target}};
  made_finding made(known.is_tls() ? "proxy-sni-router" : "ws-path-is-website", certainty::certain,
                    strength::proven,
                    words(N_("On port {port} {proxy} has the way to the broker for the host {name} "
                             "alone, and {asked} was asked for."),
                          with));
  made.seen(words(N_("{place} begins the site for {names}, which passes on to {target}."), with));
  made.in_app(words(N_("Use the name {name} in the app; it must lead to this machine."), with));
  if (right->program == proxy_program::caddy && !known.is_tls())
    return made.look(words(N_("Or let the site answer for every host: write http://:{port} as its "
                              "address in that line, and let Caddy read it again:"),
                           with),
                     "sudoedit " + shell_word(right->file));
  return made.look(words(N_("Or add {asked} to the names of that site:"), with),
                   "sudoedit " + shell_word(right->file));
}

/// Apache takes the first ProxyPass that fits, and the broker's stands below it.
maybe_finding host_proxy_order(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.is_websocket() || !came_to_nothing(known)) return {};
  const proxy_fact* const first = proxy_on(*at);
  if (first == nullptr || first->program != proxy_program::apache ||
      leads_to_web_broker(at->host, *first))
    return {};
  const auto right =
      std::find_if(at->host.proxies.begin(), at->host.proxies.end(), [&](const proxy_fact& each) {
        return &each != first && each.port == first->port && each.names == first->names &&
               each.program == proxy_program::apache && each.passes_upgrade && !each.path.empty() &&
               each.path.front() != '~' && fits_path(each, known.at.path) &&
               leads_to_web_broker(at->host, each);
      });
  if (right == at->host.proxies.end()) return {};
  const places with{{"first", place_of(*first, first->path_line)},
                    {"text", first->said},
                    {"place", place_of(*right, right->path_line)},
                    {"right", right->said},
                    {"path", known.at.path},
                    {"file", right->file}};
  made_finding made("proxy-wrong-mode", certainty::certain, strength::proven,
                    words(N_("Apache takes the first line that fits {path}, and that is not the "
                             "broker's: the one with the shorter path stands above it."),
                          with));
  made.seen(words(N_("First: {first} says: {text}"), with))
      .seen(words(N_("Below it: {place} says: {right}"), with));
  constexpr std::size_t longest = 110;  // of a line that is known in full
  const bool is_simple = first->file == right->file && right->path_line > first->path_line &&
                         right->said.size() < longest &&
                         right->said.find_first_of("\\'\"") == std::string::npos;
  if (is_simple)
    made.mend(
        words(N_("Put the broker's line above the other; the old file is kept as {file}.bak:"),
              with),
        edit_command(std::to_string(right->path_line) + "d;" + std::to_string(first->path_line) +
                         "i " + right->said,
                     right->file));
  else
    made.look(words(N_("Put the broker's line above the other:")),
              "sudoedit " + shell_word(right->file));
  return made.then(words(N_("Then:")),
                   "sudo apachectl configtest && " + restart_of(*right, at->host));
}

/// Apache has no module for the scheme of the target.
maybe_finding host_proxy_module(const view& known, exclusions&) {
  const auto at = look_at(known);
  const contact* const client = known.client();
  if (!at || !known.is_websocket() || client == nullptr || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->lacks.empty()) return {};
  constexpr int server_error = 500;
  const bool is_told = client->websocket && client->websocket->status == server_error;
  const places with{{"module", proxy->lacks},
                    {"target", proxy->target},
                    {"place", place_of(*proxy, proxy->path_line)},
                    {"text", proxy->said},
                    {"status", client->websocket ? std::to_string(client->websocket->status) : ""}};
  made_finding made("proxy-wrong-mode", is_told ? certainty::certain : certainty::likely,
                    is_told ? strength::proven : strength::leaning,
                    words(N_("Apache cannot pass on to {target}: its module {module} is not "
                             "loaded."),
                          with));
  made.seen(words(N_("{place} says: {text}"), with))
      .seen(words(N_("No LoadModule line of its files names {module}_module."), with));
  if (is_told) made.seen(words(N_("Its answer was {status}."), with));
  return made.mend(words(N_("Load it:")),
                   "sudo a2enmod " + proxy->lacks + " && " + restart_of(*proxy, at->host));
}

/// The web server has a location for the broker, and another path was asked for.
maybe_finding host_proxy_path(const view& known, exclusions&) {
  const auto at = look_at(known);
  const contact* const client = known.client();
  if (!at || !known.is_websocket() || client == nullptr || !client->websocket) return {};
  const proxy_fact* const here = server_on(*at);
  if (here == nullptr) return {};
  // Caddy answers 200, with nothing in it, where it has nothing to say.
  const int status = client->websocket->status;
  if (status / 100 != 4 && !(here->program == proxy_program::caddy && status == 200)) return {};
  const std::string name = lower(known.host());
  if (const proxy_fact* const asked = location_for(at->host, at->port(), known.at.path, name);
      asked != nullptr && !asked->target.empty())
    return {};
  const proxy_fact* right = nullptr;
  for (const auto& proxy : at->host.proxies) {
    if (proxy.port != at->port() || !is_web(proxy) || proxy.path.empty() ||
        proxy.path.front() == '~' || proxy.target.empty() || !proxy.passes_upgrade ||
        !is_of_site(at->host, proxy, name))
      continue;
    if (leads_to_web_broker(at->host, proxy) && right == nullptr) right = &proxy;
  }
  if (right == nullptr) return {};
  const places with{{"path", known.at.path},
                    {"right", right->path},
                    {"place", place_of(*right, right->path_line)},
                    {"target", right->target}};
  return made_finding(
             "ws-wrong-path", certainty::certain, strength::proven,
             words(N_("The way to the broker is path {right}, and {path} was asked for."), with))
      .seen(words(N_("{place} passes {right} on to {target}."), with))
      .in_app(words(N_("Set the path to {right} in the app."), with));
}

}  // namespace mqttkit::doctor
