// The broker's machine as its kernel sees it: answers that find no way, forwarding that is off, a
// full table of connections, and a port that leads to another broker from outside.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"

namespace mqttkit::doctor {
namespace {

std::optional<std::int64_t> setting(const host_facts& host, const char* name) {
  const auto found = host.settings.find(name);
  if (found == host.settings.end()) return std::nullopt;
  return found->second;
}

/// Somebody's connection came in, and nobody answers where the answer to it is to go.
maybe_finding answers_find_nobody(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_listening()) return {};
  for (const auto& each : at->host.half_open) {
    const route_fact* const route = route_to(at->host, each.peer);
    if (each.port != known.at.port || route == nullptr || route->by.empty()) continue;
    const bool is_routed = !route->via.empty();
    if (!is_lost(at->host.lost_neighbours, is_routed ? route->via : each.peer, route->by)) continue;
    const places with{{"peer", each.peer},
                      {"port", known.port()},
                      {"network", route->network},
                      {"via", route->via},
                      {"by", route->by}};
    made_finding made(
        "path-no-route-back", certainty::likely, strength::measured,
        is_routed
            ? words(N_("A connection of {peer} came in at port {port}, and the answers do not "
                       "get away: the gateway {via} behind {by} does not answer."),
                    with)
            : words(N_("A connection of {peer} came in at port {port}, and the answers find "
                       "nobody: by the netmask, {peer} is a neighbour on {by} ({network}), "
                       "and does not answer there."),
                    with));
    made.seen(words(N_("The answer to {peer} was never confirmed (SYN-RECV)."), with))
        .seen(is_routed
                  ? words(N_("It looked for {via} on {by}, and nobody answered (ARP)."), with)
                  : words(N_("It looked for {peer} on {by}, and nobody answered (ARP)."), with));
    if (is_routed)
      return made.fill_in(
          words(N_("Set the gateway that this network has (for good in the "
                   "network's configuration):")),
          "ip route; ip neigh; sudo ip route replace " +
              (bits_of(route->network) == 0 ? "default" : shell_word(route->network)) +
              " via GATEWAY dev " + shell_word(route->by));
    return made
        .mend(words(N_("If {peer} is in another network, the netmask of {by} is too wide, or a "
                       "network for containers has the same addresses: correct that. If it is "
                       "not, it has just left."),
                    with))
        .look(words(N_("This shows where answers go:")), "ip route get " + shell_word(each.peer));
  }
  return {};
}

/// The default gateway does not answer: whoever comes from elsewhere hears nothing.
maybe_finding gateway_unanswered(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_listening()) return {};
  const route_fact* dead = nullptr;
  for (const auto& route : at->host.routes) {
    if (bits_of(route.network) != 0) continue;
    if (route.via.empty() || !is_lost(at->host.lost_neighbours, route.via, route.by)) return {};
    dead = &route;
  }
  if (dead == nullptr) return {};
  const places with{{"via", dead->via}, {"by", dead->by}};
  return made_finding("path-no-route-back", certainty::likely, strength::leaning,
                      words(N_("The gateway of this machine, {via} behind {by}, does not answer: "
                               "answers to clients outside its own networks find no way out."),
                            with))
      .seen(words(N_("It looked for {via} on {by}, and nobody answered (ARP)."), with))
      .fill_in(words(N_("Set the gateway that this network has (for good in the network's "
                        "configuration):")),
               "ip route; ip neigh; sudo ip route replace default via GATEWAY dev " +
                   shell_word(dead->by))
      .warning();
}

/// A network for containers has addresses of the network that clients are in.
maybe_finding containers_have_clients_addresses(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_listening()) return {};
  const auto& routes = at->host.routes;
  for (const auto& inner : routes) {
    if (!inner.via.empty() || !is_made_by_a_program(inner.by)) continue;
    for (const auto& outer : routes) {
      if (!outer.via.empty() || outer.by.empty() || is_made_by_a_program(outer.by) ||
          bits_of(outer.network) == 0 || bits_of(inner.network) < bits_of(outer.network))
        continue;
      const std::string base = inner.network.substr(0, inner.network.find('/'));
      if (!lies_in(base, outer.network)) continue;
      const places with{
          {"inner", inner.network}, {"by", inner.by}, {"outer", outer.network}, {"on", outer.by}};
      return made_finding(
                 "path-no-route-back", certainty::likely, strength::leaning,
                 words(N_("Two networks of this machine have the same addresses: {inner} on {by}, "
                          "for containers or guests, lies in {outer} on {on}. Answers to clients "
                          "with an address of {inner} go to {by}, or find no way."),
                       with))
          .seen(words(N_("The routing table has both {inner} by {by} and {outer} by {on}."), with))
          .mend(words(N_("Give docker's networks other addresses (\"default-address-pools\" in "
                         "/etc/docker/daemon.json, then make the network anew), or the tunnel.")))
          .look(words(N_("This shows where answers go:")), "ip route")
          .warning();
    }
  }
  return {};
}

