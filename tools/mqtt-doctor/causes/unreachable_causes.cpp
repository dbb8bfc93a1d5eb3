// From an address to a TCP connection: refused with an ICMP message, unreachable, or never sent.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

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
  // A program that fetches no connections lets the queue fill, and the system drops what is more.
  const bool is_queue_full =
      known.all.host &&
      std::any_of(known.all.host->listeners.begin(), known.all.host->listeners.end(),
                  [&](const listener_fact& socket) {
                    return socket.port == known.at.port && socket.receive_queue > 0;
                  });
  if (client->connect.is_connected() && later != nullptr && !is_queue_full) {
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

/// Other ports of the host that gave no answer at all.
std::size_t silent_ports(const view& known) {
  if (!known.at.reachability) return 0;
  const auto& ports = known.at.reachability->ports;
  return static_cast<std::size_t>(
      std::count_if(ports.begin(), ports.end(), [&](const port_fact& port) {
        return port.port != known.at.port && port.connect.outcome == connect_outcome::silent;
      }));
}

/// Looked for on a link whose network does not hold the address, by a route without a gateway: an
/// access point or a bridge of this device has taken the place of the way out.
bool is_sought_on_wrong_link(const view& known) {
  const icmp_fact* const icmp = icmp_of(known);
  const local_facts& local = known.all.local;
  return icmp != nullptr && icmp->from_self && kind_of(*icmp) == icmp_kind::host_unreachable &&
         !local.way_by.empty() && local.way_via.empty() &&
         !is_on_link(local, known.client()->address);
}

maybe_finding sought_on_wrong_link(const view& known, exclusions&) {
  if (!is_sought_on_wrong_link(known)) return {};
  const local_facts& local = known.all.local;
  const auto network_of = [](const interface_fact& each) {
    return each.address + "/" + std::to_string(each.prefix);
  };
  const std::string address = known.client()->address;
  const interface_fact* by = nullptr;
  for (const interface_fact& each : local.interfaces)
    if (each.name == local.way_by && is_v6_text(each.address) == is_v6_text(address)) by = &each;
  const interface_fact* alike = nullptr;
  for (const interface_fact& each : local.interfaces) {
    if (by == nullptr || each.name == by->name || is_v6_text(each.address) || by == &each) continue;
    if (lies_in(each.address, network_of(*by)) || lies_in(by->address, network_of(each)))
      alike = &each;
  }
  places with{{"address", address}, {"by", local.way_by}};
  if (alike != nullptr) {
    with["own"] = by->address;
    with["other"] = alike->name;
    with["network"] = network_of(*by);
    with["network2"] = network_of(*alike);
  }
  made_finding made(
      "tcp-client-offline", alike != nullptr ? certainty::likely : certainty::certain,
      strength::measured,
      alike != nullptr
          ? words(N_("{by} of this device ({network}) and its {other} ({network2}) are in one and "
                     "the same network, so that the way to the router is lost: what is for "
                     "{address} ends at {by}."),
                  with)
          : words(N_("This device looks for {address} on {by} as for a neighbour, though no "
                     "network there holds it: its route has no gateway."),
                  with));
  made.seen(icmp_words(*icmp_of(known), known.client()->connect.ms))
      .seen(words(N_("Packets for {address} leave by {by}, and to no gateway."), with));
  if (alike != nullptr)
    return made.mend(words(N_("Give the access point, bridge or VPN of {by} another address range "
                              "than the router's, or switch it off."),
                           with),
                     {}, place::here);
  return made.fill_in(words(N_("Set the router of its network as gateway (for good in the "
                               "network's configuration):")),
                      std::string(is_v6_text(address) ? "ip -6" : "ip") +
                          " route; sudo ip route replace default via GATEWAY",
                      place::here);
}

maybe_finding host_down(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr) return {};
  const icmp_fact* const icmp = icmp_of(known);
  // What this machine looked for in vain was its router, which says nothing of the target.
  if (icmp != nullptr && icmp->from_self && !known.all.local.way_via.empty()) return {};
  if (is_sought_on_wrong_link(known)) return {};
  if (icmp != nullptr && kind_of(*icmp) == icmp_kind::host_unreachable && !icmp->from_target &&
      client->connect.ms >= (icmp->from_self ? own_rule_ms : slow_neighbour_ms) &&
      !is_host_alive(known) &&
      (made_way(known) == nullptr ||
       (made_way(known)->driver == "bridge" && !is_made_by_a_program(made_way(known)->name)))) {
    const places with{{"address", client->address}, {"from", icmp->from}};
    return made_finding("tcp-unreachable-host-down", certainty::certain,
                        icmp->from_self ? strength::usual : strength::seen,
                        icmp->from_self
                            ? words(N_("Nobody answers at {address}: {from} looked for it on its "
                                       "network in vain. The machine is off or asleep, has another "
                                       "address, or the network keeps its devices apart (client "
                                       "isolation)."),
                                    with)
                            : words(N_("Nobody answers at {address}: {from} looked for it on its "
                                       "network in vain. The machine is off or asleep, or has "
                                       "another address."),
                                    with))
        .seen(icmp_words(*icmp, client->connect.ms))
        .mend(words(N_("Start the machine, or correct the address.")));
  }
  // A phone tries no other ports, and the machine that served its page is up.
  const bool has_tried_others = !known.all.phone;
  if (connect_was(known, connect_outcome::silent) && has_tried_others && !is_host_alive(known)) {
    // In the own network the system itself reports an absent machine, after 3 s (ARP).
    if (is_neighbour(known)) return {};
    const bool is_near = is_on_link(known.all.local, client->address);
    return made_finding(
               "tcp-unreachable-host-down", certainty::possible,
               is_near ? strength::fits : strength::one_of_several,
               words(N_("Nothing at all answers at {address}: the address is wrong, or the machine "
                        "is down."),
                     {{"address", client->address}}))
        .seen(words(N_("Port {port} and {count} other ports stayed silent."),
                    {{"port", known.port()}, {"count", std::to_string(silent_ports(known))}}))
        .mend(class_of(client->address) == address_class::private_use
                  ? words(N_("See whether the machine runs, and which address it has now (the "
                             "router's list of devices shows it)."))
                  : words(N_("Compare the address with the one in the cloud console, and see "
                             "whether the machine runs.")),
              {}, place::console)
        .apart(words(N_("Does it answer at all?")), "ping -c 3 " + client->address);
  }
  return {};
}

