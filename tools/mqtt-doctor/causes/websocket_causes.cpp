// Causes of the upgrade from HTTP to WebSocket.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/upgrade_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace http_status;

std::string with_path(const view& known, const std::string& path) {
  endpoint_facts there = known.at;
  there.path = path;
  return doctor_command({known.all, there});
}

maybe_finding wrong_path(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  const contact* const other = other_path_that_works(known);
  if (socket == nullptr || speaks_of_certificate(*socket)) return {};
  const contact* const older = known.at.find(contact_purpose::subprotocol);
  if (older != nullptr && older->websocket && older->websocket->is_done) return {};
  if (other != nullptr) {
    return made_finding("ws-wrong-path", certainty::certain, strength::proven,
                        words(N_("Path {path} is unknown to the server; {other} works."),
                              {{"path", socket->path}, {"other", other->websocket->path}}))
        .seen(status_words(*socket))
        .seen(words(N_("The upgrade succeeds at {other}."), {{"other", other->websocket->path}}))
        .in_app(words(N_("Set the path to {other} (EMQX and HiveMQ: /mqtt, RabbitMQ: /ws)."),
                      {{"other", other->websocket->path}}));
  }
  if (socket->status != not_found && socket->status != bad_request && socket->status != forbidden) {
    return {};
  }
  if (is_plain_to_tls(*socket) || hello_is_tls(known)) return {};
  if (is_upgrade_lost(known, *socket) || is_without_tunnel(*socket)) return {};
  return made_finding(
             "ws-wrong-path", certainty::possible,
             socket->status == not_found ? strength::leaning : strength::fits,
             words(N_("Path {path} is unknown to the server, and none of the usual ones works."),
                   {{"path", socket->path}}))
      .seen(status_words(*socket))
      .in_app(words(N_("Set the path the server's documentation names.")))
      .mend(
          words(N_("If the path is right, the server in front may hand on another one: nginx cuts "
                   "its location off where proxy_pass ends with a slash, and a server whose name "
                   "({host}) is not among its sites answers from its default site."),
                {{"host", known.host()}}))
      .apart(words(N_("With the right one:")), with_path(known, "/PATH"));
}

maybe_finding path_is_website(const view& known, exclusions&) {
  const websocket_fact* const socket = refused(known);
  if (socket == nullptr || socket->status != ok) return {};
  const bool has_other = other_path_that_works(known) != nullptr;
  return made_finding("ws-path-is-website", certainty::likely,
                      has_other ? strength::first_of_several : strength::seen,
                      words(N_("The web server answers with a page: no WebSocket is set up at path "
                               "{path}."),
                            {{"path", socket->path}}))
      .seen(status_words(*socket))
      .lines(words(N_("In nginx, add a location for it:")),
             "location " + socket->path +
                 " {\n  proxy_pass http://127.0.0.1:9001;\n  proxy_http_version "
                 "1.1;\n  proxy_set_header Upgrade $http_upgrade;\n  proxy_set_header Connection "
                 "\"upgrade\";\n}",
             "nginx.conf");
}

maybe_finding subprotocol_missing(const view& known, exclusions&) {
  const websocket_fact* const socket = websocket_of(known);
  const contact* const client = known.client();
  if (socket == nullptr || !socket->is_done || !client->mqtt || !socket->accepted.empty())
    return {};
  if (client->mqtt->is_accepted() && !socket->subprotocol.empty()) {
    // WHATWG's WebSocket fails where a subprotocol was asked for and none is confirmed.
    return made_finding(
               "ws-subprotocol-missing", certainty::certain, strength::measured,
               words(N_("The WebSocket opened without the subprotocol \"mqtt\": it works here, and "
                        "browsers and web apps hang up on that.")))
        .seen(words(N_("\"{name}\" was asked for, and the server's answer has no "
                       "Sec-WebSocket-Protocol."),
                    {{"name", socket->subprotocol}}))
        .mend(words(N_("A proxy in between must pass the header Sec-WebSocket-Protocol on.")))
        .warning();
  }
  if (client->mqtt->answer != mqtt_answer::silent) return {};
  return made_finding(
             "ws-subprotocol-missing", certainty::likely, strength::agreed,
             words(N_("The WebSocket opened without the subprotocol \"mqtt\", and the broker "
                      "ignores everything sent over it.")))
      .seen(
          words(N_("The server's answer confirms no Sec-WebSocket-Protocol, and CONNECT was never "
                   "answered.")))
      .in_app(words(N_("Ask for it: new WebSocket(url, \"mqtt\")")))
      .mend(words(N_("A proxy in between must pass the header Sec-WebSocket-Protocol on.")));
}

