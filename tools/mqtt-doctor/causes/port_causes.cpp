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

/// Whether the refusal was an RST: with an ICMP message the socket's error queue would hold one.
bool was_reset_refused(const view& known) {
  return connect_was(known, connect_outcome::refused) && !known.client()->connect.icmp;
}

const icmp_fact* icmp_of(const view& known) {
  if (known.client() == nullptr || !known.client()->connect.icmp) return nullptr;
  return &*known.client()->connect.icmp;
}

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
    made_finding made("tcp-refused-loopback-listener",
                      is_doubtful ? certainty::possible : certainty::likely,
                      is_open_elsewhere ? strength::aside : strength::one_of_several,
                      words(N_("The broker probably listens on 127.0.0.1 only. mosquitto 2 does "
                               "that until its configuration names a listener.")));
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
  return made_finding(
             "tcp-refused-not-running", is_loopback ? certainty::likely : certainty::possible,
             is_loopback ? strength::usual : strength::fits,
             words(N_("Nothing listens on port {port}: the broker is not running, or uses another "
                      "port."),
                   {{"port", known.port()}}))
      .seen(refusal_words(known))
      .seen(others_words(known))
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

maybe_finding refused_by_icmp(const view& known, exclusions& excluded) {
  const icmp_fact* const icmp = icmp_of(known);
  if (icmp == nullptr) {
    if (was_reset_refused(known)) {
      exclude(excluded, "tcp-refused-by-icmp",
              words(N_("A rejecting firewall sends ICMP, and none came.")));
    }
    return {};
  }
  const bool is_refusal = kind_of(*icmp) == icmp_kind::port_unreachable ||
                          kind_of(*icmp) == icmp_kind::protocol_unreachable;
  if (!is_refusal || icmp->from_self) return {};
  return made_finding(
             "tcp-refused-by-icmp", certainty::certain, strength::seen,
             words(N_("A firewall on {from} refuses port {port}; this is not a closed port."),
                   {{"from", icmp->from}, {"port", known.port()}}))
      .seen(icmp_words(*icmp, known.client()->connect.ms))
      .mend(words(N_("Allow the port before the rule that rejects:")),
            "sudo ufw allow " + known.port() + "/tcp")
      .mend(words(N_("or, with plain nftables:")),
            "sudo nft insert rule inet filter input tcp dport " + known.port() + " accept")
      .apart(
          words(N_("A limit on new connections (ufw limit) looks the same for half a minute: wait "
                   "35 s and try once more. So does a ban of this address (fail2ban), which no "
                   "rule for the port lifts; on that machine:")),
          "sudo fail2ban-client status; sudo iptables -S | grep REJECT");
}

maybe_finding rate_limit(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr) return {};
  const contact* later = nullptr;
  for (const auto& contact : known.at.contacts) {
    if (contact.address != client->address || &contact == client) continue;
    // A later connection succeeded, so no limit is in force.
    if (contact.connect.is_connected()) later = nullptr;
    if (!contact.connect.is_connected() && contact.purpose != contact_purpose::address &&
        contact.purpose != contact_purpose::loss) {
      later = &contact;
    }
  }
  if (client->connect.is_connected() && later != nullptr) {
    return made_finding(
               "tcp-refused-rate-limit", certainty::likely, strength::agreed,
               words(N_("The server lets in only a few new connections from one address and then "
                        "refuses or drops them ({outcome})."),
                     {{"outcome", later->connect.error}}))
        .seen(words(N_("The first connection stood; a later one to the same port did not.")))
        .mend(words(N_("With ufw:")), "sudo ufw delete limit " + known.port() +
                                          "/tcp; sudo ufw allow " + known.port() + "/tcp")
        .in_app(words(N_("Let the app wait longer between attempts.")));
  }
  const icmp_fact* const icmp = icmp_of(known);
  if (icmp == nullptr || kind_of(*icmp) != icmp_kind::port_unreachable || icmp->from_self)
    return {};
  return made_finding(
             "tcp-refused-rate-limit", certainty::possible, strength::fits,
             words(N_("If it worked a minute ago: the server refuses the 6th connection within 30 "
                      "s from one address (ufw limit).")))
      .seen(icmp_words(*icmp, client->connect.ms))
      .mend(words(N_("With ufw:")), "sudo ufw delete limit " + known.port() +
                                        "/tcp; sudo ufw allow " + known.port() + "/tcp")
      .apart(words(N_("Wait 35 seconds and run this again: a limit lets the first one in.")));
}