/// An interface that is up and has an address of the dialled family which leads beyond this
/// machine; null for none. Bridges and tunnels of programs do not count.
const interface_fact* link_in_use(const view& known) {
  const bool is_v6 = is_v6_text(known.client()->address);
  for (const interface_fact& each : known.all.local.interfaces) {
    const address_class kind = class_of(each.address);
    const bool is_outward = kind == address_class::private_use || kind == address_class::global ||
                            kind == address_class::shared;
    if (is_outward && is_v6_text(each.address) == is_v6 && each.driver != "bridge" &&
        each.driver != "tun")
      return &each;
  }
  return nullptr;
}

maybe_finding client_offline(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !connect_was(known, connect_outcome::net_unreachable) ||
      icmp_of(known) != nullptr)
    return {};
  if (known.all.local.has_v4_route || known.all.local.has_v6_route) return {};
  if (class_of(client->address) == address_class::link_local) return {};
  if (const interface_fact* const link = link_in_use(known)) {
    const places with{{"name", link->name},
                      {"own", link->address + "/" + std::to_string(link->prefix)},
                      {"address", client->address}};
    return made_finding("tcp-client-offline", certainty::certain, strength::told,
                        words(N_("This device is in a network ({name}, {own}) and has no default "
                                 "route: it knows no gateway to {address} outside of it."),
                              with))
        .seen(words(N_("Connecting failed at once (ENETUNREACH), and there is no default route.")))
        .mend(words(N_("Let it take address and gateway from the router again (DHCP): switch its "
                       "network off and on; with an address set by hand, set the router's as "
                       "gateway too.")),
              {}, place::here)
        .fill_in(words(N_("For now, with the router's address for GATEWAY:")),
                 std::string(is_v6_text(client->address) ? "sudo ip -6" : "sudo ip") +
                     " route add default via GATEWAY dev " + shell_word(link->name),
                 place::here);
  }
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
  const bool has_address = link_in_use(known) != nullptr;
  // In a network of its own a broker is dialled by those who should have an address there.
  const bool is_private = class_of(client->address) == address_class::private_use;
  const places with{{"address", client->address}};
  made_finding made(
      "tcp-ipv6-only-client", certainty::certain, strength::told,
      has_address ? words(N_("This device has no default route for IPv4, and one for IPv6: "
                             "{address} cannot be dialled."),
                          with)
      : is_private
          ? words(N_("This device has no IPv4 address, so that {address} cannot be dialled: it got "
                     "none from the router (DHCP), or its network has IPv6 only."),
                  with)
          : words(N_("This device has no IPv4 address, so that {address} cannot be dialled: its "
                     "network has IPv6 only (as some mobile carriers do), or it got none from the "
                     "router (DHCP)."),
                  with));
  made.seen(words(N_("There is an IPv6 route and no IPv4 route; connecting failed at once.")));
  if (!is_private)
    made.in_app(words(N_("Use a host name instead of the IPv4 address {address}."), with));
  return made.mend(words(N_("Let it take address and gateway from the router again (DHCP): switch "
                            "its network off and on; with an address set by hand, set the router's "
                            "as gateway too.")),
                   {}, place::here);
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
                address + " tcp sport " + known.port() + accept_answers(rule.tool.value())
          : iptables_insertion(rule.chain, is_v6) + " -s " + address + " -p tcp --sport " +
                known.port() + accept_answers(rule.tool.value());
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

