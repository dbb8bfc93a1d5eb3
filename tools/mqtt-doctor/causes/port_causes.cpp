// From an address to a TCP connection: refused, rejected or unreachable.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/causes/managed_services.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/tunnels.hpp"

namespace mqttkit::doctor {
namespace {

sentence refusal_words(const view& known) {
  return words(N_("{where} refused the connection after {time}, with no ICMP message."),
               {{"where", dialled(known)}, {"time", time_text(known.client()->connect.ms)}});
}

std::vector<std::string> port_texts(const std::vector<int>& ports) {
  std::vector<std::string> texts;
  texts.reserve(ports.size());
  for (const int port : ports) texts.push_back(std::to_string(port));
  return texts;
}

/// What the other ports of the host showed, as evidence.
sentence others_words(const view& known) {
  const auto open = open_ports(known);
  if (open.empty()) return words(N_("None of the other usual ports of this host is open."));
  return words(N_("Other ports of the same host are open: {ports}."),
               {{"ports", list_text(port_texts(open))}});
}

std::string on_server(const view& known) {
  return "sudo mqtt-doctor localhost:" + known.port() + " --on-broker";
}

int port_that_speaks_mqtt(const view& known, std::string& scheme) {
  std::array<std::pair<spoken_protocol, const char*>, 4> kinds{{{spoken_protocol::mqtt, "mqtt"},
                                                                {spoken_protocol::mqtts, "mqtts"},
                                                                {spoken_protocol::websocket, "ws"},
                                                                {spoken_protocol::wss, "wss"}}};
  // A client that asks for WebSocket is usually a browser, which has no other transport.
  if (known.is_websocket()) std::reverse(kinds.begin(), kinds.end());
  for (const auto& [speaks, name] : kinds) {
    if (const int port = port_that_speaks(known, speaks); port != 0) {
      scheme = name;
      return port;
    }
  }
  return 0;
}

/// An open port that by custom carries what was asked for; 0 for none.
int usual_port_open(const view& known) {
  for (const int port : open_ports(known)) {
    if (usual_scheme(port) == known.at.scheme) return port;
  }
  return 0;
}

/// The host name is that of a managed broker, whose ports are known.
maybe_finding no_such_port_there(const view& known, const managed_service& service) {
  const managed_broker& there = service.broker;
  const bool is_secure = managed_without_plain(known.asked().host) != nullptr;
  const std::string_view ports = there.ports;
  const std::string first(ports.substr(0, ports.find_first_of(", ")));
  if (has_port(service, known.at.port) && (!is_secure || known.is_tls() || known.is_websocket()))
    return {};
  const places with{
      {"name", there.name}, {"ports", there.ports}, {"port", known.port()}, {"first", first}};
  made_finding made(
      "tcp-refused-wrong-port", certainty::likely, strength::agreed,
      is_secure ? words(N_("{name} has no port {port}: it takes TLS alone, at {ports}."), with)
                : words(N_("{name} has no port {port}; its ports: {ports}."), with));
  made.seen(refusal_or_silence(known));
  if (service.kind != service_kind::own_rules)
    made.seen(words(N_("The name {host} is one of {name}; nobody but its provider sets up a "
                       "firewall there."),
                    {{"name", there.name}, {"host", known.host()}}));
  if (!is_secure) return made.in_app(words(N_("Use one of these ports.")));
  const sentence use = there.wants_certificate
                           ? words(N_("Use port {first} with mqtts://, and give the app the client "
                                      "certificate and key of this device."),
                                   with)
                           : words(N_("Use port {first} with mqtts://."), with);
  return made.in_app(use);
}

/// WebSocket is expected at 80 or 443: the user means a web server in front of the broker.
bool is_web_port(const view& known) {
  constexpr int http = 80, https = 443;
  return known.is_websocket() && (known.at.port == http || known.at.port == https);
}

/// WebSocket was asked for at a closed port, and the broker answers at ports without it alone.
maybe_finding without_websocket(const view& known, int port, const std::string& scheme) {
  const places with{{"port", known.port()}, {"other", std::to_string(port)}, {"scheme", scheme}};
  made_finding made("tcp-refused-wrong-port", certainty::likely, strength::agreed,
                    words(N_("Port {port} is closed, and the broker answers at port {other} "
                             "without WebSocket ({scheme}): it has no listener for WebSocket where "
                             "one was looked for, and a browser can use no other."),
                          with));
  made.seen(refusal_or_silence(known))
      .seen(words(N_("Port {other} of the same host speaks {scheme}."), with));
  const fact_word<broker_kind> broker = broker_of(known);
  if (broker == broker_kind::rabbitmq)
    made.mend(words(N_("Switch RabbitMQ's plugin for it on (port 15675, path /ws):")),
              "sudo rabbitmq-plugins enable rabbitmq_web_mqtt");
  else if (broker == broker_kind::mosquitto || broker.empty())
    made.lines(words(N_("Give the broker a listener for WebSocket; in mosquitto.conf, where its "
                        "users and passwords stand:")),
               known.is_tls() ? secure_listener(true, known.at.port)
                              : "listener " + known.port() + "\nprotocol websockets",
               "mosquitto.conf");
  else
    made.mend(words(N_("Give the broker a listener for WebSocket at port {port}."), with));
  return made.in_app(
      words(N_("An app that is no browser may use port {other} with {scheme}://."), with));
}

maybe_finding wrong_port(const view& known, exclusions& excluded) {
  if (is_connected(known) || known.client() == nullptr) return {};
  const managed_service* const managed = find_service(known.asked().host);
  const bool has_fixed_ports = managed != nullptr && managed->kind != service_kind::own_ports;
  if (has_fixed_ports && (connect_was(known, connect_outcome::refused) ||
                          connect_was(known, connect_outcome::silent))) {
    if (maybe_finding found = no_such_port_there(known, *managed)) return found;
  }
  std::string scheme;
  const int port = port_that_speaks_mqtt(known, scheme);
  if (port == 0) {
    if (const int other = usual_port_open(known); other != 0 && was_reset_refused(known)) {
      const places with{{"port", known.port()}, {"other", std::to_string(other)}};
      return made_finding("tcp-refused-wrong-port", certainty::possible, strength::first_of_several,
                          words(N_("Port {port} is closed, and port {other}, the usual one, takes "
                                   "connections."),
                                with))
          .seen(refusal_or_silence(known))
          .seen(words(N_("What stands at port {other} did not answer as a broker."), with))
          .in_app(words(N_("Use port {other}."), with));
    }
    if (was_reset_refused(known)) {
      exclude(excluded, "tcp-refused-wrong-port",
              words(N_("No MQTT broker answers on the usual other ports either.")));
    }
    return {};
  }
  if (!connect_was(known, connect_outcome::refused) && !connect_was(known, connect_outcome::silent))
    return {};
  const bool is_refused = was_reset_refused(known);
  // A broker that answers with TLS and is silent without it most often allows TLS only.
  const bool is_secured =
      !is_refused && !known.is_tls() && !known.is_websocket() && scheme == word_of(scheme::mqtts);
  const bool is_proxys = is_web_port(known) && scheme != known.at.scheme.word();
  const bool lacks_websocket =
      known.is_websocket() && scheme != word_of(scheme::ws) && scheme != word_of(scheme::wss);
  if (lacks_websocket && is_refused && !is_proxys) return without_websocket(known, port, scheme);
  const strength how = is_proxys    ? strength::one_of_several
                       : is_refused ? strength::agreed
                       : is_secured ? strength::leaning
                                    : strength::fits;
  return made_finding("tcp-refused-wrong-port",
                      is_refused || is_secured ? certainty::likely : certainty::possible, how,
                      is_refused
                          ? words(N_("Port {port} is closed, but a broker answers on port {other} "
                                     "({scheme})."),
                                  {{"port", known.port()},
                                   {"other", std::to_string(port)},
                                   {"scheme", scheme}})
                          : words(N_("Port {port} is silent, but a broker answers on port {other} "
                                     "({scheme})."),
                                  {{"port", known.port()},
                                   {"other", std::to_string(port)},
                                   {"scheme", scheme}}))
      .seen(refusal_or_silence(known))
      .seen(words(N_("Port {other} of the same host speaks {scheme}."),
                  {{"other", std::to_string(port)}, {"scheme", scheme}}))
      .in_app(words(N_("Use port {other} with {scheme}://."),
                    {{"other", std::to_string(port)}, {"scheme", scheme}}));
}

/// 127.0.0.1 was dialled on the broker's own machine: a listener bound there would have answered.
bool dialled_loopback(const view& known) {
  return class_of(known.client()->address) == address_class::loopback;
}

/// Whether a tunnel's end was dialled, whose machine is its service's: no broker of the user's
/// listens there.
bool is_tunnels_end(const view& known) {
  return tunnel_of(known.asked().host) != nullptr && !known.all.host;
}

/// Whether the machine itself was examined and nothing listens: that explains the RST, and no rule
/// or address need be suspected.
bool is_seen_closed(const view& known) {
  const auto at = look_at(known);
  return at && !at->is_listening();
}

/// An IPv6 address was typed: nobody tried whether the broker listens by IPv4.
void add_other_family(made_finding& made, const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !known.all.name.is_literal || !is_v6_text(client->address)) return;
  made.seen(words(
      N_("{address} is an IPv6 address: the broker may as well listen by IPv4 alone (mosquitto: "
         "\"listener {port} 0.0.0.0\", or socket_domain ipv4). Try the server's IPv4 address; "
         "\"listener {port}\" takes both."),
      {{"address", client->address}, {"port", known.port()}}));
}

maybe_finding loopback_listener(const view& known, exclusions& excluded) {
  if (!was_reset_refused(known) || is_seen_closed(known) || is_tunnels_end(known)) return {};
  if (const auto at = look_at(known); at && at->is_public()) return {};
  if (dialled_loopback(known)) {
    exclude(excluded, "tcp-refused-loopback-listener",
            words(N_("The loopback address itself refuses: nothing listens there.")));
    return {};
  }
  if (broker_of(known) == broker_kind::emqx) {
    return made_finding("tcp-refused-loopback-listener", certainty::possible, strength::hint,
                        words(N_("The broker may listen on 127.0.0.1 only.")))
        .seen(refusal_words(known))
        .seen(others_words(known))
        .lines(words(N_("Name all addresses in emqx.conf, then start again:")),
               "listeners.tcp.default.bind = \"0.0.0.0:" + known.port() + "\"", "emqx.conf")
        .apart(words(N_("On the server, this shows who listens where:")),
               "sudo emqx ctl listeners");
  }
  if (broker_of(known) != broker_kind::mosquitto) {
    // A broker that is open to all at another port of the host names its addresses itself.
    const bool is_open_elsewhere = port_that_speaks(known, spoken_protocol::mqtt) != 0;
    // By IPv6 alone, or at the router's own address, something else explains it as well.
    const std::string& dialled = known.client()->address;
    const bool is_doubtful = is_open_elsewhere || is_v6_text(dialled) ||
                             dialled == known.all.local.v4_gateway ||
                             (class_of(dialled) == address_class::private_use &&
                              (dialled.ends_with(".1") || dialled.ends_with(".254")));
    made_finding made("tcp-refused-loopback-listener", certainty::possible,
                      is_doubtful ? strength::aside : strength::fits,
                      words(N_("The broker may listen on 127.0.0.1 only, as mosquitto 2 does until "
                               "its configuration names a listener.")));
    made.seen(refusal_words(known)).seen(others_words(known));
    add_other_family(made, known);
    return made
        .mend(
            words(N_("Which broker it is cannot be seen from here. Let it listen on all addresses, "
                     "with users and passwords (mosquitto: \"listener {port}\", \"allow_anonymous "
                     "false\" and a password_file)."),
                  {{"port", known.port()}}))
        .apart(words(N_("On the server, this says which it is and what to write:")),
               on_server(known));
  }
  return made_finding(
             "tcp-refused-loopback-listener", certainty::likely, strength::one_of_several,
             words(N_("The broker probably listens on 127.0.0.1 only. mosquitto 2 does that until "
                      "its configuration names a listener.")))
      .seen(refusal_words(known))
      .seen(others_words(known))
      .mend(
          words(N_("Make /etc/mosquitto/conf.d/remote.conf, unless a listener line is shown: take "
                   "its address out then.")),
          "sudo grep -rn '^listener' /etc/mosquitto || printf 'listener " + known.port() +
              "\\nallow_anonymous false\\npassword_file /etc/mosquitto/passwd\\n' | sudo tee "
              "/etc/mosquitto/conf.d/remote.conf")
      .then(words(N_("Make a user and start again:")),
            add_user_command("/etc/mosquitto/passwd", {}) + " && sudo systemctl restart mosquitto")
      .apart(words(N_("On the server, this shows who listens where:")), "ss -ltn");
}

/// The command that shows and starts the broker's unit; "" when the broker is not known.
std::string start_of(const view& known) {
  const std::string restart = restart_of(known);
  if (restart.empty()) return {};
  const std::string unit = restart.substr(restart.rfind(' ') + 1);
  return "systemctl status " + unit + "; sudo systemctl enable --now " + unit;
}

/// Whether the machine itself was examined and a program listens there, or a rule forwards the port
/// to another machine.
bool is_seen_served(const view& known) {
  const auto at = look_at(known);
  if (!at) return false;
  const firewall_fact* const rule = at->firewall(ip_family::v4);
  return at->is_listening() || (rule != nullptr && !rule->forwarded_to.empty());
}

maybe_finding not_running(const view& known, exclusions&) {
  if (!was_reset_refused(known) || is_seen_served(known) || is_tunnels_end(known)) return {};
  const bool is_loopback = dialled_loopback(known);
  // DNS led to this device itself, so a missing broker here says nothing of the one that was meant.
  const name_facts& name = known.all.name;
  const bool is_misled = is_loopback && !name.is_literal && name.hosts_file.empty() &&
                         known.host() != "localhost" && !known.asked().on_broker &&
                         (!known.all.host || known.all.host->brokers.empty());
  if (is_misled) return {};
  if (is_web_port(known))
    return made_finding("tcp-refused-not-running", certainty::likely, strength::agreed,
                        words(N_("Nothing listens on port {port}: the web server or proxy that is "
                                 "to pass WebSocket on to the broker is not running."),
                              {{"port", known.port()}}))
        .seen(refusal_words(known))
        .seen(others_words(known))
        .look(words(N_("See why it is down (nginx, Caddy, Traefik, a tunnel), and start it; often "
                       "a certificate is missing:")),
              "sudo ss -ltnp 'sport = :" + known.port() + "'; systemctl --failed; docker ps -a")
        .apart(words(N_("On the server, this names the cause for certain:")), on_server(known));
  made_finding made(
      "tcp-refused-not-running", is_loopback ? certainty::likely : certainty::possible,
      is_loopback                                                ? strength::usual
      : broker_of(known) == broker_kind::none && !known.all.host ? strength::one_of_several
                                                                 : strength::fits,
      is_loopback || known.all.host
          ? words(N_("Nothing listens on port {port}: the broker is not running, or uses "
                     "another port."),
                  {{"port", known.port()}})
          : words(N_("{address} is there, and nothing takes connections on port {port} for "
                     "this address. From here that leaves: the broker is on another machine "
                     "or address, it is not running, it uses another port, it listens on "
                     "127.0.0.1 only (as mosquitto 2 does without a listener), or a "
                     "firewall refuses in its name."),
                  {{"address", known.client()->address}, {"port", known.port()}}));
  made.seen(refusal_words(known)).seen(others_words(known));
  if (!is_loopback && !known.all.host)
    return made.look(words(N_("On the broker's machine, this says which of them it is, and what to "
                              "write or start:")),
                     on_server(known));
  return made
      .mend(start_of(known).empty() ? words(N_("See why the broker is down, and start it."))
                                    : words(N_("See why it is down, and start it:")),
            start_of(known))
      .apart(words(N_("On the server, this names the cause for certain:")), on_server(known));
}

maybe_finding firewall_reset(const view& known, exclusions&) {
  if (!was_reset_refused(known) || dialled_loopback(known) || is_seen_closed(known) ||
      is_tunnels_end(known))
    return {};
  return made_finding(
             "tcp-refused-by-firewall-reset", certainty::possible, strength::aside,
             words(N_("A firewall rule may answer with a reset, which looks like a closed port.")))
      .seen(refusal_words(known))
      .mend(words(N_("With ufw:")), "sudo ufw delete reject " + known.port() +
                                        "/tcp; sudo ufw allow " + known.port() + "/tcp")
      .apart(words(N_("On the server, is there a rule that rejects the port?")),
             "sudo ufw status; sudo nft list ruleset | grep -n reject");
}

maybe_finding docker_port(const view& known, exclusions&) {
  if (!was_reset_refused(known) || dialled_loopback(known) || is_tunnels_end(known)) return {};
  return made_finding(
             "tcp-docker-port-not-published", certainty::possible, strength::aside,
             words(N_("If the broker runs in a container, its port may not be published, or it "
                      "listens on the container's own loopback.")))
      .seen(refusal_words(known))
      .fill_in(
          words(N_("Publish the port, with a listener on all addresses in the configuration:")),
          "docker run -p " + known.port() + ":" + known.port() + " ...")
      .apart(words(N_("On the server:")), "docker ps --format '{{.Names}} {{.Ports}}'");
}

maybe_finding plugin_off(const view& known, exclusions&) {
  if (!was_reset_refused(known) || !known.at.reachability) return {};
  std::string scheme;
  if (port_that_speaks_mqtt(known, scheme) != 0) return {};
  const port_fact* sign = nullptr;
  for (const auto& port : known.at.reachability->ports) {
    if (port.speaks == spoken_protocol::amqp || port.speaks == spoken_protocol::openwire ||
        port.product.find("RabbitMQ") != std::string::npos ||
        port.product.find("ActiveMQ") != std::string::npos) {
      sign = &port;
      break;
    }
  }
  if (sign == nullptr) return {};
  const bool is_rabbit =
      sign->speaks == spoken_protocol::amqp || sign->product.find("Rabbit") != std::string::npos;
  made_finding made("host-mqtt-plugin-off", certainty::likely, strength::usual,
                    words(N_("{product} runs there, but its MQTT part is not switched on."),
                          {{"product", is_rabbit ? "RabbitMQ" : "ActiveMQ"}}));
  made.seen(refusal_words(known))
      .seen(words(N_("Port {other} answers as {product}."),
                  {{"other", std::to_string(sign->port)},
                   {"product", is_rabbit ? "RabbitMQ" : "ActiveMQ"}}));
  if (is_rabbit) {
    return made.mend(words(N_("Switch the plugin on:")),
                     "sudo rabbitmq-plugins enable rabbitmq_mqtt");
  }
  return made.lines(words(N_("Add a connector to activemq.xml and start again:")),
                    "<transportConnector name=\"mqtt\" uri=\"mqtt://0.0.0.0:1883\"/>",
                    "activemq.xml");
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"tcp-refused-wrong-port", N_("nothing listens on this port; the broker has another"),
     layer::port, exit_code::cannot_connect, station::broker, severity::problem, wrong_port},
    {"tcp-refused-loopback-listener", N_("the broker listens on a loopback address only"),
     layer::port, exit_code::cannot_connect, station::broker, severity::problem, loopback_listener,
     attempt_end::reset},
    {"tcp-refused-not-running", N_("no broker runs, or it has no listener on the port"),
     layer::port, exit_code::cannot_connect, station::broker, severity::problem, not_running,
     attempt_end::reset},
    {"tcp-refused-by-firewall-reset", N_("a firewall refuses with a reset, as a closed port does"),
     layer::port, exit_code::cannot_connect, station::firewall, severity::problem, firewall_reset,
     attempt_end::reset},
    {"tcp-docker-port-not-published", N_("Docker does not publish the port, or on loopback only"),
     layer::port, exit_code::cannot_connect, station::broker, severity::problem, docker_port},
};

constexpr second_look looks[] = {
    {"host-mqtt-plugin-off", plugin_off},
};

}  // namespace

cause_table port_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