maybe_finding admin_prohibited(const view& known, exclusions&) {
  const icmp_fact* const icmp = icmp_of(known);
  if (icmp == nullptr || kind_of(*icmp) != icmp_kind::admin_prohibited || !icmp->from_target)
    return {};
  return made_finding(
             "tcp-unreachable-admin-prohibited", certainty::certain, strength::told,
             words(N_("The server itself answered \"administratively prohibited\": its firewall "
                      "(firewalld by default) blocks port {port}. Routing is fine."),
                   {{"port", known.port()}}))
      .seen(icmp_words(*icmp, known.client()->connect.ms))
      .mend(words(N_("With firewalld:")), "sudo firewall-cmd --permanent --add-port=" +
                                              known.port() + "/tcp && sudo firewall-cmd --reload");
}

maybe_finding host_prohibited(const view& known, exclusions&) {
  const icmp_fact* const icmp = icmp_of(known);
  if (icmp == nullptr || kind_of(*icmp) != icmp_kind::host_prohibited || !icmp->from_target)
    return {};
  return made_finding(
             "tcp-unreachable-host-prohibited", certainty::certain, strength::told,
             words(N_("The server's own firewall rejects port {port}: the default REJECT of its "
                      "image "
                      "(iptables), which stands before any rule that is appended, or firewalld."),
                   {{"port", known.port()}}))
      .seen(icmp_words(*icmp, known.client()->connect.ms))
      .mend(words(N_("Insert the rule before the REJECT, and keep it:")),
            "sudo iptables -I INPUT 1 -p tcp --dport " + known.port() +
                " -j ACCEPT && sudo netfilter-persistent save")
      .mend(words(N_("or, with plain nftables:")),
            "sudo nft insert rule inet filter input tcp dport " + known.port() + " accept")
      .mend(words(N_("With firewalld:")), "sudo firewall-cmd --permanent --add-port=" +
                                              known.port() + "/tcp && sudo firewall-cmd --reload")
      .in_console(words(N_("On Oracle Cloud, open the port in the security list as well.")));
}

maybe_finding router_acl(const view& known, exclusions&) {
  const icmp_fact* const icmp = icmp_of(known);
  if (icmp == nullptr || icmp->from_target || icmp->from_self) return {};
  const icmp_kind kind = kind_of(*icmp);
  const bool is_fast = known.client()->connect.ms < slow_neighbour_ms;
  const bool is_prohibited = kind == icmp_kind::admin_prohibited ||
                             kind == icmp_kind::host_prohibited ||
                             kind == icmp_kind::net_prohibited;
  const bool is_quick_no = kind == icmp_kind::host_unreachable && (is_fast || icmp->is_v6);
  if (!is_prohibited && !is_quick_no) return {};
  // When no port of the host answers, the router knows no way to the host, and the port is not to
  // blame: a look for an absent machine that began earlier ends as quickly.
  const bool is_about_host = is_quick_no && !is_host_alive(known);
  return made_finding(
             "tcp-unreachable-router-acl", is_about_host ? certainty::possible : certainty::certain,
             is_prohibited   ? strength::measured
             : is_about_host ? strength::first_of_several
                             : strength::usual,
             words(N_("{from}, a router on the way, refuses port {port}; the server never sees the "
                      "connection."),
                   {{"from", icmp->from}, {"port", known.port()}}))
      .seen(icmp_words(*icmp, known.client()->connect.ms))
      .mend(words(N_("Change that router's rules, or try from another network (mobile data).")), {},
            place::console);
}

maybe_finding no_route_for_router(const view& known, exclusions&) {
  const icmp_fact* const icmp = icmp_of(known);
  if (icmp == nullptr || kind_of(*icmp) != icmp_kind::net_unreachable) return {};
  const address_class kind = class_of(known.client()->address);
  const bool is_global = kind == address_class::global;
  return made_finding("tcp-unreachable-no-route", certainty::certain,
                      is_global ? strength::seen : strength::first_of_several,
                      words(N_("{from}, a router on the way, knows no way to {address}."),
                            {{"from", icmp->from}, {"address", known.client()->address}}))
      .seen(icmp_words(*icmp, known.client()->connect.ms))
      .in_app(words(N_("Check the address; if it is right, the network between is broken.")));
}

