// A proxy on the broker's machine, by what its own file says of the port or of the path.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// Most clients ping after 60 s of silence, and a proxy that waits no longer is there first.
constexpr int usual_keep_alive_s = 60;

bool is_web(const proxy_fact& proxy) { return proxy.mode == proxy_mode::http; }

/// "127.0.0.1:1884", of "http://127.0.0.1:1884" too.
std::string authority_of(const std::string& target) {
  const std::size_t begin = target.find("://");
  return begin == std::string::npos ? target : target.substr(begin + 3);
}

std::string address_of(const std::string& target) {
  const std::string whole = authority_of(target);
  std::string address = whole.substr(0, whole.rfind(':'));
  if (address.size() > 1 && address.front() == '[') address = address.substr(1, address.size() - 2);
  return address;
}

std::string place_of(const proxy_fact& proxy, int line) {
  if (proxy.file.empty()) return proxy.program.word();
  return proxy.file + (line > 0 ? ":" + std::to_string(line) : std::string());
}

bool came_to_nothing(const view& known) {
  if (!is_connected(known) || accepted(known) != nullptr) return false;
  return with_connack(known, contact_purpose::client) == nullptr &&
         with_connack(known, contact_purpose::version) == nullptr;
}

/// Whether the broker speaks WebSocket on that port, as its configuration says.
bool is_for_web(const host_facts& host, const listener_fact& socket) {
  for (const auto& from : host.configurations) {
    if (!from.is_used || (from.pid != 0 && from.pid != socket.pid)) continue;
    const configured_listener* const block = block_for(from, socket.port);
    if (block != nullptr)
      return block->protocol == listener_protocol::websockets ||
             block->protocol == listener_protocol::ws || block->protocol == listener_protocol::wss;
  }
  return false;
}

bool takes_tls(const host_facts& host, const listener_fact& socket) {
  for (const auto& from : host.configurations) {
    if (!from.is_used || (from.pid != 0 && from.pid != socket.pid)) continue;
    const configured_listener* const block = block_for(from, socket.port);
    if (block != nullptr) return block->settings.contains("certfile");
  }
  return false;
}

/// A listener of a broker on this machine that fits what the proxy passes on; null for none.
const listener_fact* brokers_listener(const view& known, const proxy_fact& proxy,
                                      const host_facts& host) {
  const listener_fact* found = nullptr;
  for (const auto& listener : host.listeners) {
    const bool is_broker = std::any_of(
        host.brokers.begin(), host.brokers.end(),
        [&](const process_fact& each) { return each.pid != 0 && each.pid == listener.pid; });
    if (!is_broker || listener.port == proxy.port) continue;
    if (is_for_web(host, listener) != (is_web(proxy) && known.is_websocket())) continue;
    // What comes to a broker with TLS is TLS: opened by nobody before, or begun by the proxy.
    const bool hands_tls_on = proxy.sends_tls || (known.is_tls() && !proxy.takes_tls);
    if (takes_tls(host, listener) != hands_tls_on) continue;
    if (found == nullptr) found = &listener;
  }
  return found;
}

bool reads_file_again(const proxy_fact& proxy) { return proxy.program != proxy_program::socat; }

}  // namespace

int port_behind(const proxy_fact& proxy, const host_facts& host) {
  const std::string whole = authority_of(proxy.target);
  const std::size_t colon = whole.rfind(':');
  if (colon == std::string::npos) return 0;
  const std::string address = address_of(proxy.target);
  const bool is_here =
      is_localhost(address) || is_loopback(address) || is_any_address(address) ||
      std::find(host.addresses.begin(), host.addresses.end(), address) != host.addresses.end();
  if (!is_here) return 0;
  int port = 0;
  for (std::size_t i = colon + 1; i < whole.size(); ++i) {
    if (whole[i] < '0' || whole[i] > '9' || port > 65535) return 0;
    port = port * 10 + (whole[i] - '0');
  }
  return port;
}

namespace {

/// Whether a site's name is meant: "*.example.org" stands for what is in front of one point.
bool is_named(const std::vector<std::string>& names, std::string_view asked) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name == asked || (name.starts_with("*.") && asked.ends_with(name.substr(1)));
  });
}

