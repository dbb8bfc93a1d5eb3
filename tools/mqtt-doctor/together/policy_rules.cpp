// Rules about the server's routing policy: answers that a rule sends another way, and packets
// dropped for their source.
#include <algorithm>
#include <charconv>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/together/rules.hpp"

namespace mqttkit::doctor {
namespace {

int bits_in(const std::string& network) {
  int bits = 32;
  const std::size_t slash = network.find('/');
  if (slash != std::string::npos)
    std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  return bits;
}

bool fits(const std::string& address, const std::string& network) {
  if (network.empty() || network == address) return true;
  return network.find('/') != std::string::npos && lies_in(address, network);
}

/// The most specific route for that address.
template <class Routes, class Accepts>
auto longest(const Routes& routes, const std::string& address, Accepts accepts) {
  auto best = routes.end();
  for (auto at = routes.begin(); at != routes.end(); ++at) {
    if (!accepts(*at) || !lies_in(address, at->network)) continue;
    if (best == routes.end() || bits_in(at->network) > bits_in(best->network)) best = at;
  }
  return best;
}

std::string interface_of(const local_facts& local, const std::string& address) {
  for (const auto& each : local.interfaces) {
    if (each.address == address) return each.name;
  }
  return {};
}

/// ip rule: packets from the dialled address have a routing table of their own.
bool sent_by_rule(const against_server& pair, const std::string& sender, notes out) {
  const std::string dialled = pair.client.dialled_address();
  const host_facts& host = pair.own.host;
  for (const auto& rule : host.routing_rules) {
    if (!fits(dialled, rule.from) || !fits(sender, rule.to)) continue;
    const auto route = longest(host.table_routes, sender,
                               [&](const auto& line) { return line.table == rule.table; });
    if (route == host.table_routes.end()) continue;  // the next rule decides
    // Two uplinks rightly have such tables: the gateway lives, and packets leave as they came.
    const bool is_by_right =
        !route->is_dead && route->by == interface_of(pair.server.known.local, dialled);
    if (is_by_right) return false;
    const places with{{"vantage", pair.client.name},
                      {"rule", rule.text},
                      {"table", rule.table},
                      {"by", route->by},
                      {"via", route->via}};
    made_finding made(
        "path-no-route-back", route->is_dead ? certainty::certain : certainty::likely,
        strength::proven,
        words(N_("The server's answers to {vantage} go by a routing table of their own ({table}), "
                 "and do not arrive."),
              with));
    made.seen(fate_of(pair.client))
        .seen(told(pair.server, words(N_("ip rule: {rule}"), with)))
        .seen(told(pair.server,
                   route->by.empty() ? words(N_("That table leads nowhere for this client."), with)
                   : route->is_dead
                       ? words(N_("That table leads to the gateway {via} behind {by}, and nobody "
                                  "answers there (ARP)."),
                               with)
                       : words(N_("That table leads out by {by}."), with)));
    made.mend(words(N_("If that way was given up, take the rule away (and out of the network's "
                       "configuration); its text is above, should it be wanted back:")),
              "sudo ip rule del priority " + std::to_string(rule.priority))
        .look(words(N_("This shows where answers go:")),
              "ip route get " + sender + " from " + dialled);
    out.found.push_back(*std::optional<finding>(made));
    return true;
  }
  return false;
}

/// rp_filter = 1: packets are dropped when their answer would leave by another interface.
bool dropped_by_rp_filter(const against_server& pair, const std::string& sender, notes out) {
  const host_facts& host = pair.own.host;
  const std::string on = interface_of(pair.server.known.local, pair.client.dialled_address());
  const auto& strict = host.strict_interfaces;
  if (on.empty() || std::find(strict.begin(), strict.end(), on) == strict.end()) return false;
  const auto route = longest(host.routes, sender, [](const auto&) { return true; });
  if (route == host.routes.end() || route->by.empty() || route->by == on) return false;
  const places with{{"vantage", pair.client.name},
                    {"address", sender},
                    {"network", route->network},
                    {"by", route->by},
                    {"on", on}};
  made_finding made("path-no-route-back", certainty::likely, strength::proven,
                    words(N_("The server expects {vantage} behind {by}, and throws away what comes "
                             "from it by {on} (rp_filter)."),
                          with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("The routing table sends {network} to {by}."), with)))
      .seen(told(pair.server,
                 words(N_("net.ipv4.conf.{on}.rp_filter is 1: a packet is taken only by the "
                          "interface that its answer would leave by."),
                       with)));
  // The default route may be the machine's only way out, and is not given up for this.
  if (route->network.ends_with("/0"))
    made.mend(
        words(N_("Accept packets by either way (2, loose); two uplinks need that, or a routing "
                 "table for each:")),
        "sudo sysctl -w " + shell_word("net.ipv4.conf." + on + ".rp_filter=2"));
  else
    made.mend(words(N_("Let the route to {network} lead by {on}, or take it away, in the network's "
                       "configuration."),
                    with));
  made.look(words(N_("This shows where answers go, and how many packets were thrown away so:")),
            "ip route get " + sender + "; nstat -az TcpExtIPReversePathFilter");
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

}  // namespace

bool weigh_policy(const against_server& pair, const std::string& sender, notes out) {
  return sent_by_rule(pair, sender, out) || dropped_by_rp_filter(pair, sender, out);
}

}  // namespace mqttkit::doctor