maybe_finding host_down(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr) return {};
  const icmp_fact* const icmp = icmp_of(known);
  if (icmp != nullptr && kind_of(*icmp) == icmp_kind::host_unreachable && !icmp->from_target &&
      client->connect.ms >= slow_neighbour_ms && !is_host_alive(known)) {
    return made_finding("tcp-unreachable-host-down", certainty::certain,
                        icmp->from_self ? strength::usual : strength::seen,
                        words(N_("Nobody answers at {address}: {from} looked for it on its network "
                                 "in vain. The "
                                 "machine is off or asleep, or has another address."),
                              {{"address", client->address}, {"from", icmp->from}}))
        .seen(icmp_words(*icmp, client->connect.ms))
        .mend(words(N_("Start the machine, or correct the address.")));
  }
  // A phone tries no other ports, and the machine that served its page is up.
  const bool has_tried_others = !known.all.phone;
  if (connect_was(known, connect_outcome::silent) && has_tried_others &&
      open_ports(known).empty()) {
    // In the own network the system itself reports an absent machine, after 3 s (ARP).
    if (is_neighbour(known)) return {};
    const bool is_near = is_on_link(known.all.local, client->address);
    return made_finding(
               "tcp-unreachable-host-down", certainty::possible,
               is_near ? strength::fits : strength::one_of_several,
               words(N_("Nothing at all answers at {address}: the address is wrong, or the machine "
                        "is down."),
                     {{"address", client->address}}))
        .seen(words(
            N_("Port {port} and {count} other ports stayed silent."),
            {{"port", known.port()},
             {"count",
              std::to_string(known.at.reachability ? known.at.reachability->ports.size() : 0)}}))
        .mend(words(N_("Compare the address with the one in the cloud console, and see whether the "
                       "machine "
                       "runs.")),
              {}, place::console)
        .apart(words(N_("Does it answer at all?")), "ping -c 3 " + client->address);
  }
  return {};
}

maybe_finding client_offline(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !connect_was(known, connect_outcome::net_unreachable) ||
      icmp_of(known) != nullptr)
    return {};
  if (known.all.local.has_v4_route || known.all.local.has_v6_route) return {};
  if (class_of(client->address) == address_class::link_local) return {};
  return made_finding("tcp-client-offline", certainty::certain, strength::told,
                      words(N_("This device has no route to the Internet.")))
      .seen(words(N_("Connecting failed at once (ENETUNREACH), and there is no default route.")))
      .look(words(N_("Connect it to Wi-Fi or mobile data.")), "ip route", place::here);
}

maybe_finding ipv6_only_client(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !connect_was(known, connect_outcome::net_unreachable) ||
      icmp_of(known) != nullptr)
    return {};
  const bool is_v4 = client->address.find(':') == std::string::npos;
  if (!is_v4 || known.all.local.has_v4_route || !known.all.local.has_v6_route) return {};
  return made_finding(
             "tcp-ipv6-only-client", certainty::certain, strength::told,
             words(N_("This network has IPv6 only (as some mobile carriers do): an IPv4 address "
                      "cannot be dialled, a name can.")))
      .seen(words(N_("There is an IPv6 route and no IPv4 route; connecting failed at once.")))
      .in_app(words(N_("Use a host name instead of the IPv4 address {address}."),
                    {{"address", client->address}}));
}

/// The rule of this machine's firewall that stops the broker's answers was found.
maybe_finding own_firewall_at_answers(const view& known) {
  const firewall_fact& rule = *known.all.local.outgoing;
  if (!connect_was(known, connect_outcome::silent)) return {};
  const std::string address = shell_word(known.client()->address);
  const bool is_v6 = is_v6_text(address);
  const places values{{"tool", tool_name(rule.tool)},
                      {"port", known.port()},
                      {"chain", rule.chain},
                      {"rule", rule.rule}};
  made_finding made("tcp-local-policy", certainty::certain, strength::proven,
                    words(N_("This machine's own firewall ({tool}) lets connections to port {port} "
                             "out, and stops what comes back from there."),
                          values));
  made.seen(refusal_or_silence(known))
      .seen(rule.is_by_policy()
                ? words(N_("No rule lets the answers in, and the policy of {chain} is to drop."),
                        values)
                : words(N_("The rule that decides, in {chain}: {rule}"), values));
  const std::string command =
      rule.tool == firewall_tool::nft
          ? "sudo nft insert rule " + nft_chain(rule.chain) + (is_v6 ? " ip6" : " ip") + " saddr " +
                address + " tcp sport " + known.port() + " ct state established accept"
          : iptables_insertion(rule.chain, is_v6) + " -s " + address + " -p tcp --sport " +
                known.port() + " -m conntrack --ctstate ESTABLISHED -j ACCEPT";
  return made.mend(words(N_("Let the answers from that one address and port in:")), command,
                   place::here);
}

