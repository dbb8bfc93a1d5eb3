// What the way out of the client's own network, or a tunnel's name, says of a broker that is not
// reached.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/tunnels.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether a connection on which nothing was said was hung up on.
bool was_hung_up_on_in_silence(const view& known) {
  const contact* const quiet = known.at.find(contact_purpose::quiet);
  return quiet != nullptr && was_ended_by_peer(*quiet) && quiet->received.empty();
}

/// A tunnel's own end answers, or refuses, and nobody holds the other one.
maybe_finding tunnel_ended(const view& known, exclusions&) {
  const tunnel_service* const tunnel = tunnel_of(known.asked().host);
  const contact* const client = known.client();
  if (tunnel == nullptr || client == nullptr || accepted(known) != nullptr) return {};
  const bool is_hung_up = client->connect.is_connected() && client->received.empty() &&
                          was_hung_up_on_in_silence(known);
  const bool is_silent = connect_was(known, connect_outcome::silent);
  if (!was_reset_refused(known) && !is_hung_up && !is_silent) return {};
  const places with{{"host", known.host()}, {"name", tunnel->name}, {"port", known.port()}};
  made_finding made(
      "tcp-refused-not-running", certainty::likely, is_hung_up ? strength::usual : strength::agreed,
      is_hung_up ? words(N_("{host} is an end of a tunnel of {name}, which took the "
                            "connection and hung up: the other end is gone, or finds no "
                            "broker at the port it leads to."),
                         with)
                 : words(N_("{host} is an end of a tunnel of {name}, and no tunnel is open "
                            "at port {port}: the program that holds it does not run, or "
                            "was given another port when it was started anew."),
                         with));
  if (is_hung_up) {
    made.seen(
        words(N_("A connection that says nothing was closed by the other side, before a "
                 "byte was sent.")));
  } else {
    made.seen(words(N_("{address}:{port} belongs to {name}; {error} after {time}."),
                    {{"address", client->address},
                     {"port", known.port()},
                     {"name", tunnel->name},
                     {"error", client->connect.error},
                     {"time", time_text(client->connect.ms)}}));
  }
  made.look(words(N_("On the broker's machine, is there a broker for the tunnel to lead to?")),
            "mqtt-doctor localhost:1883 --on-broker", place::server);
  if (tunnel->command != nullptr)
    made.mend(words(N_("Open the tunnel again, and take the host and port that it prints:")),
              tunnel->command);
  return made.in_app(
      words(N_("Set the host and port that the tunnel shows now: free ones change with each "
               "start.")));
}

/// Whether the name or the connection failed as behind a network that lets nothing out directly.
bool is_shut_in(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr) return known.all.name.addresses.empty();
  if (class_of(client->address) != address_class::global) return false;
  return !client->connect.is_connected() && !was_reset_refused(known);
}

