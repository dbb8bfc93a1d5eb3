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

const proxy_fact* location_for(const host_facts& host, int port, std::string_view path) {
  const proxy_fact* best = nullptr;
  bool may_be_other = false;
  for (const auto& proxy : host.proxies) {
    if (proxy.port != port || !is_web(proxy) || proxy.path.empty()) continue;
    if (proxy.path.front() == '~') may_be_other = true;
    if (!path.starts_with(proxy.path)) continue;
    if (best == nullptr || proxy.path.size() > best->path.size()) best = &proxy;
  }
  return may_be_other ? nullptr : best;
}

bool is_in_front(listening_program program) {
  return is_proxy(program) && program != listening_program::apache;
}

const proxy_fact* proxy_on(const host_view& at) {
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr || !is_in_front(socket->program())) return nullptr;
  const auto is_its_own = [&](const proxy_fact& proxy) {
    return proxy.port == at.port() && socket->process.rfind(proxy.program.word(), 0) == 0;
  };
  const proxy_fact* first = nullptr;
  for (const auto& proxy : at.host.proxies) {
    if (!is_its_own(proxy)) continue;
    const bool is_better = first == nullptr || (first->target.empty() && !proxy.target.empty());
    if (is_better) first = &proxy;
  }
  if (first == nullptr || !at.known.is_websocket() || first->path.empty()) return first;
  const proxy_fact* const location = location_for(at.host, at.port(), at.known.at.path);
  return location != nullptr && is_its_own(*location) ? location : first;
}

std::string restart_of(const proxy_fact& proxy, const host_facts& host) {
  const std::string unit =
      proxy.program == proxy_program::stunnel ? "stunnel4" : proxy.program.word();
  return host.has_systemd ? "sudo systemctl restart " + unit : "sudo service " + unit + " restart";
}

const proxy_fact* stopped_proxy(const host_view& at) {
  if (at.is_listening()) return nullptr;
  for (const auto& proxy : at.host.proxies) {
    if (proxy.pid == 0 && proxy.port == at.port() && !proxy.target.empty()) return &proxy;
  }
  return nullptr;
}

/// A proxy is to have the port, and it does not run.
maybe_finding host_proxy_stopped(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || is_connected(known)) return {};
  const proxy_fact* const proxy = stopped_proxy(*at);
  if (proxy == nullptr) return {};
  const std::string file = shell_word(proxy->file);
  const places with{{"proxy", proxy->program},
                    {"port", known.port()},
                    {"place", place_of(*proxy, proxy->line)},
                    {"target", proxy->target}};
  made_finding made("tcp-refused-not-running", certainty::certain, strength::proven,
                    words(N_("{proxy} is to take port {port} and pass it on to {target}, and it "
                             "does not run."),
                          with));
  made.seen(words(N_("{place} gives it the port; nothing listens there."), with));
  if (proxy->program == proxy_program::stunnel) {
    made.look(words(N_("See why it does not start:")),
              "sudo journalctl -u 'stunnel*' -n 20; grep -n ENABLED /etc/default/stunnel4");
  } else {
    made.look(words(N_("See why it does not start:")),
              (proxy->program == proxy_program::haproxy ? "sudo haproxy -c -f " + file
                                                        : "sudo nginx -t -c " + file) +
                  "; sudo journalctl -u " + proxy->program.word() + " -n 20");
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

/// nginx passes the request for WebSocket on as one for a page.
maybe_finding host_proxy_upgrade(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.is_websocket() || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->program != proxy_program::nginx || !is_web(*proxy) ||
      proxy->target.empty() || proxy->passes_upgrade || proxy->path_line == 0)
    return {};
  // The server's own blocks may set what a location leaves out.
  const int port = port_behind(*proxy, at->host);
  const bool is_dead =
      port != 0 && std::none_of(at->host.listeners.begin(), at->host.listeners.end(),
                                [&](const auto& each) { return each.port == port; });
  if (is_dead) return {};
  const bool is_other = !proxy->upgrade_said.empty();
  const places with{{"place", place_of(*proxy, proxy->path_line)},
                    {"path", proxy->path},
                    {"said", proxy->upgrade_said},
                    {"target", proxy->target}};
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
      .lines(words(N_("In that location, which begins at {place}:"), with),
             "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\n"
             "proxy_set_header Connection \"upgrade\";",
             proxy->file)
      .then(words(N_("Then:")),
            "sudo nginx -t -c " + shell_word(proxy->file) + " && " + restart_of(*proxy, at->host));
}

/// The web server has a location for the broker, and another path was asked for.
maybe_finding host_proxy_path(const view& known, exclusions&) {
  const auto at = look_at(known);
  const contact* const client = known.client();
  if (!at || !known.is_websocket() || client == nullptr || !client->websocket ||
      client->websocket->status / 100 != 4)
    return {};
  const proxy_fact* const here = proxy_on(*at);
  if (here == nullptr || !is_web(*here)) return {};
  if (const proxy_fact* const asked = location_for(at->host, at->port(), known.at.path);
      asked != nullptr && !asked->target.empty())
    return {};
  const proxy_fact* right = nullptr;
  for (const auto& proxy : at->host.proxies) {
    if (proxy.port != at->port() || !is_web(proxy) || proxy.path.empty() ||
        proxy.path.front() == '~' || proxy.target.empty() || !proxy.passes_upgrade)
      continue;
    const int port = port_behind(proxy, at->host);
    const bool is_broker = std::any_of(
        at->host.listeners.begin(), at->host.listeners.end(),
        [&](const listener_fact& each) { return each.port == port && is_for_web(at->host, each); });
    if (is_broker && right == nullptr) right = &proxy;
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
  const char* const option = !is_nginx      ? "timeout client"
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
  made_finding made(is_websocket ? "ws-idle-timeout" : "proxy-idle-timeout", certainty::certain,
                    strength::leaning,
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
             is_nginx ? std::string(option) + " 1h;"
                      : "timeout client 1h\ntimeout server 1h\ntimeout tunnel 1h",
             proxy->file);
  return made.then(words(N_("Then:")), restart_of(*proxy, at->host));
}

}  // namespace

maybe_finding host_proxy_silence(const view& known, exclusions&) { return silence(known, false); }
maybe_finding host_web_silence(const view& known, exclusions&) { return silence(known, true); }

}  // namespace mqttkit::doctor