/// Whether the site of that location answers for the asked name. Where none has it, Apache takes
/// the first site of the port.
bool is_of_site(const host_facts& host, const proxy_fact& proxy, std::string_view asked) {
  const auto is_like = [&](const proxy_fact& other) {
    return other.port == proxy.port && other.program == proxy.program;
  };
  const bool is_any_named = std::any_of(
      host.proxies.begin(), host.proxies.end(),
      [&](const proxy_fact& other) { return is_like(other) && is_named(other.names, asked); });
  if (is_any_named) return is_named(proxy.names, asked);
  if (proxy.program != proxy_program::apache) return proxy.names.empty();
  const auto first = std::find_if(host.proxies.begin(), host.proxies.end(), is_like);
  return first->names == proxy.names;
}

bool fits_path(const proxy_fact& proxy, std::string_view path) {
  return proxy.is_exact_path ? path == proxy.path : path.starts_with(proxy.path);
}

}  // namespace

const proxy_fact* location_for(const host_facts& host, int port, std::string_view path,
                               std::string_view name) {
  const proxy_fact* best = nullptr;
  for (const auto& proxy : host.proxies) {
    if (proxy.port != port || !is_web(proxy) || proxy.path.empty()) continue;
    if (!is_of_site(host, proxy, name)) continue;
    // Apache asks one after the other, and what stands behind the first that fits is not asked.
    const bool is_in_order = proxy.program == proxy_program::apache;
    if (is_in_order && best != nullptr) continue;
    if (proxy.path.front() == '~') return nullptr;
    if (!fits_path(proxy, path)) continue;
    if (best == nullptr || proxy.path.size() > best->path.size()) best = &proxy;
  }
  return best;
}

bool is_in_front(listening_program program) {
  return is_proxy(program) && program != listening_program::apache;
}

namespace {

/// Whether the proxy's file is that of the program that holds the socket.
bool belongs(const proxy_fact& proxy, const listener_fact& socket) {
  if (proxy.port != socket.port) return false;
  if (proxy.program == proxy_program::apache) return socket.program() == listening_program::apache;
  return socket.process.rfind(proxy.program.word(), 0) == 0;
}

}  // namespace

bool is_in_front(const listener_fact& socket, const host_facts& host) {
  return is_in_front(socket.program()) ||
         std::any_of(host.proxies.begin(), host.proxies.end(), [&](const proxy_fact& proxy) {
           return !proxy.target.empty() && belongs(proxy, socket);
         });
}

const proxy_fact* proxy_on(const host_view& at) {
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr || !is_in_front(*socket, at.host)) return nullptr;
  const auto is_its_own = [&](const proxy_fact& proxy) { return belongs(proxy, *socket); };
  const proxy_fact* first = nullptr;
  for (const auto& proxy : at.host.proxies) {
    if (!is_its_own(proxy)) continue;
    const bool is_better = first == nullptr || (first->target.empty() && !proxy.target.empty());
    if (is_better) first = &proxy;
  }
  if (first == nullptr || !at.known.is_websocket() || first->path.empty()) return first;
  const proxy_fact* const location =
      location_for(at.host, at.port(), at.known.at.path, lower(at.known.host()));
  if (location != nullptr && is_its_own(*location)) return location;
  // What another site or an expression decides is not known of these two.
  const bool has_sites =
      first->program == proxy_program::apache || first->program == proxy_program::caddy;
  return has_sites ? nullptr : first;
}

std::string restart_of(const proxy_fact& proxy, const host_facts& host) {
  const bool is_red_hats = proxy.program == proxy_program::apache && contains(proxy.file, "/httpd");
  const std::string unit = is_red_hats                               ? "httpd"
                           : proxy.program == proxy_program::stunnel ? "stunnel4"
                                                                     : proxy.program.word();
  return host.has_systemd ? "sudo systemctl restart " + unit : "sudo service " + unit + " restart";
}

const proxy_fact* stopped_proxy(const host_view& at) {
  if (at.is_listening()) return nullptr;
  for (const auto& proxy : at.host.proxies) {
    if (proxy.pid == 0 && proxy.port == at.port() && !proxy.target.empty()) return &proxy;
  }
  return nullptr;
}