/// The environment names a proxy: browsers go through it, and a client of MQTT does not.
maybe_finding behind_a_proxy(const view& known, exclusions&) {
  const auto& proxies = known.all.local.proxies;
  const contact* const client = known.client();
  if (proxies.empty() || known.all.local.is_target || !is_shut_in(known)) return {};
  const auto asked = std::find_if(proxies.begin(), proxies.end(),
                                  [](const set_proxy_fact& each) { return each.status != 0; });
  const set_proxy_fact& proxy = asked != proxies.end() ? *asked : proxies.front();
  const places with{{"variable", proxy.variable},
                    {"proxy", proxy.address},
                    {"target", known.target()},
                    {"port", known.port()},
                    {"status", std::to_string(proxy.status)}};
  constexpr int fine = 200, wants_login = 407, first_failure = 500;
  const bool is_open = proxy.status / 100 * 100 == fine;
  const bool is_shut = proxy.status >= 400 && proxy.status < first_failure;
  made_finding made(
      "tcp-egress-blocked", is_open ? certainty::likely : certainty::possible,
      is_open && client == nullptr ? strength::proven
      : is_open                    ? strength::agreed
      : is_shut                    ? strength::usual
                                   : strength::leaning,
      is_open ? words(N_("This network lets nothing out but through its proxy {proxy}, which would "
                         "pass {target} on; a client of MQTT goes directly unless told otherwise."),
                      with)
      : proxy.status == wants_login
          ? words(N_("This network has a proxy for going out, {proxy}, which wants a login; a "
                     "client of MQTT goes directly, and does not get out."),
                  with)
          : words(N_("This network has a proxy for going out, {proxy}; a client of MQTT goes "
                     "directly, and port {port} probably does not get out."),
                  with));
  made.seen(words(N_("{variable} names {proxy}. Browsers use it, clients of MQTT do not."), with));
  if (proxy.status != 0)
    made.seen(words(N_("Asked for a way to {target}, it answered {status}."), with));
  if (client == nullptr)
    made.seen(words(N_("{host} has no address here: the proxy itself looks names up."),
                    {{"host", known.host()}}));
  if (!proxy.error.empty())
    made.seen(words(N_("It cannot be reached itself: {error}."), {{"error", proxy.error}}));
  if (is_open)
    made.in_app(words(N_("Set {proxy} as HTTP proxy in the app, if it can have one (paho and "
                         "MQTT.js can)."),
                      with));
  return made
      .in_app(words(N_("Or use MQTT over WebSocket with TLS on port 443 (wss), which such proxies "
                       "pass on, and give the app the proxy.")))
      .mend(words(N_("Or ask who runs the network to let port {port} out."), with), {},
            place::console)
      .apart(words(N_("From a network without a proxy, as mobile data, does it work?")),
             doctor_command(known));
}

/// The dialled address lies in a network that a program of this machine made for its containers or
/// guests, and nobody there has it.
maybe_finding own_made_network(const view& known, exclusions&) {
  const contact* const client = known.client();
  const interface_fact* const way = made_way(known);
  if (way == nullptr || way->driver != "bridge" || known.all.local.is_target) return {};
  if (!is_made_by_a_program(way->name)) return {};  // the bridge of a router's own network
  const auto& icmp = client->connect.icmp;
  const bool is_in_vain =
      connect_was(known, connect_outcome::host_unreachable) && (!icmp || icmp->from_self);
  if (!is_in_vain || is_host_alive(known)) return {};
  const places with{{"address", client->address},
                    {"name", way->name},
                    {"own", way->address + "/" + std::to_string(way->prefix)}};
  const bool is_dockers = way->name.starts_with("br-") || way->name.starts_with("docker");
  made_finding made(
      "tcp-unreachable-host-down", certainty::likely, strength::measured,
      words(N_("{address} leads into a network of this machine's own, {own} of its bridge {name} "
               "(containers or guests), where nobody has that address: if the broker is in a "
               "network outside, the two overlap."),
            with));
  made.seen(words(N_("{name} is a bridge of this machine and has {own}; whoever is dialled in that "
                     "network is looked for there, and not by the router."),
                  with));
  if (icmp) made.seen(icmp_words(*icmp, client->connect.ms));
  if (is_dockers)
    made.look(words(N_("Which of Docker's networks that is:")),
              "docker network ls; ip route get " + shell_word(client->address), place::here)
        .mend(
            words(N_("Give it other addresses: make it anew with another --subnet, and for all to "
                     "come set \"default-address-pools\" in /etc/docker/daemon.json."),
                  with),
            {}, place::here);
  else
    made.mend(
        words(N_("Give the network behind {name} other addresses, in the program that made it."),
              with),
        {}, place::here);
  return made.in_app(words(N_("If the broker is a container or guest behind {name}, start it, or "
                              "correct the address."),
                           with));
}