/// The route or routing rule of this machine that refuses the target was found.
maybe_finding own_route(const view& known) {
  const std::string& route = known.all.local.refusing_route;
  const std::string& address = known.client()->address;
  const std::size_t colon = route.find(": from ");
  const bool is_rule = colon != std::string::npos;
  const places with{
      {"route", route}, {"address", address}, {"error", known.client()->connect.error}};
  const std::string ip = is_v6_text(address) ? "sudo ip -6 " : "sudo ip ";
  made_finding made(
      "tcp-local-policy", certainty::certain, strength::proven,
      is_rule ? words(N_("A routing rule of this machine itself refuses {address} ({route}): no "
                         "packet left it."),
                      with)
              : words(N_("A route of this machine itself refuses {address} ({route}): no packet "
                         "left it."),
                      with));
  made.seen(words(N_("Connecting failed at once ({error}), and nobody on the network said no."),
                  with))
      .seen(is_rule ? words(N_("ip rule: {rule}"), {{"rule", route}})
                    : words(N_("ip route: {route}"), with));
  // The words may come from a file of facts that anybody wrote.
  constexpr std::string_view plain = "0123456789abcdefghijklmnopqrstuvwxyz./: ";
  if (route.find_first_not_of(plain) != route.npos) return made;
  return made.mend(
      is_rule ? words(N_("Take the rule away; who set it (a VPN's kill switch, a script) may "
                         "set it again:"))
              : words(N_("Take the route away; who set it (a VPN's kill switch, a program "
                         "that bans addresses, a script) may set it again:")),
      is_rule
          ? ip + "rule del priority " + shell_word(route.substr(0, colon)) + route.substr(colon + 1)
          : ip + "route del " + route,
      place::here);
}

maybe_finding local_policy(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || is_connected(known)) return {};
  if (known.all.local.outgoing && known.all.local.outgoing->is_reply)
    return own_firewall_at_answers(known);
  if (known.all.local.outgoing) return own_firewall(known);
  if (!known.all.local.refusing_route.empty()) return own_route(known);
  const icmp_fact* const icmp = icmp_of(known);
  const bool has_own_notice = icmp != nullptr && icmp->from_self &&
                              client->connect.ms < own_rule_ms &&
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
    {"tcp-client-offline", sought_on_wrong_link},
};

}  // namespace

cause_table unreachable_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