/// A rule sends the port on to a container, and the kernel passes nothing on.
maybe_finding forwarding_is_off(const view& known, exclusions&) {
  const auto at = look_at(known);
  const firewall_fact* const rule = at ? at->firewall(ip_family::v4) : nullptr;
  if (rule == nullptr || !read_forward_target(rule->forwarded_to).is_elsewhere()) return {};
  if (setting(at->host, "net.ipv4.ip_forward").value_or(1) != 0) return {};
  // The interface by which a packet comes in decides.
  const auto forwards = [](const auto& each) {
    return each.first.ends_with(".forwarding") && each.first.starts_with("net.ipv4.conf.") &&
           each.second != 0;
  };
  if (std::any_of(at->host.settings.begin(), at->host.settings.end(), forwards)) return {};
  const places with{{"port", known.port()}, {"to", rule->forwarded_to}};
  return made_finding("tcp-port-forward-wrong", certainty::certain, strength::proven,
                      words(N_("What arrives for port {port} is to go on to {to}, and this "
                               "machine's kernel passes no packet on (net.ipv4.ip_forward = 0)."),
                            with))
      .seen(words(N_("net.ipv4.ip_forward is 0.")))
      .seen(words(N_("Connections of this machine to itself do not meet that rule.")))
      .mend(words(N_("Switch it on (for good in /etc/sysctl.d):")),
            "sudo sysctl -w net.ipv4.ip_forward=1")
      .look(words(N_("See which file switches it off at boot:")),
            "grep -rn ip_forward /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d");
}

/// From outside the port leads to another broker than the one that this machine itself meets.
maybe_finding leads_to_other_broker(const view& known, exclusions&) {
  const auto at = look_at(known);
  const firewall_fact* const rule = at ? at->firewall(ip_family::v4) : nullptr;
  if (rule == nullptr || rule->forward_answer != forward_outcome::open) return {};
  const listener_fact* const own = socket_at(at->host, "127.0.0.1", known.at.port);
  const bool is_broker =
      own != nullptr && std::any_of(at->host.brokers.begin(), at->host.brokers.end(),
                                    [&](const auto& of) { return of.pid == own->pid; });
  if (!is_broker) return {};
  const places with{{"port", known.port()}, {"to", rule->forwarded_to}};
  return made_finding(
             "tcp-port-forward-wrong", certainty::likely, strength::leaning,
             words(N_("Port {port} leads to two brokers: this machine itself meets the one that "
                      "listens here, and who comes from outside is forwarded to another one, at "
                      "{to} (DNAT)."),
                   with))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*own)}}))
      .seen(words(N_("{to}, where the port is sent on to, answers."), with))
      .seen(words(N_("What was found of users, rights and messages is that of the broker here, and "
                     "tells nothing of the other one.")))
      .mend(words(N_("If one of them is not meant, stop it, or take the rule away; if both are, "
                     "give one another port.")))
      .look(words(N_("Find the rule, and let it lead to where the broker is now:")),
            "sudo nft -a list ruleset | grep -n dnat; sudo iptables -t nat -S | grep DNAT; sudo "
            "docker ps --format '{{.Names}} {{.Ports}}'")
      .warning();
}

/// The table of connections is full: new ones are dropped, whoever makes them.
maybe_finding table_is_full(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_public()) return {};
  const auto count = setting(at->host, "net.netfilter.nf_conntrack_count");
  const auto most = setting(at->host, "net.netfilter.nf_conntrack_max");
  if (!count || !most || *most <= 0 || *count < *most - *most / 50) return {};
  const auto dropped = at->host.counters.find("conntrack.drop");
  const bool has_dropped = dropped != at->host.counters.end();
  const bool is_full = *count >= *most;
  const places with{{"count", std::to_string(*count)},
                    {"most", std::to_string(*most)},
                    {"dropped", has_dropped ? std::to_string(dropped->second) : std::string()}};
  made_finding made("tcp-timeout-host-firewall", is_full ? certainty::certain : certainty::likely,
                    is_full ? strength::proven : strength::leaning,
                    is_full ? words(N_("This machine's table of connections (conntrack) is full, "
                                       "{count} of {most}: the kernel drops new connections, "
                                       "whatever the rules let in."),
                                    with)
                            : words(N_("This machine's table of connections (conntrack) is nearly "
                                       "full, {count} of {most}: whenever it is, the kernel drops "
                                       "new connections."),
                                    with));
  if (!is_full && at->works()) made.warning();
  made.seen(words(N_("nf_conntrack_count is {count}, nf_conntrack_max {most}."), with));
  if (has_dropped)
    made.seen(words(N_("Since it was started the kernel has dropped {dropped} packets there "
                       "(nf_conntrack: drop)."),
                    with));
  return made
      .mend(words(N_("Give it more room (for good in /etc/sysctl.d):")),
            "sudo sysctl -w net.netfilter.nf_conntrack_max=" + std::to_string(*most * 4))
      .look(
          words(N_("See who fills it:")),
          "sudo conntrack -L 2>/dev/null | grep -o 'src=[^ ]*' | sort | uniq -c | sort -n | tail");
}

constexpr second_look looks[] = {
    {"path-no-route-back", answers_find_nobody},
    {"path-no-route-back", gateway_unanswered},
    {"path-no-route-back", containers_have_clients_addresses},
    {"tcp-port-forward-wrong", forwarding_is_off},
    {"tcp-port-forward-wrong", leads_to_other_broker},
    {"tcp-timeout-host-firewall", table_is_full},
};

}  // namespace

cause_table host_kernel_causes() { return {{}, looks}; }

}  // namespace mqttkit::doctor