/// A container with a network card of its own on the machine's (macvlan, ipvlan) cannot reach that
/// machine by it.
maybe_finding host_behind_macvlan(const view& known, exclusions&) {
  const contact* const client = known.client();
  const interface_fact* const way = made_way(known);
  if (way == nullptr || way->driver == "bridge" || known.all.local.is_target) return {};
  const bool is_in_vain = connect_was(known, connect_outcome::host_unreachable) ||
                          connect_was(known, connect_outcome::silent);
  if (!is_in_vain || is_host_alive(known)) return {};
  const places with{{"address", client->address}, {"name", way->name}, {"kind", way->driver}};
  made_finding made(
      "tcp-unreachable-host-down", certainty::likely, strength::measured,
      words(N_("{name} is a {kind} interface, which reaches every machine of its network but the "
               "one it runs on: if {address} is that machine's own, it cannot be reached from "
               "here; else nobody has that address, or its machine is off."),
            with));
  made.seen(words(N_("The way to {address} is {name}, and its driver is {kind}."), with));
  if (client->connect.icmp) made.seen(icmp_words(*client->connect.icmp, client->connect.ms));
  return made
      .mend(
          words(N_("Give the container a second network, an ordinary bridge of Docker's, and dial "
                   "the machine by that one's gateway:")),
          {}, place::console)
      .fill_in(words(N_("On the machine, with the container's name for CONTAINER:")),
               "docker network connect bridge CONTAINER")
      .fill_in(words(N_("or give the machine itself a {kind} interface on the same card, with an "
                        "address of its own (CARD, FREE) to be dialled from the container:"),
                     with),
               "sudo ip link add own0 link CARD type " + way->driver + " mode " +
                   (way->driver == "macvlan" ? "bridge" : "l2") +
                   " && sudo ip address add FREE/32 dev own0 && sudo ip link set own0 up")
      .apart(words(N_("Does another machine of the network reach it?")), doctor_command(known));
}

/// An IPv6 address alone was dialled, and the broker may listen on IPv4 only.
maybe_finding refused_by_ipv6(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !was_reset_refused(known) || known.all.host) return {};
  if (!is_v6_text(client->address) || class_of(client->address) == address_class::loopback)
    return {};
  const auto& all = known.all.name.addresses;
  const bool has_v4 = std::any_of(all.begin(), all.end(),
                                  [](const std::string& each) { return !is_v6_text(each); });
  if (has_v4 || port_that_speaks(known, spoken_protocol::mqtt) != 0 ||
      tunnel_of(known.asked().host) != nullptr)
    return {};
  const places with{{"address", client->address}, {"port", known.port()}};
  return made_finding(
             "tcp-ipv6-listener-missing", certainty::possible, strength::first_of_several,
             words(N_("Only an IPv6 address was dialled, and the broker may listen on IPv4 alone "
                      "(listener {port} 0.0.0.0, or a container published for IPv4)."),
                   with))
      .seen(
          words(N_("{address} is there and refuses port {port}; no IPv4 address was asked."), with))
      .in_app(words(N_("Use the machine's IPv4 address, or a name that has one.")))
      .mend(words(N_("Or let the broker listen on IPv6 as well (mosquitto: \"listener {port}\" "
                     "without an address)."),
                  with))
      .apart(words(N_("On the server, this shows who listens where:")), "ss -ltn");
}

/// Port of MQTT answers HTTP and sends the client to a page of another host: so do the pages of
/// networks that want everybody to sign in first.
maybe_finding sent_to_sign_in(const view& known, exclusions&) {
  const std::string page = sign_in_page(known);
  if (page.empty() || is_behind_login_page(known)) return {};
  const places with{{"port", known.port()}, {"page", page}};
  made_finding made("path-captive-portal", certainty::likely, strength::told,
                    words(N_("A sign-in page answers in the broker's place: what took the "
                             "connection to port {port} sends everybody to {page}."),
                          with));
  return made
      .seen(
          words(N_("It was answered with {speaks}: {text}"),
                {{"speaks", known.client()->speaks}, {"text", known.client()->text.substr(0, 80)}}))
      .mend(words(N_("Open {page} in this device's browser, and sign in to the network (Wi-Fi, "
                     "hotel, guests); or use another network."),
                  with),
            {}, place::here);
}

