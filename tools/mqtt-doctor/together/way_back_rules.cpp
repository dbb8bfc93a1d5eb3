// Rules about the way back: the client hears nothing although the server is well. Do the server's
// answers reach the client, and does the client's network know the server's?
#include <algorithm>

#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/together/rules.hpp"

namespace mqttkit::doctor {
namespace {

std::string interface_with(const local_facts& local, const std::string& address) {
  for (const auto& each : local.interfaces) {
    if (each.address == address) return each.name;
  }
  return {};
}

std::string network_with(const local_facts& local, const std::string& address) {
  for (const auto& each : local.interfaces) {
    const std::string network = each.address + "/" + std::to_string(each.prefix);
    if (each.name != "lo" && lies_in(address, network)) return network;
  }
  return {};
}

/// What the server's network card has of the client's tries: answered, and never confirmed.
void add_half_open(made_finding& made, const against_server& pair, const places& with) {
  const auto& all = pair.own.host.half_open;
  const bool has_come = std::any_of(all.begin(), all.end(), [&](const half_open_fact& each) {
    return each.peer == with.at("address") && each.port == pair.from_client.at.port;
  });
  if (has_come)
    made.seen(told(pair.server, words(N_("A connection of {address} came in, and the answer to it "
                                         "was never confirmed (SYN-RECV)."),
                                      with)));
}

/// One of the two has a netmask that takes the other for a neighbour, or does not.
bool masks_differ(const against_server& pair, const std::string& sender, notes out) {
  const std::string dialled = pair.client.dialled_address();
  const std::string servers = network_with(pair.server.known.local, dialled);
  const std::string on = interface_with(pair.server.known.local, dialled);
  if (servers.empty() || on.empty() || is_v6_text(sender)) return false;
  const bool takes_for_neighbour = lies_in(sender, servers);
  const bool is_neighbour = is_on_link(pair.client.known.local, dialled);
  const route_fact* const back = route_to(pair.own.host, sender);
  if (takes_for_neighbour == is_neighbour) return false;
  if (takes_for_neighbour && (back == nullptr || back->by != on || !back->via.empty()))
    return false;  // a route of its own leads to the client
  const auto& lost = pair.own.host.lost_neighbours;
  // With a route that lives the answers go round by the router, and arrive.
  if (!takes_for_neighbour && back != nullptr && !is_lost(lost, back->via)) return false;
  const bool is_seen = takes_for_neighbour && is_lost(lost, sender);
  // A router that answers for its clients (proxy ARP) makes it right.
  if (takes_for_neighbour && !is_seen) return false;
  const auto gateway = std::find_if(
      pair.own.host.routes.begin(), pair.own.host.routes.end(),
      [](const route_fact& route) { return bits_of(route.network) == 0 && !route.via.empty(); });
  const places with{
      {"vantage", pair.client.name},
      {"address", sender},
      {"network", servers},
      {"on", on},
      {"theirs", network_with(pair.client.known.local, sender)},
      {"gateway", gateway == pair.own.host.routes.end() ? std::string() : gateway->via}};
  made_finding made(
      "path-no-route-back", certainty::likely, is_seen ? strength::proven : strength::measured,
      takes_for_neighbour
          ? words(
                N_("The server's netmask is too wide, or that of {vantage} too narrow: {network} "
                   "on "
                   "{on} holds {address} too, so the server looks for it on its own link, and its "
                   "answers never go to the router."),
                with)
          : words(N_("The server's netmask is too narrow: {network} on {on} does not hold "
                     "{address}, the address of {vantage}, which takes the server for a neighbour "
                     "({theirs}); and no other way leads back."),
                  with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("{on} has {network}."), with)))
      .seen(told(pair.client, words(N_("This machine has {theirs}."), with)));
  if (is_seen)
    made.seen(told(pair.server,
                   words(N_("It looked for {address} on {on}, and nobody answered (ARP)."), with)));
  add_half_open(made, pair, with);
  made.mend(words(N_("Correct the netmask of {on} in the network's configuration, as the router of "
                     "that network has it."),
                  with));
  if (takes_for_neighbour && !with.at("gateway").empty())
    made.mend(words(N_("Until then, for this client alone:")),
              "sudo ip route add " + shell_word(sender) + " via " + shell_word(with.at("gateway")) +
                  " dev " + shell_word(on));
  out.found.push_back(*std::optional<finding>(
      made.look(words(N_("This shows where answers go:")), "ip route get " + shell_word(sender))));
  return true;
}

/// The router by which the server's answers would go does not answer.
bool gateway_is_dead(const against_server& pair, const std::string& sender, notes out) {
  const route_fact* const route = route_to(pair.own.host, sender);
  if (route == nullptr || route->via.empty()) return false;
  if (!is_lost(pair.own.host.lost_neighbours, route->via, route->by)) return false;
  const places with{{"vantage", pair.client.name},
                    {"address", sender},
                    {"network", route->network},
                    {"via", route->via},
                    {"by", route->by}};
  made_finding made("path-no-route-back", certainty::likely, strength::proven,
                    words(N_("The server's answers to {vantage} go to {via} behind {by}, and "
                             "nobody there has that address: the gateway is wrong, or down."),
                          with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("The route for {network} leads to {via} by {by}."), with)))
      .seen(told(pair.server,
                 words(N_("It looked for {via} on {by}, and nobody answered (ARP)."), with)));
  add_half_open(made, pair, with);
  made.fill_in(words(N_("Set the gateway that this network has (for good in the network's "
                        "configuration):")),
               "ip route; ip neigh; sudo ip route replace " +
                   (bits_of(route->network) == 0 ? "default" : shell_word(route->network)) +
                   " via GATEWAY dev " + shell_word(route->by));
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

/// A route that leads nowhere, for this client: fail2ban and others ban addresses in this way.
bool banned_by_route(const against_server& pair, const std::string& sender, notes out) {
  const route_fact* const route = route_to(pair.own.host, sender);
  // Such a route for all addresses only stands in for a missing default route.
  if (route == nullptr || !route->by.empty() || bits_of(route->network) == 0) return false;
  const places with{
      {"vantage", pair.client.name}, {"address", sender}, {"network", route->network}};
  made_finding made("tcp-timeout-source-allowlist", certainty::likely, strength::measured,
                    words(N_("The server throws its answers to {vantage} away: a route of its own "
                             "for {network} leads nowhere. Programs that ban addresses set such "
                             "routes."),
                          with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("The routing table has {network} without an interface "
                                       "(blackhole, unreachable or prohibit)."),
                                    with)))
      .mend(
          words(N_("Lift the ban where it was made (fail2ban-client unban {address}), or take the "
                   "route away:"),
                with),
          "sudo ip route del " + route->network);
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

/// Whether a VPN makes interfaces of this name.
bool is_tunnel(const std::string& interface) {
  constexpr std::string_view fronts[] = {"wg", "tun", "tap", "tailscale", "zt", "ppp", "ipsec"};
  return std::any_of(std::begin(fronts), std::end(fronts),
                     [&](std::string_view front) { return interface.rfind(front, 0) == 0; });
}

/// A route of the server for the client's network leads into a tunnel.
finding answers_into_tunnel(const against_server& pair, const places& with) {
  made_finding made(
      "path-no-route-back", certainty::likely, strength::proven,
      words(N_("The server is asked by {on} and sends its answers to {vantage} ({address}) into "
               "{by}: a route of its own for {network} leads there."),
            with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("The routing table sends {network} to {by}."), with)))
      .mend(
          words(N_("Take {network} out of what {by} routes (AllowedIPs of WireGuard, route lines "
                   "of OpenVPN, a static route), or give this client a more exact route by {on}."),
                with));
  return *std::optional<finding>(
      made.look(words(N_("This shows where answers go:")), "ip route get " + with.at("address")));
}