namespace {

/// Caddy ends at once: a target begins with ws://, which it does not know.
maybe_finding unstarted_caddy(made_finding& made, const host_view& at, const proxy_fact& proxy) {
  const places with{
      {"place", place_of(proxy, proxy.wrong_line)}, {"text", proxy.wrong}, {"file", proxy.file}};
  made.seen(
      words(N_("{place} sends to {text}: Caddy knows no ws:// and no wss:// there and does not "
               "start; reverse_proxy hands WebSocket on over http:// by itself."),
            with));
  return made
      .mend(
          words(N_("Write http:// (or https://) there; the old file is kept as {file}.bak:"), with),
          edit_command(std::to_string(proxy.wrong_line) + "s#ws://#http://#; " +
                           std::to_string(proxy.wrong_line) + "s#wss://#https://#",
                       proxy.file))
      .then(words(N_("Then:")), "sudo caddy validate --config " + shell_word(proxy.file) + " && " +
                                    restart_of(proxy, at.host));
}

/// The command that checks the proxy's own file.
std::string check_of(const proxy_fact& proxy) {
  const std::string file = shell_word(proxy.file);
  switch (proxy.program.value()) {
    case proxy_program::haproxy:
      return "sudo haproxy -c -f " + file;
    case proxy_program::caddy:
      return "sudo caddy validate --config " + file;
    case proxy_program::apache:
      return "sudo apachectl configtest";
    default:
      return "sudo nginx -t -c " + file;
  }
}

}  // namespace

/// A proxy is to have the port, and it does not run.
maybe_finding host_proxy_stopped(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || is_connected(known)) return {};
  const proxy_fact* const proxy = stopped_proxy(*at);
  if (proxy == nullptr) return {};
  const places with{{"proxy", proxy->program},
                    {"port", known.port()},
                    {"place", place_of(*proxy, proxy->line)},
                    {"target", proxy->target}};
  made_finding made("tcp-refused-not-running", certainty::certain, strength::proven,
                    words(N_("{proxy} is to take port {port} and pass it on to {target}, and it "
                             "does not run."),
                          with));
  made.seen(words(N_("{place} gives it the port; nothing listens there."), with));
  if (!proxy->wrong.empty()) return unstarted_caddy(made, *at, *proxy);
  if (proxy->program == proxy_program::stunnel) {
    made.look(words(N_("See why it does not start:")),
              "sudo journalctl -u 'stunnel*' -n 20; grep -n ENABLED /etc/default/stunnel4");
  } else {
    made.look(words(N_("See why it does not start:")),
              check_of(*proxy) + "; sudo journalctl -u " + proxy->program.word() + " -n 20");
  }
  return made.then(words(N_("Mend what it says, then:")), restart_of(*proxy, at->host));
}

/// The proxy leads to a port of this machine where nobody listens.
maybe_finding host_proxy_target(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  const int port = proxy == nullptr ? 0 : port_behind(*proxy, at->host);
  if (port == 0) return {};
  const bool is_taken = std::any_of(at->host.listeners.begin(), at->host.listeners.end(),
                                    [&](const listener_fact& each) { return each.port == port; });
  if (is_taken) return {};
  const listener_fact* const beside = brokers_listener(known, *proxy, at->host);
  const places with{
      {"proxy", proxy->program},
      {"target", authority_of(proxy->target)},
      {"file", place_of(*proxy, proxy->path_line > 0 ? proxy->path_line : proxy->line)},
      {"port", std::to_string(beside != nullptr ? beside->port : port)}};
  made_finding made("proxy-backend-down", certainty::certain, strength::proven,
                    beside != nullptr
                        ? words(N_("{proxy} sends to {target}, where nothing listens: the broker "
                                   "listens at port {port}."),
                                with)
                        : words(N_("{proxy} sends to {target}, where nothing listens: the broker "
                                   "is not running, or has another port."),
                                with));
  made.seen(words(N_("{file} leads to {target}."), with));
  if (beside == nullptr) return made.mend(words(N_("Start the broker, with a listener there.")));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*beside)}}));
  if (!reads_file_again(*proxy))
    return made.mend(words(N_("Start {proxy} with port {port} in the place of {target}."), with));
  const std::string there = authority_of(proxy->target);
  const std::string wanted = there.substr(0, there.rfind(':') + 1) + std::to_string(beside->port);
  return made
      .mend(words(N_("Let it lead there; the old file is kept as {file}.bak:"),
                  {{"file", proxy->file}}),
            edit_command("s#" + there + "\\b#" + wanted + "#", proxy->file))
      .then(words(N_("Then:")), restart_of(*proxy, at->host));
}