/// Every address is one of IPv6, and this network has none.
maybe_finding without_ipv6(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !connect_was(known, connect_outcome::net_unreachable) ||
      client->connect.icmp || !is_v6_text(client->address))
    return {};
  const local_facts& local = known.all.local;
  if (local.has_v6_route || !local.has_v4_route ||
      class_of(client->address) != address_class::global)
    return {};
  const auto& all = known.all.name.addresses;
  if (std::any_of(all.begin(), all.end(), [](const auto& each) { return !is_v6_text(each); }))
    return {};
  const places with{{"address", client->address}, {"host", known.host()}};
  const bool is_literal = known.all.name.is_literal;
  return made_finding(is_literal ? "tcp-unreachable-no-route" : "dns-no-address-for-family",
                      certainty::certain, strength::told,
                      is_literal
                          ? words(N_("{address} is an address of IPv6, and this network has IPv4 "
                                     "only."),
                                  with)
                          : words(N_("{host} has only an IPv6 address, and this network has no "
                                     "IPv6."),
                                  with))
      .seen(words(N_("There is an IPv4 route and no IPv6 route; connecting failed at once.")))
      .in_app(words(N_("Connect from a network that has IPv6 (many mobile carriers do), or use an "
                       "IPv4 address of the broker.")))
      .mend(
          words(N_("At home behind DS-Lite no IPv4 leads in: a small server on the Internet, or a "
                   "tunnel, can take IPv4 and pass it on.")),
          {}, place::console);
}

maybe_finding literal_without_ipv6(const view& known, exclusions&) {
  return known.all.name.is_literal ? without_ipv6(known) : maybe_finding();
}

maybe_finding name_without_ipv6(const view& known, exclusions&) {
  return known.all.name.is_literal ? maybe_finding() : without_ipv6(known);
}

/// The first or last address of a private network is most often its router's.
maybe_finding address_of_some_router(const view& known) {
  const contact& client = *known.client();
  const std::string& address = client.address;
  const bool is_first_or_last = address.ends_with(".1") || address.ends_with(".254");
  if (!is_first_or_last || class_of(address) != address_class::private_use ||
      !was_reset_refused(known) || !known.all.name.is_literal)
    return {};
  if (port_that_speaks(known, spoken_protocol::mqtt) != 0) return {};
  const places with{{"address", address}};
  return made_finding("input-wrong-address", certainty::possible, strength::first_of_several,
                      words(N_("{address} is the address that a router most often has; the broker "
                               "has its own one in that network."),
                            with))
      .seen(words(N_("{address} is there and refuses the port."), with))
      .in_app(words(N_("Set the address of the broker's machine, which the router's list of "
                       "devices shows.")));
}

/// The page of a home router answers where the port is silent or closed: nothing is forwarded.
maybe_finding router_answers(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || is_connected(known) || !known.at.reachability || known.all.host)
    return {};
  if (class_of(client->address) != address_class::global) return {};
  for (const auto& port : known.at.reachability->ports) {
    constexpr std::string_view sign = "router: ";
    if (!port.product.starts_with(sign)) continue;
    const places with{{"address", client->address},
                      {"router", port.product.substr(sign.size())},
                      {"other", std::to_string(port.port)},
                      {"port", known.port()}};
    return made_finding(
               "tcp-port-forward-wrong", certainty::likely, strength::agreed,
               words(N_("What answers at {address} is a router ({router}), and it does not "
                        "pass port {port} on to the broker."),
                     with))
        .seen(words(N_("Port {other} answers with the page of {router}."), with))
        .in_console(words(N_("In the router, forward TCP {port} to the broker's local address and "
                             "the same port."),
                          with))
        .in_console(words(N_("If it is somebody else's router, the name is stale: let the dynamic "
                             "DNS client set it anew.")));
  }
  return {};
}

/// The router's own address was dialled; a broker is seldom there.
maybe_finding router_was_dialled(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || is_connected(known) || known.all.host) return {};
  const std::string& router = known.all.local.v4_gateway;
  if (router.empty() || client->address != router) return address_of_some_router(known);
  const places with{{"address", router}, {"name", known.all.local.v4_route_by}};
  return made_finding("input-wrong-address", certainty::possible, strength::first_of_several,
                      words(N_("{address} is the router of this network, by which this device goes "
                               "out; the broker is most often on another machine."),
                            with))
      .seen(words(N_("The default route of {name} leads to {address}."), with))
      .in_app(words(N_("Set the address of the broker's machine, which the router's list of "
                       "devices shows.")));
}