/// The rule of this machine's firewall that stops the connection was found.
maybe_finding own_firewall(const view& known) {
  const firewall_fact& rule = *known.all.local.outgoing;
  const contact& client = *known.client();
  const bool is_v6 = client.address.find(':') != std::string::npos;
  const places values{{"tool", tool_name(rule.tool)},
                      {"port", known.port()},
                      {"chain", rule.chain},
                      {"rule", rule.rule}};
  made_finding made("tcp-local-policy", certainty::certain, strength::proven,
                    words(N_("This machine's own firewall ({tool}) lets no connection to port "
                             "{port} out."),
                          values));
  made.seen(refusal_or_silence(known))
      .seen(rule.is_by_policy()
                ? words(N_("No rule lets port {port} in, and the policy of {chain} is to drop."),
                        values)
                : words(N_("The rule that decides, in {chain}: {rule}"), values));
  const std::string to = std::string(is_v6 ? "ip6" : "ip") + " daddr " + shell_word(client.address);
  const std::string command =
      rule.tool == firewall_tool::ufw ? "sudo ufw allow out " + known.port() + "/tcp"
      : rule.tool == firewall_tool::nft
          ? "sudo nft insert rule " + nft_chain(rule.chain) + " " + to + " tcp dport " +
                known.port() + " accept"
          : iptables_insertion(rule.chain.starts_with("legacy ") ? "legacy OUTPUT" : "OUTPUT",
                               is_v6) +
                " -d " + shell_word(client.address) + " -p tcp --dport " + known.port() +
                " -j ACCEPT";
  return made.mend(words(N_("Let connections to that one address and port out:")), command,
                   place::here);
}

maybe_finding local_policy(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || is_connected(known)) return {};
  if (known.all.local.outgoing && known.all.local.outgoing->is_reply)
    return own_firewall_at_answers(known);
  if (known.all.local.outgoing) return own_firewall(known);
  const icmp_fact* const icmp = icmp_of(known);
  const bool has_own_notice = icmp != nullptr && icmp->from_self &&
                              client->connect.ms < slow_neighbour_ms &&
                              class_of(client->address) != address_class::loopback;
  constexpr double at_once_ms = 5;
  const bool is_at_once = icmp == nullptr && client->connect.ms < at_once_ms;
  const bool is_local_error = is_at_once &&
                              class_of(client->address) != address_class::link_local &&
                              (connect_was(known, connect_outcome::forbidden) ||
                               connect_was(known, connect_outcome::invalid) ||
                               connect_was(known, connect_outcome::host_unreachable));
  if (!has_own_notice && !is_local_error) return {};
  // A nearby router rejects in the same way, and its ICMP message is not always visible.
  const bool may_be_a_router =
      !has_own_notice &&
      (connect_was(known, connect_outcome::host_unreachable) || is_v6_text(client->address));
  return made_finding(
             "tcp-local-policy", may_be_a_router ? certainty::likely : certainty::certain,
             may_be_a_router ? strength::usual : strength::measured,
             words(N_("A rule on this device forbids the connection ({error}); no packet left it."),
                   {{"error", client->connect.error}}))
      .seen(words(N_("It failed after {time}, and nobody on the network said no."),
                  {{"time", time_text(client->connect.ms)}}))
      .look(words(N_("Look at this device's firewall, VPN kill switch and routing rules:")),
            "ip rule; ip route get " + client->address, place::here);
}

/// Without an IPv6 address of its own a device has none to dial an IPv6 address from, not even ::1,
/// and connect() fails with the error that a lack of free ports gives.
maybe_finding no_address_to_dial_from(const view& known) {
  const std::string& address = known.client()->address;
  const auto& own = known.all.local.interfaces;
  const bool has_v6 = std::any_of(own.begin(), own.end(),
                                  [](const auto& each) { return is_v6_text(each.address); });
  if (!is_v6_text(address) || has_v6) return {};
  made_finding made(
      "tcp-client-offline", certainty::certain, strength::told,
      words(N_("IPv6 is switched off on this device, and {address} is an IPv6 address."),
            {{"address", address}}));
  return made
      .seen(words(N_("connect() failed with EADDRNOTAVAIL, and no interface has an IPv6 address.")))
      .in_app(is_loopback(address)
                  ? words(N_("Dial 127.0.0.1 in the place of {address}."), {{"address", address}})
                  : words(N_("Dial the broker's IPv4 address, or use a network with IPv6.")))
      .look(words(N_("Whether it is switched off (1) shows:")),
            "sysctl net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.lo.disable_ipv6", place::here);
}