/// The client's network has the same addresses as a container network on the server, so answers go
/// to containers.
bool answers_own_network(const against_server& pair, const std::string& sender, notes out) {
  const std::string on = interface_with(pair.server.known.local, pair.client.dialled_address());
  const route_fact* const route = route_to(pair.own.host, sender);
  if (on.empty() || route == nullptr || bits_of(route->network) == 0) return false;
  if (route->by.empty() || route->by == on) return false;
  const places with{{"vantage", pair.client.name},
                    {"address", sender},
                    {"network", route->network},
                    {"on", on},
                    {"by", route->by}};
  if (is_tunnel(route->by)) {
    out.found.push_back(answers_into_tunnel(pair, with));
    return true;
  }
  // By another network card the answer may arrive all the same.
  if (!is_made_by_a_program(route->by)) return false;
  made_finding made("path-no-route-back", certainty::likely, strength::proven,
                    words(N_("The server takes {address}, the address of {vantage}, for one of its "
                             "own network {network} behind {by}: its answers go there, to "
                             "containers or a tunnel."),
                          with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("The routing table sends {network} to {by}."), with)))
      .mend(words(N_("Give docker's networks other addresses (\"default-address-pools\" in "
                     "/etc/docker/daemon.json, then make the network anew), or the tunnel.")))
      .look(words(N_("This shows where answers go:")), "ip route get " + sender);
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