/// The port behind a path, in the place of before it: "mqtt://host/path:2888"; 0 for none.
int port_behind_path(const std::string& typed) {
  const std::size_t scheme = typed.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t slash = typed.find('/', host);
  const std::size_t colon = typed.rfind(':');
  if (slash == std::string::npos || colon == std::string::npos || colon < slash) return 0;
  const std::size_t named = typed.find(':', host);
  const bool has_port = named != std::string::npos && named < slash && typed[slash - 1] != ']';
  constexpr std::size_t longest = 5;  // digits
  const std::string digits = typed.substr(colon + 1);
  if (has_port || digits.empty() || digits.size() > longest) return 0;
  int port = 0;
  for (const char each : digits) {
    if (each < '0' || each > '9') return 0;
    port = port * 10 + (each - '0');
  }
  return port < 65536 ? port : 0;
}

maybe_finding port_at_the_end(const view& known, exclusions&) {
  const std::string& typed = known.asked().typed;
  const int port = port_behind_path(typed);
  if (port == 0 || port == known.at.port || known.asked().port == port) return {};
  const std::size_t scheme = typed.find("://");
  const std::size_t slash = typed.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  const std::string number = std::to_string(port);
  const std::string right =
      typed.substr(0, slash) + ":" + number + typed.substr(slash, typed.rfind(':') - slash);
  const places with{{"typed", typed}, {"port", number}, {"dialled", known.port()}, {"url", right}};
  made_finding made("input-port-in-host", certainty::likely, strength::typed,
                    words(N_("The port {port} stands behind the path, where it counts as a part of "
                             "it: port {dialled} was dialled."),
                          with));
  made.seen(words(N_("Typed: {typed}"), with))
      .in_app(words(N_("Write the port behind the host: {url}"), with));
  if (accepted(known) != nullptr) made.warning();
  return made;
}

/// Roots that have expired, and that some servers still send a certificate below.
constexpr std::array<std::string_view, 5> expired_roots{
    "DST Root CA X3", "AddTrust External CA Root", "GeoTrust Global CA",
    "Baltimore CyberTrust Root", "GlobalSign Root CA - R2"};

/// Passed here by a newer root of the same key, and not by those who go to the chain's end.
maybe_finding chain_below_an_expired_root(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls || !client->tls->is_done) return {};
  if (!client->tls->failures.empty() || client->tls->chain.size() < 2) return {};
  const certificate_fact& last = client->tls->chain.back();
  const auto root =
      std::find_if(expired_roots.begin(), expired_roots.end(), [&](std::string_view each) {
        return last.issuer.find("CN=" + std::string(each)) != std::string::npos;
      });
  if (root == expired_roots.end() || !last.is_authority) return {};
  const places with{{"root", std::string(*root)}, {"subject", last.subject}};
  return made_finding("tls-chain-refused", certainty::certain, strength::leaning,
                      words(N_("The chain that the server sends ends below {root}, a root that has "
                               "expired: this device knows a newer way, and older ones (OpenSSL "
                               "1.0, old programs with their own list) call it expired."),
                            with))
      .seen(words(N_("The last certificate sent is {subject}, issued by {root}."), with))
      .mend(words(N_("With certbot, ask for the chain without it:")),
            "sudo certbot renew --force-renewal --preferred-chain 'ISRG Root X1'")
      .mend(words(N_("Or take the last certificate out of the chain file, and let the server read "
                     "it again.")))
      .warning();
}

constexpr second_look looks[] = {
    {"tcp-refused-not-running", tunnel_ended},
    {"tcp-egress-blocked", behind_a_proxy},
    {"tcp-ipv6-listener-missing", refused_by_ipv6},
    {"tcp-unreachable-host-down", own_made_network},
    {"tcp-unreachable-host-down", host_behind_macvlan},
    {"path-captive-portal", sent_to_sign_in},
    {"tcp-unreachable-no-route", literal_without_ipv6},
    {"dns-no-address-for-family", name_without_ipv6},
    {"input-wrong-address", router_was_dialled},
    {"tcp-port-forward-wrong", router_answers},
    {"input-port-in-host", port_at_the_end},
    {"tls-chain-refused", chain_below_an_expired_root},
};

}  // namespace

cause_table way_out_causes() { return {{}, looks}; }

}  // namespace mqttkit::doctor