/// The server accepts the old subprotocol name "mqttv3.1" and not "mqtt".
maybe_finding old_subprotocol(const view& known, exclusions&) {
  const websocket_fact* const socket = websocket_of(known);
  const contact* const older = known.at.find(contact_purpose::subprotocol);
  if (socket == nullptr || socket->is_done || older == nullptr) return {};
  if (!older->websocket || !older->websocket->is_done) return {};
  return made_finding(
             "ws-subprotocol-unknown", certainty::certain, strength::proven,
             words(
                 N_("The server does not know the subprotocol \"mqtt\"; it takes only the old name "
                    "\"{name}\"."),
                 {{"name", older->websocket->subprotocol}}))
      .seen(words(N_("An upgrade with \"mqtt\" was refused ({how}); with \"{name}\" it succeeded."),
                  {{"how", socket->status != 0 ? socket->status_line : socket->end},
                   {"name", older->websocket->subprotocol}}))
      .in_app(words(N_("Set the subprotocol to {name} in the app."),
                    {{"name", older->websocket->subprotocol}}))
      .mend(words(N_("Or update the broker: \"mqtt\" is the standard name since 2014.")));
}

maybe_finding subprotocol_unknown(const view& known, exclusions&) {
  const websocket_fact* const socket = websocket_of(known);
  if (socket == nullptr || socket->is_done || socket->subprotocol.ends_with("mqtt") ||
      socket->status != 0)
    return {};
  if (socket->end != connection_end::closed && socket->end != connection_end::reset) return {};
  return made_finding(
             "ws-subprotocol-unknown", certainty::likely, strength::agreed,
             words(N_("The server does not know the subprotocol \"{name}\"; the standard one is "
                      "\"mqtt\", in every version."),
                   {{"name", socket->subprotocol}}))
      .seen(words(N_("It closed the connection {time} after the upgrade was asked for."),
                  {{"time", time_text(socket->ms)}}))
      .in_app(words(N_("Set the subprotocol to mqtt.")));
}

/// The server chose another subprotocol than was offered [RFC 6455 §4.1].
maybe_finding other_subprotocol(const view& known, exclusions&) {
  const websocket_fact* const socket = websocket_of(known);
  constexpr int switching = 101;
  if (socket == nullptr || socket->is_done || socket->status != switching) return {};
  if (socket->accepted.empty() || socket->accepted == socket->subprotocol) return {};
  const places with{{"name", socket->subprotocol}, {"accepted", socket->accepted}};
  return made_finding("ws-subprotocol-unknown", certainty::certain, strength::told,
                      words(N_("The server confirms the subprotocol \"{accepted}\" although "
                               "\"{name}\" was asked for: browsers and libraries hang up on that."),
                            with))
      .seen(words(N_("HTTP 101, Sec-WebSocket-Protocol: {accepted}."), with))
      .look(words(N_("A web server in front that writes this header itself is told to leave it to "
                     "the broker:")),
            "sudo grep -rn -i Sec-WebSocket-Protocol /etc/nginx /etc/apache2 /etc/haproxy")
      .in_app(words(N_("Until then ask for \"{accepted}\", if the app can."), with));
}

maybe_finding plain_to_wss(const view& known, exclusions&) {
  if (known.at.scheme != scheme::ws) return {};
  const websocket_fact* const socket = websocket_of(known);
  if (socket == nullptr || socket->is_done) return {};
  const bool is_told = socket->status != 0 && is_plain_to_tls(*socket);
  if (!is_told && !hello_is_tls(known)) return {};
  if (is_tls_behind(known, *socket)) return {};
  made_finding made("ws-plain-to-wss-port", certainty::certain, strength::proven,
                    words(N_("Port {port} is for secure WebSocket (wss), and you asked for ws."),
                          {{"port", known.port()}}));
  if (socket->status != 0) made.seen(status_words(*socket));
  if (hello_is_tls(known)) made.seen(words(N_("A TLS greeting on the same port was answered.")));
  return made.in_app(
      words(N_("Use wss://{host}:{port}{path}"),
            {{"host", known.host()}, {"port", known.port()}, {"path", socket->path}}));
}

sentence choose_websocket(const view& known, const std::string& path, bool is_secure) {
  const int plain = known_port(known, spoken_protocol::mqtt);
  const places with{{"scheme", is_secure ? "wss" : "ws"},
                    {"host", known.host()},
                    {"port", known.port()},
                    {"path", path},
                    {"other", std::to_string(plain)}};
  return plain != 0
             ? words(N_("Choose WebSocket ({scheme}://{host}:{port}{path}), or use the plain "
                        "port {other}."),
                     with)
             : words(
                   N_("Choose WebSocket ({scheme}://{host}:{port}{path}), or use the broker's own "
                      "port for MQTT."),
                   with);
}