/// The server has two uplinks, is asked by one and answers by the other.
bool answers_by_other_uplink(const against_server& pair, const std::string& sender, notes out) {
  const std::string dialled = pair.client.dialled_address();
  const std::string on = interface_with(pair.server.known.local, dialled);
  const auto& ways = pair.own.host.ways_out;
  const auto way = std::find_if(ways.begin(), ways.end(),
                                [&](const way_out_fact& each) { return each.address == dialled; });
  if (on.empty() || way == ways.end() || way->by == on) return false;
  // A network the server is attached to has its own route, whatever the default one is.
  const route_fact* const route = route_to(pair.own.host, sender);
  if (route != nullptr && bits_of(route->network) > 0) return false;
  const places with{{"address", dialled}, {"on", on}, {"by", way->by}};
  made_finding made("path-no-route-back", certainty::likely, strength::measured,
                    words(N_("The server is asked at {address}, an address of {on}, and answers by "
                             "{by}: what lies there throws packets from such an address away."),
                          with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("What is sent from {address} to the Internet leaves by {by} "
                                       "(ip route get ... from {address})."),
                                    with)));
  made.fill_in(words(N_("Give what comes from that address a routing table of its own, with the "
                        "gateway of {on} (for good in the network's configuration):"),
                     with),
               "sudo ip rule add from " + dialled +
                   " table 100 && sudo ip route add default via GATEWAY dev " + on + " table 100");
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

/// A client from outside dialled an IPv6 address of the server, which knows no way out by IPv6. A
/// rule with a table of its own may know one.
bool lacks_way_out(const against_server& pair, const std::string& sender, notes out) {
  const std::string dialled = pair.client.dialled_address();
  const auto& local = pair.server.known.local;
  if (!is_v6_text(dialled) || !is_public_address(dialled) || local.has_v6_route) return false;
  if (pair.leads != relation::own || is_on_link(local, sender)) return false;
  const places with{{"vantage", pair.client.name},
                    {"addresses", list_text(pair.own.host.addresses)}};
  made_finding made("path-no-route-back", certainty::likely, strength::proven,
                    words(N_("The server has no default route for IPv6: its answers to {vantage} "
                             "find no way out."),
                          with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("/proc/net/ipv6_route has no default route; addresses of "
                                       "this machine: {addresses}."),
                                    with)))
      .fill_in(words(N_("See what the provider names as the gateway, and add it (for good in the "
                        "network's configuration):")),
               "ip -6 route; sudo ip -6 route add default via GATEWAY")
      .in_app(words(N_("Until then dial the IPv4 address.")));
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

