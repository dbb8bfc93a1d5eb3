// Lines of a broker's or a proxy's files that are valid and do not do what was meant.
#include <algorithm>

#include "mqtt-doctor/causes/proxy_view.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

std::string setting_of(const configured_listener& listener, const char* name) {
  const auto found = listener.settings.find(name);
  return found == listener.settings.end() ? std::string() : found->second;
}

bool is_refused_by_mosquitto(const view& known, const host_view& at) {
  if (at.configuration == nullptr || at.block == nullptr || !at.configuration->is_used)
    return false;
  if (at.configuration->broker != broker_kind::mosquitto || at.works()) return false;
  const contact* const client = with_connack(known, contact_purpose::client);
  return client != nullptr && client->mqtt->reason != 0;
}

/// The command that adds a line below the listener's own.
std::string add_line(const host_view& at, const std::string& text) {
  return edit_command(std::to_string(at.block->line) + "a " + text,
                      file_of(*at.block, *at.configuration));
}

/// The listening socket on this machine that the proxy's target names; null when nothing listens.
const listener_fact* target_of(const proxy_fact& proxy, const host_facts& host) {
  const std::string port = proxy.target.substr(proxy.target.rfind(':') + 1);
  for (const auto& listener : host.listeners) {
    if (std::to_string(listener.port) == port) return &listener;
  }
  return nullptr;
}

/// A WebSocket listener, or a plain MQTT listener, of the broker running here; null for none.
const configured_listener* broker_listener(const host_facts& host, bool is_websocket) {
  for (const auto& configuration : host.configurations) {
    if (!configuration.is_used) continue;
    for (const auto& listener : configuration.listeners) {
      const bool is_web = listener.protocol == listener_protocol::websockets ||
                          listener.protocol == listener_protocol::ws;
      if (is_web == is_websocket && setting_of(listener, "certfile").empty()) return &listener;
    }
  }
  return nullptr;
}

}  // namespace

/// The user name is to come from a client certificate, and mosquitto asks clients for none.
maybe_finding host_identity_unasked(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_refused_by_mosquitto(known, *at) || known.asked().has_user) return {};
  if (at->setting("require_certificate") == "true") return {};
  const char* option = nullptr;
  for (const char* name : {"use_identity_as_username", "use_subject_as_username"}) {
    if (at->setting(name) == "true") option = name;
  }
  if (option == nullptr) return {};
  const places with{{"option", option},
                    {"port", known.port()},
                    {"file", file_of(*at->block, *at->configuration)},
                    {"line", std::to_string(at->block->line)}};
  return made_finding("auth-identity-without-require", certainty::certain, strength::proven,
                      words(N_("{option} takes the user name from the client's certificate, and "
                               "the listener for port {port} never asks for one: "
                               "require_certificate true is missing."),
                            with))
      .seen(words(N_("{file}, line {line}: the listener has {option} true, and no "
                     "require_certificate true."),
                  with))
      .mend(words(N_("Let it ask for a certificate; who has none is turned away then:")),
            add_line(*at, "require_certificate true") + " && " + restart_command(*at));
}

/// With per_listener_settings the users stand below another listener than the port's.
maybe_finding host_users_elsewhere(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_refused_by_mosquitto(known, *at) || !known.asked().has_user) return {};
  if (at->setting("per_listener_settings") != "true") return {};
  if (!at->setting("password_file").empty() || !at->setting("plugin").empty()) return {};
  if (at->is_read_in_part()) return {};
  for (const auto& other : at->configuration->listeners) {
    const std::string users = setting_of(other, "password_file");
    if (&other == at->block || users.empty()) continue;
    const places with{{"port", known.port()},
                      {"other", std::to_string(other.port)},
                      {"file", users},
                      {"line", std::to_string(at->block->line)}};
    return made_finding("auth-listener-settings-trap", certainty::certain, strength::proven,
                        words(N_("The users of port {other} are not those of port {port}: "
                                 "per_listener_settings is true, and password_file stands below "
                                 "the other listener alone."),
                              with))
        .seen(words(N_("The listener for port {other} has password_file {file}."), with))
        .seen(words(N_("The listener for port {port} begins in line {line} and has no {name}."),
                    {{"port", known.port()},
                     {"line", std::to_string(at->block->line)},
                     {"name", "password_file"}}))
        .mend(words(N_("Repeat it below the listener for port {port}:"), with),
              add_line(*at, "password_file " + (at->container != nullptr
                                                    ? path_inside(*at->container, users)
                                                    : users)) +
                  " && " + restart_command(*at));
  }
  return {};
}

