// Rules about the way back: the client hears nothing although the server is well. Do the server's
// answers reach the client, and does the client's network know the server's?
#include <algorithm>
#include <charconv>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/together/rules.hpp"

namespace mqttkit::doctor {
namespace {

int bits_of(const std::string& network) {
  int bits = 0;
  const std::size_t slash = network.find('/');
  if (slash != std::string::npos)
    std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  return bits;
}

/// The most specific route for that address; null when there is none.
const route_fact* route_to(const host_facts& host, const std::string& address) {
  const route_fact* best = nullptr;
  for (const auto& route : host.routes) {
    const bool is_better = best == nullptr || bits_of(route.network) > bits_of(best->network);
    if (is_better && lies_in(address, route.network)) best = &route;
  }
  return best;
}

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

/// Whether a program for containers, guests or tunnels makes interfaces of this name.
bool is_made_by_a_program(const std::string& interface) {
  constexpr std::string_view fronts[] = {"docker", "br-", "virbr", "veth",  "cni",
                                         "podman", "lxc", "lxd",   "vmnet", "vbox"};
  return std::any_of(std::begin(fronts), std::end(fronts),
                     [&](std::string_view front) { return interface.rfind(front, 0) == 0; });
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

}  // namespace

bool weigh_way_back(const against_server& pair, notes out) {
  const std::string sender = sender_of(pair);
  if (!sender.empty() && lacks_way_out(pair, sender, out)) return true;
  if (sender.empty() || pair.leads != relation::own || is_translated(pair)) return false;
  return weigh_policy(pair, sender, out) || banned_by_route(pair, sender, out) ||
         answers_own_network(pair, sender, out) || answers_by_other_uplink(pair, sender, out);
}

void weigh_same_network(const against_server& pair, notes out) {
  const std::string dialled = pair.client.dialled_address();
  if (pair.leads != relation::own || !pair.own.is_public() || is_connected(pair.from_client))
    return;
  if (!connect_was(pair.from_client, connect_outcome::host_unreachable)) return;
  const std::string network = network_with(pair.client.known.local, dialled);
  if (network.empty()) return;
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