/// arp_ignore: the server tells nobody who has the address.
bool keeps_address_to_itself(const against_server& pair, const std::string& dialled, notes out) {
  const auto& settings = pair.own.host.settings;
  const std::string on = interface_with(pair.server.known.local, dialled);
  const auto value = [&](const std::string& name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::int64_t{0} : found->second;
  };
  const std::string all = "net.ipv4.conf.all.arp_ignore";
  const std::string own = "net.ipv4.conf." + on + ".arp_ignore";
  const std::string& name = value(own) > value(all) ? own : all;
  constexpr std::int64_t tells_nobody = 8, tells_neighbours = 2;
  const bool is_for_none = value(name) == tells_nobody;
  const bool is_on_loopback = on == "lo" && value(name) > 0;
  const bool is_for_others =
      value(name) == tells_neighbours &&
      !lies_in(sender_of(pair), network_with(pair.server.known.local, dialled));
  if (on.empty() || (!is_for_none && !is_on_loopback && !is_for_others)) return false;
  const places with{{"vantage", pair.client.name},
                    {"address", dialled},
                    {"name", name},
                    {"value", std::to_string(value(name))}};
  made_finding made("tcp-unreachable-host-down", certainty::likely, strength::proven,
                    words(N_("The server has {address} and does not tell {vantage} so: by "
                             "{name} = {value} its kernel leaves the question who has the address "
                             "(ARP) unanswered."),
                          with));
  made.seen(fate_of(pair.client)).seen(told(pair.server, words(N_("{name} is {value}."), with)));
  if (is_on_loopback)
    made.mend(
        words(N_("Behind a load balancer (LVS) that is right, and the balancer, which is to answer "
                 "for {address}, does not: see whether it runs. Otherwise give the address to the "
                 "interface of that network rather than to lo."),
              with));
  else
    made.mend(words(N_("Let it answer (for good: take the line out of /etc/sysctl.conf or "
                       "/etc/sysctl.d); load balancers set it on purpose:")),
              "sudo sysctl -w " + shell_word(name) + "=0");
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

}  // namespace

bool weigh_way_back(const against_server& pair, notes out) {
  const std::string sender = sender_of(pair);
  if (!sender.empty() && lacks_way_out(pair, sender, out)) return true;
  if (sender.empty() || pair.leads != relation::own || is_translated(pair)) return false;
  return weigh_policy(pair, sender, out) || banned_by_route(pair, sender, out) ||
         gateway_is_dead(pair, sender, out) || masks_differ(pair, sender, out) ||
         answers_own_network(pair, sender, out) || answers_by_other_uplink(pair, sender, out);
}

void weigh_same_network(const against_server& pair, notes out) {
  const std::string dialled = pair.client.dialled_address();
  if (pair.leads != relation::own || !pair.own.is_public() || is_connected(pair.from_client))
    return;
  if (!connect_was(pair.from_client, connect_outcome::host_unreachable)) return;
  const std::string network = network_with(pair.client.known.local, dialled);
  if (network.empty()) return;
  const std::string sender = sender_of(pair);
  if (!sender.empty() && !is_translated(pair) &&
      (answers_own_network(pair, sender, out) || keeps_address_to_itself(pair, dialled, out)))
    return;
  const places with{{"vantage", pair.client.name}, {"address", dialled}, {"network", network}};
  made_finding made(
      "tcp-unreachable-host-down", certainty::likely, strength::proven,
      words(N_("{vantage} looks for {address} in its own network ({network}), and the "
               "server, which has that address, is not in it: two networks have the "
               "same addresses, or this one keeps its devices apart."),
            with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("This machine has the addresses {addresses}."),
                                    {{"addresses", list_text(pair.own.host.addresses)}})))
      .in_app(
          words(N_("Over a VPN: give one of the two networks other addresses, in its router. In "
                   "one and the same Wi-Fi: turn client or guest isolation off there.")));
  out.found.push_back(*std::optional<finding>(made));
}

}  // namespace mqttkit::doctor