/// Two listeners have one port and differ by their interface alone. At the start mosquitto keeps
/// them apart; when it reads its files again it knows a listener by port and address, and the rules
/// of the last one hold for both.
maybe_finding host_port_of_two(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_refused_by_mosquitto(known, *at) || known.asked().has_user) return {};
  if (at->setting("per_listener_settings") != "true" || at->is_read_in_part()) return {};
  const contact* const client = with_connack(known, contact_purpose::client);
  if (!is_loopback(client->address)) return {};
  const configured_listener* own = nullptr;
  const configured_listener* other = nullptr;
  for (const auto& each : at->configuration->listeners) {
    if (each.port != at->port() || !each.address.empty()) continue;
    const std::string interface = setting_of(each, "bind_interface");
    if (interface.empty()) return {};
    (interface == "lo" ? own : other) = &each;
  }
  const auto lets_in = [](const configured_listener& of) {
    return setting_of(of, "allow_anonymous") == "true";
  };
  if (own == nullptr || other == nullptr || !lets_in(*own) || lets_in(*other)) return {};
  const places with{{"port", known.port()},
                    {"line", std::to_string(own->line)},
                    {"other", std::to_string(other->line)},
                    {"name", setting_of(*other, "bind_interface")}};
  return made_finding(
             "auth-listener-settings-trap", certainty::likely, strength::proven,
             words(N_("Two listeners have port {port} and differ by bind_interface alone; the one "
                      "of this machine lets in without a password, and yet it refused: since "
                      "mosquitto read its files again (reload, SIGHUP) it uses the login rules of "
                      "the one for {name} for both."),
                   with))
      .seen(words(N_("The listener in line {line} has bind_interface lo and allow_anonymous true; "
                     "the one in line {other} has bind_interface {name} and lets nobody in without "
                     "a password."),
                  with))
      .mend(words(N_("Start it anew instead, which keeps the two apart:")), restart_command(*at))
      .mend(words(N_("So that a reload does as well: give each an address (listener {port} "
                     "127.0.0.1) instead of bind_interface, or a port of its own."),
                  with));
}

/// The file of saved messages is no database of mosquitto's: the broker ends before it listens.
maybe_finding host_store_broken(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || !at->is_down() || at->is_listening()) return {};
  const auto* const wrong = at->problem(problem_kind::broken_store);
  if (wrong == nullptr) return {};
  const places with{{"file", wrong->file}, {"version", wrong->detail}};
  made_finding made(
      "host-persistence-corrupt", certainty::certain, strength::proven,
      wrong->detail.empty()
          ? words(N_("mosquitto does not start: {file}, where it keeps sessions and retained "
                     "messages, is no database of mosquitto."),
                  with)
          : words(N_("mosquitto does not start: {file} was written by a newer mosquitto (format "
                     "{version})."),
                  with));
  made.seen(words(N_("No mosquitto runs here, and nothing listens on the port.")))
      .seen(words(N_("The configuration says persistence true and names that file.")));
  if (const auto* line = at->logged(log_kind::error)) made.seen(log_words(*line));
  return made
      .mend(words(N_("Move it aside, which keeps it; retained messages and sessions are gone until "
                     "they are sent again:"),
                  with),
            "sudo mv -n " + shell_word(wrong->file) + " " + shell_word(wrong->file + ".broken"))
      .then(words(N_("Then start it again:")), restart_command(*at));
}