/// The option asks for a way out by an address that this machine does not have.
maybe_finding dialled_from_elsewhere(const view& known) {
  const std::string& option = known.asked().family_because;
  if (!option.starts_with("-A ")) return {};
  const std::string wanted = option.substr(3);
  const auto& own = known.all.local.interfaces;
  const bool is_own =
      std::any_of(own.begin(), own.end(), [&](const auto& each) { return each.address == wanted; });
  if (is_own || own.empty() || is_loopback(wanted)) return {};
  std::vector<std::string> addresses;
  for (const auto& each : own) addresses.push_back(each.address);
  const places with{{"option", option}, {"wanted", wanted}, {"addresses", list_text(addresses)}};
  return made_finding("tcp-local-policy", certainty::certain, strength::typed,
                      words(N_("{option} asks to connect from {wanted}, which is no address of "
                               "this machine: no packet left it."),
                            with))
      .seen(words(N_("connect() failed with EADDRNOTAVAIL.")))
      .seen(words(N_("This machine has the addresses {addresses}."), with))
      .mend(words(N_("Ask again without {option}."), {{"option", option}}), {}, place::here);
}

maybe_finding no_local_port(const view& known, exclusions&) {
  if (!connect_was(known, connect_outcome::no_local_port)) return {};
  if (auto found = dialled_from_elsewhere(known)) return found;
  if (auto found = no_address_to_dial_from(known)) return found;
  return made_finding("tcp-ephemeral-ports-exhausted",
                      is_v6_text(known.client()->address) ? certainty::likely : certainty::certain,
                      strength::told,
                      words(N_("This machine has no free local port towards {where}."),
                            {{"where", dialled(known)}}))
      .seen(words(N_("connect() failed with EADDRNOTAVAIL.")))
      .look(words(N_("Reuse connections; see how many wait in TIME-WAIT, and widen the range:")),
            "ss -s; sysctl net.ipv4.ip_local_port_range", place::here);
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
    {"tcp-refused-by-icmp", N_("a firewall refuses with an ICMP message"), layer::port,
     exit_code::cannot_connect, station::firewall, severity::problem, refused_by_icmp,
     attempt_end::icmp},
    {"tcp-refused-rate-limit", N_("a firewall limits how often one may connect"), layer::port,
     exit_code::cannot_connect, station::firewall, severity::problem, rate_limit},
    {"tcp-unreachable-admin-prohibited",
     N_("the server's firewall refuses as \"administratively prohibited\""), layer::port,
     exit_code::cannot_connect, station::firewall, severity::problem, admin_prohibited,
     attempt_end::icmp},
    {"tcp-unreachable-host-prohibited",
     N_("the default REJECT of the server's iptables stands before the rule that allows the port"),
     layer::port, exit_code::cannot_connect, station::firewall, severity::problem, host_prohibited,
     attempt_end::icmp},
    {"tcp-unreachable-router-acl", N_("a router on the way refuses the port"), layer::port,
     exit_code::cannot_connect, station::network, severity::problem, router_acl},
    {"tcp-unreachable-no-route", N_("a router on the way knows no way to the address"), layer::port,
     exit_code::cannot_connect, station::network, severity::problem, no_route_for_router},
    {"tcp-unreachable-host-down", N_("no machine has the address"), layer::port,
     exit_code::cannot_connect, station::network, severity::problem, host_down},
    {"tcp-client-offline", N_("this device has no route to the Internet"), layer::port,
     exit_code::cannot_connect, station::client, severity::problem, client_offline},
    {"tcp-ipv6-only-client", N_("this network has IPv6 only, and an IPv4 address was dialled"),
     layer::port, exit_code::cannot_connect, station::network, severity::problem, ipv6_only_client},
    {"tcp-local-policy", N_("a rule on this device forbids the connection"), layer::port,
     exit_code::cannot_connect, station::client, severity::problem, local_policy},
    {"tcp-ephemeral-ports-exhausted", N_("this machine has no free local port"), layer::port,
     exit_code::cannot_connect, station::client, severity::problem, no_local_port},
};

constexpr second_look looks[] = {
    {"host-mqtt-plugin-off", plugin_off},
};

}  // namespace

cause_table port_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