/// The proxy leads to another machine or container, which does not answer when asked from here.
maybe_finding host_proxy_elsewhere(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->target_answer.empty() ||
      proxy->target_answer == forward_outcome::open)
    return {};
  const bool is_refused = proxy->target_answer == forward_outcome::refused;
  const places with{
      {"proxy", proxy->program},
      {"target", authority_of(proxy->target)},
      {"answer", proxy->target_answer},
      {"file", place_of(*proxy, proxy->path_line > 0 ? proxy->path_line : proxy->line)}};
  made_finding made(
      "proxy-backend-down", is_refused ? certainty::certain : certainty::likely, strength::proven,
      is_refused ? words(N_("{proxy} sends to {target}, and nothing listens there."), with)
                 : words(N_("{proxy} sends to {target}, which does not answer: the "
                            "machine or container is gone, or has another address now."),
                         with));
  made.seen(words(N_("{file} leads to {target}."), with))
      .seen(words(N_("Asked from here, {target} is {answer}."), with));
  if (!proxy->logged.empty())
    made.seen(
        words(N_("{file} says: {text}"), {{"file", proxy->log_file}, {"text", proxy->logged}}));
  return made
      .look(words(N_(
                "See which address it has now (a container gets a new one when it is made anew):")),
            "sudo docker ps --format '{{.Names}} {{.Ports}}'; sudo docker network inspect bridge")
      .mend(words(N_("Let {proxy} lead to a published port of this machine, or to the container's "
                     "name on a network of its own."),
                  with))
      .then(words(N_("Then:")), restart_of(*proxy, at->host));
}

namespace {

/// What a line of nginx's log of errors means.
struct logged_reason {
  std::string_view part;
  const char* id;
  const char* words;
  const char* cure;
  const char* command = nullptr;
};
constexpr logged_reason reasons[] = {
    {"(13: Permission denied)", "proxy-backend-down",
     N_("nginx may not connect to {target}: SELinux keeps web servers from connecting unless they "
        "are allowed to."),
     N_("Allow it:"), "sudo setsebool -P httpd_can_network_connect 1"},
    {"could not be resolved", "proxy-backend-down",
     N_("nginx finds no address for the name it sends to: {target}."),
     N_("Write an address, or give the container that name on a network that nginx is in.")},
    {"no live upstreams", "proxy-backend-down",
     N_("nginx has no server left to send to: each failed a moment ago, and is left out for a "
        "while."),
     N_("Start the broker that it leads to, and see that the address is right.")},
    {"timed out (110", "proxy-backend-down",
     N_("nginx waits in vain for {target}: a firewall swallows its packets, or the address is an "
        "old one."),
     N_("Let nginx's machine reach that address and port.")},
    {"(113: ", "proxy-backend-down", N_("nginx finds no machine at {target}."),
     N_("Write the address that the broker has now.")},
};

}  // namespace

/// nginx wrote down why it did not get through.
maybe_finding host_proxy_log(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->logged.empty()) return {};
  // Only what failed behind the proxy is in that log: an answer of its own leaves no line.
  const contact* const client = known.client();
  constexpr int bad_gateway = 502, timeout = 504;
  const bool is_behind =
      !known.is_websocket() || (client->websocket && (client->websocket->status == bad_gateway ||
                                                      client->websocket->status == timeout));
  if (!is_behind) return {};
  const auto reason =
      std::find_if(std::begin(reasons), std::end(reasons), [&](const logged_reason& each) {
        return proxy->logged.find(each.part) != std::string::npos;
      });
  if (reason == std::end(reasons)) return {};
  const places with{{"target", authority_of(proxy->target)}, {"file", proxy->log_file}};
  made_finding made(reason->id, certainty::likely, strength::told, words(reason->words, with));
  made.seen(words(N_("{file} says: {text}"), {{"file", proxy->log_file}, {"text", proxy->logged}}));
  return made.mend(words(reason->cure, with),
                   reason->command == nullptr ? std::string() : reason->command);
}