namespace {

/// The configured listener that a socket of mosquitto belongs to; null when it is not known.
const configured_listener* block_of(const listener_fact& socket, const host_facts& host) {
  for (const auto& configuration : host.configurations) {
    const bool is_its_own = configuration.is_used && configuration.pid == socket.pid &&
                            configuration.broker == broker_kind::mosquitto;
    if (!is_its_own) continue;
    if (const configured_listener* const block = block_for(configuration, socket.port))
      return block;
  }
  return nullptr;
}

/// The edit that removes TLS from the proxy's line that begins it.
std::string without_tls(const proxy_fact& proxy) {
  const std::string line = std::to_string(proxy.said_line);
  if (proxy.program == proxy_program::haproxy)
    return line + "s/ ssl\\b//; " + line + "s/ verify [a-z]*//";
  if (proxy.said.find("https://") != std::string::npos) return line + "s#https://#http://#";
  return line + "s/proxy_ssl  *on *;//";
}

/// How that proxy ends TLS at a port: the words its file wants there; "" where it is not known.
std::string words_of_tls(const proxy_fact& proxy) {
  if (proxy.program == proxy_program::haproxy) return "ssl crt FILE";
  if (proxy.program == proxy_program::nginx)
    return "ssl; ssl_certificate FILE; ssl_certificate_key FILE;";
  return {};
}

/// A TLS listener of the broker that has this socket; null when it has none.
const configured_listener* secure_listener(const listener_fact& socket, const host_facts& host) {
  for (const auto& configuration : host.configurations) {
    if (!configuration.is_used || configuration.pid != socket.pid) continue;
    for (const auto& each : configuration.listeners) {
      if (each.protocol == listener_protocol::mqtt && !setting_of(each, "certfile").empty())
        return &each;
    }
  }
  return nullptr;
}

/// The proxy hands bytes on as they come, and neither it nor the broker behind it speaks TLS.
maybe_finding nobody_ends_tls(const view& known, const host_view& at, const proxy_fact& proxy,
                              const listener_fact* broker) {
  const bool hands_on = !proxy.takes_tls && !proxy.sends_tls && proxy.mode == proxy_mode::tcp &&
                        !proxy.reads_name && !proxy.target.empty();
  const bool is_plain = with_connack(known, contact_purpose::plain) != nullptr ||
                        with_connack(known, contact_purpose::raw) != nullptr;
  if (!hands_on || !is_plain || !known.is_tls() || known.is_websocket()) return {};
  const places with{{"proxy", proxy.program},
                    {"target", proxy.target},
                    {"port", known.port()},
                    {"file", proxy.file},
                    {"place", proxy.file + ":" + std::to_string(proxy.line)},
                    {"words", words_of_tls(proxy)}};
  made_finding made("tls-to-plaintext-port", certainty::certain, strength::proven,
                    words(N_("{proxy} hands on what comes to port {port} as it is, and the broker "
                             "behind it at {target} speaks no TLS: nobody ends TLS there."),
                          with));
  made.seen(words(N_("A plain CONNECT on a second connection was answered with CONNACK.")));
  if (proxy.line > 0)
    made.seen(words(N_("{place} takes connections for port {port} without TLS."), with));
  if (broker != nullptr)
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*broker)}}));
  const configured_listener* const secure =
      broker != nullptr ? secure_listener(*broker, at.host) : nullptr;
  if (secure != nullptr) {
    made.mend(words(N_("Let {proxy} hand on to the broker's TLS listener, port {other}: write that "
                       "port in the place of {target} in {file}."),
                    {{"proxy", proxy.program},
                     {"other", std::to_string(secure->port)},
                     {"target", proxy.target},
                     {"file", proxy.file}}))
        .then(words(N_("Then:")), restart_of(proxy, at.host));
  } else if (!words_of_tls(proxy).empty()) {
    made.mend(
            words(N_("Let {proxy} end TLS: behind the address at {place} write {words} (FILE: the "
                     "broker's certificate and its key)."),
                  with))
        .then(words(N_("Then:")), restart_of(proxy, at.host));
  } else {
    made.mend(words(N_("Let {proxy} end TLS, with the broker's certificate."), with));
  }
  return made.in_app(
      words(N_("Or switch TLS (SSL) off, where the way to the broker is a private "
               "one.")));
}

}  // namespace