maybe_finding raw_to_websocket(const view& known, exclusions&) {
  if (known.is_websocket()) return {};
  const contact* const upgrade = known.at.find(contact_purpose::upgrade);
  if (upgrade == nullptr || !upgrade->websocket) return {};
  const contact* const client = known.client();
  const bool is_websocket = upgrade->websocket->is_done;
  const bool is_mosquitto = client->text.find("HTTP/1.0 403") == 0;
  if (!is_websocket && !is_mosquitto) return {};
  return made_finding("ws-raw-mqtt-to-ws-port", certainty::certain, strength::proven,
                      words(N_("Port {port} is a WebSocket port, and you spoke raw MQTT to it."),
                            {{"port", known.port()}}))
      .seen(client->text.empty() ? words(N_("A CONNECT was not answered."))
                                 : words(N_("A CONNECT was answered with \"{text}\"."),
                                         {{"text", client->text.substr(0, 40)}}))
      .seen(words(N_("A WebSocket upgrade on the same port: {status}."),
                  {{"status", upgrade->websocket->status_line}}))
      .in_app(choose_websocket(known, upgrade->websocket->path, upgrade->tls.has_value()));
}

maybe_finding handshake_to_raw(const view& known, exclusions&) {
  const websocket_fact* const socket = websocket_of(known);
  if (socket == nullptr || socket->is_done || socket->status != 0) return {};
  const contact* const plain = known.at.find(contact_purpose::plain);
  if (plain == nullptr || !plain->mqtt || plain->mqtt->answer != mqtt_answer::connack) return {};
  const bool is_guessed = known.asked().scheme == scheme::none;
  made_finding made(
      "ws-handshake-to-raw-port", is_guessed ? certainty::likely : certainty::certain,
      strength::proven,
      words(N_("Port {port} speaks raw MQTT; a browser or a WebSocket app needs a WebSocket "
               "listener."),
            {{"port", known.port()}}));
  made
      .seen(words(
          N_("The upgrade request got no HTTP answer ({end}); a raw CONNECT was answered with "
             "CONNACK."),
          {{"end", socket->end}}))
      .in_app(words(N_("Choose TCP ({scheme}://) in the app, or the broker's WebSocket port."),
                    {{"scheme", word_of(known.is_tls() ? scheme::mqtts : scheme::mqtt)}}));
  if (is_guessed) {
    const fact_word<scheme> raw = known.is_tls() ? scheme::mqtts : scheme::mqtt;
    made.apart(
        words(N_("WebSocket was tried because it is usual at this port. If the app speaks raw "
                 "MQTT there, ask so, with the same options:")),
        "mqtt-doctor " + shell_word(raw.word() + "://" + known.host() + ":" + known.port()));
  }
  const int there =
      port_that_speaks(known, known.is_tls() ? spoken_protocol::wss : spoken_protocol::websocket);
  if (there != 0)
    return made
        .seen(
            words(N_("Port {other} of the same host speaks {scheme}."),
                  {{"other", std::to_string(there)}, {"scheme", word_of(known.at.scheme.value())}}))
        .in_app(words(N_("For WebSocket use port {other}."), {{"other", std::to_string(there)}}));
  if (broker_of(known) == broker_kind::mosquitto) {
    made.lines(words(N_("Or add a listener in mosquitto.conf:")),
               known.is_tls() ? secure_listener(true) : "listener 9001\nprotocol websockets",
               "mosquitto.conf");
  } else {
    made.mend(words(N_("Or give the broker a listener for WebSocket.")));
  }
  return made;
}

/// The server chose HTTP/2, while the upgrade is HTTP/1.1's.
maybe_finding http2_negotiated(const view& known, exclusions&) {
  const contact* const client = known.client();
  const websocket_fact* const socket = websocket_of(known);
  if (socket == nullptr || socket->is_done || !client->tls || !client->tls->has_chosen_http2())
    return {};
  return made_finding(
             "ws-http2-negotiated", certainty::certain, strength::proven,
             words(
                 N_("Client and server agreed on HTTP/2, and then the client asked for a WebSocket "
                    "in HTTP/1.1.")))
      .seen(words(N_("ALPN chose h2; the answer to the upgrade was no HTTP/1.1.")))
      .in_app(words(N_("Offer ALPN http/1.1 alone (or none) in the app.")))
      .mend(words(N_("Or leave http2 out of this server's listen line in nginx.")));
}

