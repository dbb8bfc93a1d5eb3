// A proxy on the broker's machine, by what its own file says of the port.
#include <algorithm>

#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/proxy_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// Most clients ping after 60 s of silence, and a proxy that waits no longer is there first.
constexpr int usual_keep_alive_s = 60;

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
    {"(99: Cannot assign requested address)", "proxy-backend-down",
     N_("nginx is to ask {target} from an address that this machine does not have (proxy_bind)."),
     N_("Write an address of this machine behind proxy_bind, or take that line out.")},
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

/// Two processes of one program listen at the same address and port, and neither belongs to the
/// other: the older one was not ended, and takes its share of the connections.
maybe_finding host_proxy_started_twice(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->sockets.size() < 2) return {};
  const listener_fact* old = nullptr;
  const listener_fact* young = nullptr;
  for (const auto* one : at->sockets) {
    for (const auto* other : at->sockets) {
      const bool are_strangers = one->pid != other->pid && one->parent != other->pid &&
                                 other->parent != one->pid &&
                                 (one->parent == 0 || one->parent != other->parent);
      if (one->address != other->address || one->process != other->process || !are_strangers ||
          !is_in_front(*one, at->host) || one->started.empty() || other->started.empty())
        continue;
      // In the same second neither is known to be the older one.
      if (one->started < other->started && (old == nullptr || one->started < old->started)) {
        old = one;
        young = other;
      }
    }
  }
  if (old == nullptr || old->pid == 0 || young->pid == 0) return {};
  const char* const signal = old->program() == listening_program::haproxy ? "USR1"
                             : old->program() == listening_program::nginx ? "QUIT"
                                                                          : "TERM";
  const bool is_met = equals_that_differ(known).has_value() || came_to_nothing(known);
  const places with{{"proxy", old->process},
                    {"port", known.port()},
                    {"old", std::to_string(old->pid)},
                    {"young", std::to_string(young->pid)},
                    {"then", old->started},
                    {"later", young->started},
                    {"signal", signal}};
  made_finding made(
      "proxy-backends-differ", is_met ? certainty::certain : certainty::likely,
      is_met ? strength::proven : strength::agreed,
      words(N_("Two processes of {proxy} listen on port {port}, an old one ({old}) and a later one "
               "({young}), and share the connections: the old one still does what its file said "
               "when it was started."),
            with));
  made.seen(
          words(N_("{proxy} {old} was started at {then}, {young} at {later}; neither is the other "
                   "one's worker."),
                with))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*old)}}))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*young)}}));
  if (!old->command.empty() && old->command != young->command)
    made.seen(words(N_("Its command line: {command}"), {{"command", old->command}}));
  made.look(words(N_("Which of the two the service is:")),
            "ps -o pid,ppid,lstart,unit,args -p " + with.at("old") + "," + with.at("young"));
  // Which of them is meant only its owner knows.
  made.mend(
      words(N_("If that is the later one, end process {old} with the signal by which {proxy} "
               "lets its connections come to their end, SIG{signal} (of a container or another "
               "unit, end that)."),
            with));
  if (!is_met) made.warning();
  return made;
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