/// The proxy begins TLS and the broker behind it speaks none, or the other way round.
maybe_finding host_backend_tls(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_connected(known) || accepted(known) != nullptr) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr) return {};
  const listener_fact* const broker = target_of(*proxy, at->host);
  if (maybe_finding found = nobody_ends_tls(known, *at, *proxy, broker)) return found;
  const configured_listener* const block =
      broker != nullptr ? block_of(*broker, at->host) : nullptr;
  if (block == nullptr) return {};
  const bool wants_tls = !setting_of(*block, "certfile").empty();
  const bool hands_on = !proxy->takes_tls && !proxy->sends_tls && proxy->mode == proxy_mode::tcp;
  if (hands_on && wants_tls && !known.is_tls() && !known.is_websocket()) {
    const places at_both{{"proxy", proxy->program},
                         {"port", known.port()},
                         {"target", proxy->target},
                         {"place", proxy->file + ":" + std::to_string(proxy->line)}};
    return made_finding(
               "tls-plaintext-to-tls-port", certainty::certain, strength::typed,
               words(N_("{proxy} hands on what comes to port {port} as it is, to {target}, "
                        "where the broker expects TLS; it was asked without."),
                     at_both))
        .seen(words(N_("{place} takes connections for port {port} without TLS."), at_both))
        .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*broker)}}))
        .in_app(words(N_("Connect with TLS (mqtts) to this port.")))
        .mend(words(
            N_("Or, if the port is meant to be plain, pass on to a plain listener of the "
               "broker, or let the proxy begin TLS (nginx: proxy_ssl on in a stream, https:// "
               "in proxy_pass of a web server; haproxy: ssl in the server line).")));
  }
  // A proxy that neither takes nor begins TLS hands on whatever comes, so it cannot be wrong.
  const bool is_needless = proxy->sends_tls && !wants_tls;
  const bool is_missing = proxy->takes_tls && !proxy->sends_tls && wants_tls;
  if (!is_needless && !is_missing) return {};
  const places with{{"proxy", proxy->program},
                    {"target", proxy->target},
                    {"file", proxy->file},
                    {"line", std::to_string(proxy->said_line)},
                    {"text", proxy->said},
                    {"place", file_of(*block, at->host.configurations.front()) + ":" +
                                  std::to_string(block->line)}};
  made_finding made("proxy-wrong-mode", certainty::certain, strength::proven,
                    is_needless
                        ? words(N_("{proxy} begins TLS towards the broker at {target}, and that "
                                   "listener speaks none."),
                                with)
                        : words(N_("{proxy} ends TLS and goes on without it to {target}, where "
                                   "the broker expects TLS."),
                                with));
  if (!proxy->said.empty()) made.seen(words(N_("{file}, line {line}: {text}"), with));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*broker)}}));
  if (is_missing) {
    return made.mend(
        words(N_("Pass on to the broker's plain listener, or let the proxy begin TLS "
                 "anew (nginx: proxy_ssl on in a stream, https:// in proxy_pass of a web "
                 "server; haproxy: ssl in the server line).")));
  }
  if (proxy->program == proxy_program::stunnel || proxy->said_line == 0)
    return made.mend(
        words(N_("Take TLS out on that side, or pass on to the broker's TLS listener.")));
  return made.mend(
      words(N_("Take TLS out of that line; the old file is kept as {file}.bak:"), with),
      edit_command(without_tls(*proxy), proxy->file) + " && " + restart_of(*proxy, at->host));
}

/// The proxy's certificate was renewed on disk, and it still serves the one it read before.
maybe_finding host_proxy_certificate(const view& known, exclusions&) {
  const auto at = look_at(known);
  const contact* const client = known.client();
  if (!at || client == nullptr || !client->tls || client->tls->chain.empty()) return {};
  const certificate_fact& shown = client->tls->chain.front();
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || !proxy->certificate || shown.days_left >= 0) return {};
  const disk_certificate_fact& disk = *proxy->certificate;
  if (disk.days_left < 0 || disk.fingerprint == shown.fingerprint) return {};
  const places with{{"proxy", proxy->program},
                    {"file", disk.file},
                    {"until", disk.not_after},
                    {"time", disk.modified},
                    {"old", shown.not_after}};
  return made_finding("tls-expired", certainty::certain, strength::typed,
                      words(N_("The certificate was renewed in {file}, and {proxy} still shows the "
                               "old one, which ended at {old}."),
                            with))
      .seen(
          words(N_("{file} was changed at {time} and holds one that is good until {until}."), with))
      .mend(words(N_("Let {proxy} read it:"), with), restart_of(*proxy, at->host));
}

/// haproxy's health check asks the broker for a web page, and takes it for dead.
maybe_finding host_health_check(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_connected(known) || accepted(known) != nullptr) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->check_line == 0) return {};
  const listener_fact* const broker = target_of(*proxy, at->host);
  if (broker == nullptr) return {};
  // A web proxy may ask a web server so; 503 is its own word for having nobody to send to.
  const contact* const client = known.client();
  const bool is_web_proxy = proxy->mode == proxy_mode::http;
  if (is_web_proxy && (client == nullptr || !client->websocket || client->websocket->status != 503))
    return {};
  const places with{{"file", proxy->file},
                    {"line", std::to_string(proxy->check_line)},
                    {"target", proxy->target},
                    {"proxy", proxy->program}};
  return made_finding("proxy-health-check-wrong",
                      is_web_proxy ? certainty::likely : certainty::certain, strength::proven,
                      words(N_("{proxy} asks the broker at {target} for a web page to see whether "
                               "it lives, gets none, and sends nobody there."),
                            with))
      .seen(words(N_("{file}, line {line}: option httpchk."), with))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*broker)}}))
      .mend(words(N_("Take that line out; a check without it looks whether the port takes "
                     "connections. The old file is kept as {file}.bak:"),
                  with),
            edit_command(std::to_string(proxy->check_line) + "d", proxy->file) + " && " +
                (at->host.has_systemd ? "sudo systemctl restart haproxy"
                                      : "sudo service haproxy restart"));
}