namespace {

/// Whether the proxy leads to a listener of a broker here that speaks WebSocket.
bool leads_to_web_broker(const host_facts& host, const proxy_fact& proxy) {
  const int port = port_behind(proxy, host);
  return port != 0 &&
         std::any_of(host.listeners.begin(), host.listeners.end(), [&](const listener_fact& each) {
           return each.port == port && is_for_web(host, each);
         });
}

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

namespace {

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

/// nginx opens TLS itself and chooses by a name that it reads of unopened TLS only.
maybe_finding host_proxy_name(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.is_tls() || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || !proxy->reads_name || !proxy->takes_tls) return {};
  if (proxy->target.find('$') == std::string::npos) return {};
  const places with{{"port", known.port()}, {"file", proxy->file}, {"target", proxy->target}};
  return made_finding(
             "proxy-wrong-mode", certainty::certain, strength::proven,
             words(
                 N_("nginx opens TLS on port {port} itself, and chooses the broker by a name that "
                    "ssl_preread finds in unopened TLS only: it finds none."),
                 with))
      .seen(words(N_("{place}: the server listens with ssl, has ssl_preread on, and passes on to "
                     "{target}."),
                  {{"place", place_of(*proxy, proxy->line)}, {"target", proxy->target}}))
      .seen(words(N_("TLS was done, and the connection closed without an answer.")))
      .mend(words(N_("Choose by the name of the opened TLS; the old file is kept as {file}.bak:"),
                  with),
            edit_command("s/\\$ssl_preread_server_name/$ssl_server_name/", proxy->file))
      .then(words(N_("Then:")),
            "sudo nginx -t -c " + shell_word(proxy->file) + " && " + restart_of(*proxy, at->host))
      .mend(
          words(N_("Or take ssl out of the listen line, and let the broker behind it open TLS.")));
}

namespace {

/// The proxy waits no longer than the keep alive of most clients.
maybe_finding silence(const view& known, bool is_websocket) {
  const auto at = look_at(known);
  if (!at || known.is_websocket() != is_websocket || accepted(known) == nullptr) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->silence_s <= 0 || proxy->silence_s > usual_keep_alive_s) return {};
  const bool is_nginx = proxy->program == proxy_program::nginx;
  const bool is_apache = proxy->program == proxy_program::apache;
  const char* const option = is_apache      ? "ProxyTimeout"
                             : !is_nginx    ? "timeout client"
                             : is_websocket ? "proxy_read_timeout"
                                            : "proxy_timeout";
  const int line = proxy->silence_line > 0 ? proxy->silence_line
                   : proxy->path_line > 0  ? proxy->path_line
                                           : proxy->line;
  const places with{{"proxy", proxy->program},
                    {"seconds", std::to_string(proxy->silence_s)},
                    {"place", place_of(*proxy, line)},
                    {"text", proxy->silence_said},
                    {"option", option},
                    {"half", std::to_string(std::max(1, proxy->silence_s / 2))}};
  // Apache before 2.4.47 does not count the time of a WebSocket.
  made_finding made(is_websocket ? "ws-idle-timeout" : "proxy-idle-timeout",
                    is_apache ? certainty::likely : certainty::certain, strength::leaning,
                    words(N_("{proxy} hangs up after {seconds} s of silence: a client whose keep "
                             "alive is no shorter, as the usual 60 s, is cut off again and again."),
                          with));
  made.warning();
  if (proxy->silence_said.empty()) {
    made.seen(words(N_("{place}: nothing is said of {option}, so it is {seconds} s."), with));
  } else {
    made.seen(words(N_("{place} says: {text}"), with));
  }
  made.in_app(words(N_("Set keep alive to {half} s or less."), with));
  made.lines(words(N_("Or let it wait longer:")),
             is_apache  ? "ProxyTimeout 3600"
             : is_nginx ? std::string(option) + " 1h;"
                        : "timeout client 1h\ntimeout server 1h\ntimeout tunnel 1h",
             proxy->file);
  return made.then(words(N_("Then:")), restart_of(*proxy, at->host));
}

}  // namespace

maybe_finding host_proxy_silence(const view& known, exclusions&) { return silence(known, false); }
maybe_finding host_web_silence(const view& known, exclusions&) { return silence(known, true); }

}  // namespace mqttkit::doctor