maybe_finding text_frames(const view& known, exclusions&) {
  const websocket_fact* const socket = websocket_of(known);
  if (socket == nullptr || !socket->is_done || socket->error.find("text") == std::string::npos)
    return {};
  return made_finding(
             "ws-text-frames", certainty::certain, strength::proven,
             words(N_("The server sends MQTT in text frames; the standard wants binary ones, and "
                      "clients hang up on text.")))
      .seen(words(N_("After the upgrade: {error}."), {{"error", socket->error}}))
      .mend(words(
          N_("Set the bridge or server to binary frames (websockify: --binary, or a newer one).")));
}

/// The connection ended after the upgrade: the proxy that upgraded found no broker behind it.
maybe_finding closed_after_upgrade(const view& known, exclusions& excluded) {
  const websocket_fact* const socket = websocket_of(known);
  const contact* const client = known.client();
  if (socket == nullptr || !socket->is_done || !client->mqtt) return {};
  if (client->mqtt->answer != mqtt_answer::closed && client->mqtt->answer != mqtt_answer::reset)
    return {};
  if (with_connack(known, contact_purpose::version) != nullptr ||
      socket->error.find("text") != std::string::npos)
    return {};
  if (client->tls && client->tls->alert >= 0) return {};
  const contact* const quiet = known.at.find(contact_purpose::quiet);
  // A broker that refuses CONNECT waits until it arrives.
  if (quiet != nullptr && quiet->end == connection_end::silent) {
    exclude(excluded, "ws-closed-after-upgrade",
            words(N_("The connection stays open while nothing is sent.")));
    return {};
  }
  made_finding made(
      "ws-closed-after-upgrade", certainty::possible, strength::first_of_several,
      words(N_("The WebSocket opens and is closed as soon as MQTT is spoken: a bridge or proxy "
               "whose broker is down, or a service that is not MQTT.")));
  made.seen(words(N_("Upgraded at {path}, then closed {time} after CONNECT, without CONNACK."),
                  {{"path", socket->path}, {"time", time_text(client->mqtt->ms)}}));
  if (!socket->error.empty())
    made.seen(words(N_("After the upgrade: {error}."), {{"error", socket->error}}));
  return made.mend(words(N_("Start the broker, and check where the bridge forwards to.")))
      .apart(words(N_("On the server: who owns the port, and what does its log say?")),
             "sudo ss -ltnp 'sport = :" + known.port() + "'");
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"ws-http2-negotiated", N_("HTTP/2 was agreed on, and the WebSocket was asked for in HTTP/1.1"),
     layer::websocket, exit_code::cannot_connect, station::broker, severity::problem,
     http2_negotiated},
    {"ws-text-frames", N_("the server sends MQTT in text frames instead of binary ones"),
     layer::websocket, exit_code::cannot_connect, station::broker, severity::problem, text_frames},
    {"ws-closed-after-upgrade", N_("the WebSocket opens and is closed as soon as MQTT is spoken"),
     layer::websocket, exit_code::cannot_connect, station::broker, severity::problem,
     closed_after_upgrade},
    {"ws-subprotocol-unknown", N_("the server does not know the subprotocol mqtt"),
     layer::websocket, exit_code::cannot_connect, station::broker, severity::problem,
     old_subprotocol},
    {"ws-wrong-path", N_("the server knows no WebSocket at this path"), layer::websocket,
     exit_code::cannot_connect, station::broker, severity::problem, wrong_path},
    {"ws-path-is-website", N_("a web page stands at this path, no WebSocket"), layer::websocket,
     exit_code::cannot_connect, station::broker, severity::problem, path_is_website},
    {"ws-subprotocol-missing", N_("the WebSocket has no subprotocol mqtt"), layer::websocket,
     exit_code::cannot_connect, station::broker, severity::problem, subprotocol_missing},
    {"ws-plain-to-wss-port", N_("plain WebSocket was spoken to a port of TLS"), layer::websocket,
     exit_code::cannot_connect, station::broker, severity::problem, plain_to_wss},
    {"ws-raw-mqtt-to-ws-port", N_("plain MQTT was spoken to a port of WebSocket"), layer::websocket,
     exit_code::cannot_connect, station::broker, severity::problem, raw_to_websocket},
    {"ws-handshake-to-raw-port", N_("WebSocket was spoken to a port of plain MQTT"),
     layer::websocket, exit_code::cannot_connect, station::broker, severity::problem,
     handshake_to_raw},
};

constexpr second_look looks[] = {
    {"ws-subprotocol-unknown", subprotocol_unknown},
    {"ws-subprotocol-unknown", other_subprotocol},
};

}  // namespace

cause_table websocket_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