/// A web server passes WebSocket on to a listener that speaks plain MQTT.
maybe_finding host_wrong_backend(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.is_websocket() || !is_connected(known) || accepted(known) != nullptr) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->target.empty()) return {};
  const listener_fact* const broker = target_of(*proxy, at->host);
  const configured_listener* const web = broker_listener(at->host, true);
  if (broker == nullptr || web == nullptr || web->port == broker->port) return {};
  const bool is_plain = std::any_of(
      at->host.configurations.begin(), at->host.configurations.end(), [&](const auto& from) {
        const configured_listener* const block = block_for(from, broker->port);
        return from.is_used && from.pid == broker->pid && block != nullptr &&
               block->protocol == listener_protocol::mqtt;
      });
  if (!is_plain) return {};
  const places with{{"proxy", proxy->program},
                    {"target", proxy->target},
                    {"port", std::to_string(web->port)},
                    {"file", proxy->file}};
  return made_finding("proxy-wrong-mode", certainty::certain, strength::proven,
                      words(N_("{proxy} hands WebSocket on to {target}, where the broker speaks "
                               "plain MQTT; its WebSocket listener is port {port}."),
                            with))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*broker)}}))
      .look(words(N_("Let it pass on to port {port}:"), with),
            "sudo grep -n " + shell_word(proxy->target) + " " + shell_word(proxy->file))
      .mend(words(N_("Then let {proxy} read its file again."), with));
}

/// A proxy that hands bytes on as they come leads from a port of plain MQTT to a listener of
/// WebSocket.
maybe_finding host_proxy_to_websocket(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const bool is_own_port_asked = !known.is_websocket();
  for (const auto& proxy : at->host.proxies) {
    const bool is_asked = is_own_port_asked && proxy.port == at->port();
    // Who was asked at another port meets this one when he takes the usual one.
    constexpr int plain_port = 1883;
    if (!is_asked && proxy.port != plain_port) continue;
    if (proxy.pid == 0 || proxy.mode != proxy_mode::tcp || proxy.sends_tls) continue;
    if (is_asked && accepted(known) != nullptr) continue;
    const listener_fact* const behind = target_of(proxy, at->host);
    const bool is_broker = behind != nullptr && port_behind(proxy, at->host) == behind->port &&
                           is_for_web(at->host, *behind);
    if (!is_broker) continue;
    const configured_listener* const plain = broker_listener(at->host, false);
    const bool has_plain = plain != nullptr && plain->port != proxy.port;
    const places with{{"proxy", proxy.program},
                      {"from", std::to_string(proxy.port)},
                      {"target", authority_of(proxy.target)},
                      {"port", has_plain ? std::to_string(plain->port) : std::string()},
                      {"place", place_of(proxy, proxy.line)},
                      {"file", proxy.file}};
    made_finding made("proxy-wrong-mode", is_asked ? certainty::certain : certainty::likely,
                      strength::typed,
                      words(N_("{proxy} hands what comes to port {from} on to {target}, where the "
                               "broker speaks MQTT over WebSocket alone: plain MQTT is hung up "
                               "on."),
                            with));
    made.seen(words(N_("{place} takes port {from} as it comes (no HTTP), and leads to {target}."),
                    with))
        .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*behind)}}));
    if (!is_asked) made.warning();
    if (!has_plain)
      return made.lines(
          words(N_("Give the broker a plain listener, and let the proxy lead there:")),
          "listener 1884 127.0.0.1", "mosquitto.conf");
    const std::string there = authority_of(proxy.target);
    const std::string wanted = there.substr(0, there.rfind(':') + 1) + std::to_string(plain->port);
    if (proxy.program == proxy_program::socat)
      return made.mend(words(N_("Start {proxy} with port {port} in the place of {target}."), with));
    // Where others of the file lead there too, they are WebSocket's, and right.
    const auto leads_there =
        std::count_if(at->host.proxies.begin(), at->host.proxies.end(),
                      [&](const proxy_fact& each) { return authority_of(each.target) == there; });
    if (leads_there > 1)
      return made
          .look(
              words(N_("Let this one way lead to the broker's plain listener, port {port}; others "
                       "in that file lead to the WebSocket listener rightly:"),
                    with),
              "sudoedit " + shell_word(proxy.file))
          .then(words(N_("Then:")), restart_of(proxy, at->host));
    return made
        .mend(words(N_("Let it lead to the broker's plain listener, port {port}; the old file is "
                       "kept as {file}.bak:"),
                    with),
              edit_command("s#" + there + "\\b#" + wanted + "#", proxy.file))
        .then(words(N_("Then:")), restart_of(proxy, at->host));
  }
  return {};
}

}  // namespace mqttkit::doctor
