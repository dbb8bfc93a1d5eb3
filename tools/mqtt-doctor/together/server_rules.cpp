// Rules about a failing client and the broker's own machine.
#include <algorithm>

#include "mqtt-doctor/causes/access_view.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/together/rules.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

bool has(const std::vector<std::string>& all, const std::string& text) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

ip_family family_dialled(const against_server& pair) {
  return family_of(is_v6_text(pair.client.dialled_address()));
}

/// The server's firewall verdict for the client's connection; null when it was not examined.
const firewall_fact* wall_of(const against_server& pair) {
  return pair.own.firewall(family_dialled(pair));
}

bool lets_answers_out(const against_server& pair) {
  return stopped_answers(pair.own, family_dialled(pair)) == nullptr;
}

bool is_open_to_all(const against_server& pair) {
  const firewall_fact* const wall = wall_of(pair);
  return wall != nullptr && wall->verdict == firewall_verdict::accept && lets_answers_out(pair);
}

}  // namespace

std::string sender_of(const against_server& pair) {
  const contact* const client = pair.from_client.client();
  if (client != nullptr && !client->connect.local_address.empty())
    return client->connect.local_address;
  const bool wants_v6 = is_v6_text(pair.client.dialled_address());
  for (const auto& interface : pair.client.known.local.interfaces) {
    if (interface.name != "lo" && is_v6_text(interface.address) == wants_v6 &&
        class_of(interface.address) != address_class::link_local) {
      return interface.address;
    }
  }
  return {};
}

bool is_translated(const against_server& pair) {
  return is_public_address(pair.client.dialled_address()) && !is_public_address(sender_of(pair));
}

namespace {

/// Whether a rule for some addresses may have met this client, as far as its address is known.
bool may_be_turned_away(const against_server& pair) {
  const firewall_fact* const wall = wall_of(pair);
  if (wall == nullptr) return false;
  const bool turns_some_away =
      std::any_of(wall->for_sources.begin(), wall->for_sources.end(),
                  [](const auto& source) { return !source.refusal.empty(); });
  return turns_some_away && (is_translated(pair) || has_unread_refusals(*wall));
}

sentence listening_words(const against_server& pair) {
  return told(pair.server,
              words(N_("Listening: {socket}."), {{"socket", socket_text(*pair.own.socket())}}));
}

void add_server_side(made_finding& made, const against_server& pair) {
  if (pair.own.socket() != nullptr) made.seen(listening_words(pair));
  if (is_open_to_all(pair)) {
    made.seen(told(pair.server, words(N_("This machine's firewall lets port {port} in."),
                                      {{"port", pair.from_client.port()}})));
  }
  if (accepted(pair.at) != nullptr) made.seen(welcome_of(pair.server));
}

sentence addresses_words(const against_server& pair) {
  return told(pair.server, words(N_("This machine has the addresses {addresses}."),
                                 {{"addresses", list_text(addresses_of(pair.server.known))}}));
}

std::string own_address(const against_server& pair) {
  const auto all = addresses_of(pair.server.known);
  return all.empty() ? pair.at.host() : all.front();
}

/// The first of the server's addresses, as others would dial it.
std::string own_target(const against_server& pair) {
  return shell_word(host_and_port(own_address(pair), pair.from_client.port()));
}

std::string watch_command(const against_server& pair) {
  return "sudo tcpdump -ni any tcp port " + pair.from_client.port();
}

/// The name means another machine here than there, and a broker answers at both.
bool two_brokers(const against_server& pair, notes out) {
  const contact* const here = accepted(pair.from_client);
  const bool is_same_name =
      !pair.client.known.name.is_literal &&
      lower(pair.client.known.asked.host) == lower(pair.server.known.asked.host);
  if (here == nullptr || accepted(pair.at) == nullptr || !is_same_name) return false;
  const places with{{"host", pair.from_client.host()},
                    {"vantage", pair.client.name},
                    {"address", here->address},
                    {"other", pair.server.name},
                    {"theirs", pair.server.dialled_address()}};
  made_finding made("delivery-two-brokers", certainty::likely, strength::told,
                    words(N_("{host} leads {vantage} to {address} and {other} to {theirs}, and a "
                             "broker answers at each: who publishes to the one is not heard at the "
                             "other."),
                          with));
  made.seen(welcome_of(pair.client)).seen(addresses_words(pair)).seen(welcome_of(pair.server));
  out.found.push_back(*std::optional<finding>(
      made.mend(
              words(N_("Let the name lead to one broker everywhere: look in /etc/hosts of both and "
                       "at the name servers that they ask.")),
              {}, place::console)
          .in_app(words(N_("Until then, set the address of the broker that is meant.")))
          .mend(words(N_("If both are meant, join them with a bridge.")))));
  return true;
}

/// The client dialled an address that is not the server's.
void wrong_address(const against_server& pair, notes out) {
  if (pair.leads != relation::elsewhere || pair.is_confirmed) return;
  if (two_brokers(pair, out)) return;
  // A broker answers there: it may be the one meant, and the file that of another server.
  const contact* const dialled_contact = pair.from_client.client();
  const bool is_a_broker = dialled_contact != nullptr && dialled_contact->mqtt &&
                           dialled_contact->mqtt->answer == mqtt_answer::connack;
  const std::string dialled_one = pair.client.dialled_address();
  const bool is_name = !pair.client.known.name.is_literal;
  const std::string server = list_text(addresses_of(pair.server.known));
  const places with{{"host", pair.from_client.host()},
                    {"address", dialled_one},
                    {"vantage", pair.client.name},
                    {"addresses", server}};
  made_finding made(
      is_name ? "dns-stale-address" : "input-wrong-address",
      is_a_broker ? certainty::possible : certainty::likely,
      is_a_broker ? strength::first_of_several : strength::told,
      is_name ? words(N_("{host} leads {vantage} to {address}, which is not the broker's machine: "
                         "that one has {addresses}."),
                      with)
              : words(N_("{vantage} dials {address}, which is not the broker's machine: that one "
                         "has {addresses}."),
                      with));
  made.seen(fate_of(pair.client)).seen(addresses_words(pair));
  if (is_name) {
    made.mend(words(N_("Let the name point to the address the server has now, or mend the dynamic "
                       "DNS client.")),
              {}, place::console);
  }
  made.in_app(words(N_("Use an address of the server: {addresses}."), {{"addresses", server}}));
  out.found.push_back(*std::optional<finding>(made.apart(
      words(N_("If a router or load balancer at {address} is meant to pass the port on, that "
               "is where to look. On the server, its address on the Internet:"),
            {{"address", dialled_one}}),
      "curl -4 https://ifconfig.co")));
}

/// The server is behind a router without a forwarding for the port.
finding port_forward(const against_server& pair) {
  const bool is_refused = connect_was(pair.from_client, connect_outcome::refused);
  const places with{{"address", pair.client.dialled_address()},
                    {"port", pair.from_client.port()},
                    {"own", own_address(pair)}};
  made_finding made(
      "tcp-port-forward-wrong", certainty::likely, is_refused ? strength::told : strength::agreed,
      words(N_("{address} is the address of a router, and port {port} is not passed on from there "
               "to the broker's machine."),
            with));
  made.seen(fate_of(pair.client)).seen(addresses_words(pair));
  add_server_side(made, pair);
  made.mend(words(N_("In the router, forward TCP {port} to {own} port {port} (also called virtual "
                     "server), and reserve that address in its DHCP."),
                  with),
            {}, place::console);
  return *std::optional<finding>(
      made.apart(words(N_("While {vantage} tries again, does anything arrive at the server?"),
                       {{"vantage", pair.client.name}}),
                 watch_command(pair)));
}

/// Whether the client's packets pass a router on their way, as the server's own networks tell.
bool comes_over_a_router(const against_server& pair, const std::string& sender) {
  const route_fact* const route = route_to(pair.own.host, sender);
  return is_translated(pair) || (route != nullptr && !route->via.empty());
}

/// A rule of the server lets in by the TTL, that is, neighbours alone.
bool kept_to_neighbours(const against_server& pair, const source_rule_fact& rule,
                        const std::string& sender, notes out) {
  const bool was_silent = connect_was(pair.from_client, connect_outcome::silent);
  if ((rule.refusal == firewall_verdict::drop) != was_silent) return false;
  const places with{{"tool", tool_name(rule.tool)},
                    {"vantage", pair.client.name},
                    {"address", sender},
                    {"chain", rule.chain},
                    {"rule", rule.rule}};
  made_finding made("tcp-timeout-source-allowlist", certainty::likely, strength::proven,
                    words(N_("The server's firewall ({tool}) turns away whoever comes over a "
                             "router, by the TTL of the packets, as {vantage} does."),
                          with));
  made.seen(fate_of(pair.client))
      .seen(told(pair.server, words(N_("The rule, in {chain}: {rule}"), with)));
  if (pair.own.socket() != nullptr) made.seen(listening_words(pair));
  cure mends = let_in(rule, pair.from_client.at.port, sender);
  made.mend(std::move(mends.what), std::move(mends.command));
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

/// A rule of the server refuses this very client's address.
bool turned_away(const against_server& pair, notes out) {
  const firewall_fact* const wall = wall_of(pair);
  if (wall == nullptr || is_connected(pair.from_client)) return false;
  const firewall_fact* const answers = pair.own.reply_firewall(family_dialled(pair));
  const std::string sender = sender_of(pair);
  const source_rule_fact* found = refusal_of(*wall, sender);
  if (found == nullptr && answers != nullptr) found = refusal_of(*answers, sender);
  if (found == nullptr && comes_over_a_router(pair, sender)) {
    const auto by_ttl =
        std::find_if(wall->for_sources.begin(), wall->for_sources.end(),
                     [](const auto& each) { return each.is_for_routed && !each.refusal.empty(); });
    if (by_ttl != wall->for_sources.end()) found = &*by_ttl;
  }
  if (found == nullptr) return false;
  if (found->is_for_routed) return kept_to_neighbours(pair, *found, sender, out);
  const bool was_silent = connect_was(pair.from_client, connect_outcome::silent);
  // A rule that rejects answers, so it is not what a client met that heard nothing.
  if ((found->refusal == firewall_verdict::drop) != was_silent) return false;
  const bool is_sure = is_public_address(sender) ||
                       is_on_link(pair.client.known.local, pair.client.dialled_address());
  made_finding made(
      "tcp-timeout-source-allowlist", is_sure ? certainty::certain : certainty::likely,
      is_sure ? strength::proven : strength::measured,
      words(
          N_("The server's firewall ({tool}) turns {vantage} away by its address, {address}."),
          {{"tool", tool_name(found->tool)}, {"vantage", pair.client.name}, {"address", sender}}));
  made.seen(fate_of(pair.client));
  made.seen(told(pair.server, words(N_("The rule, in {chain}: {rule}"),
                                    {{"chain", found->chain}, {"rule", found->rule}})));
  if (pair.own.socket() != nullptr) made.seen(listening_words(pair));
  cure mends = let_in(*found, pair.from_client.at.port, sender);
  made.mend(std::move(mends.what), std::move(mends.command));
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

/// What stands before the broker on its machine (a proxy, TCP wrappers, systemd) turns this very
/// client away.
bool turned_away_inside(const against_server& pair, notes out) {
  const view& client = pair.from_client;
  if (accepted(client) != nullptr || pair.leads == relation::elsewhere) return false;
  const std::string sender = sender_of(pair);
  for (const guarding_rules& guard : guards_of(pair.own)) {
    if (!is_refusal(client, guard)) continue;
    const asking_client asking = client_of(client, guard.proxy, sender);
    const access_rule_fact* const rule = refusal_of(*guard.rules, asking);
    if (rule == nullptr) continue;
    maybe_finding found = turned_away_by(pair.own, guard, *rule, asking, pair.client.name);
    if (!found) continue;
    if (is_translated(pair)) found->how_sure = certainty::likely;
    if (guard.proxy != nullptr) doubt_unread(pair.at, *found);
    found->evidence.insert(found->evidence.begin(), fate_of(pair.client));
    out.found.push_back(std::move(*found));
    return true;
  }
  return false;
}

/// The client may be among the refused addresses, since a router translates its own.
finding perhaps_turned_away(const against_server& pair) {
  const firewall_fact* const wall = wall_of(pair);
  const auto found = std::find_if(wall->for_sources.begin(), wall->for_sources.end(),
                                  [](const auto& source) { return !source.refusal.empty(); });
  made_finding made(
      "tcp-timeout-source-allowlist", certainty::possible, strength::first_of_several,
      words(N_("The server's firewall ({tool}) turns {list} away; the address {vantage} comes "
               "from may be among them."),
            {{"tool", tool_name(found->tool)},
             {"list", found->list},
             {"vantage", pair.client.name}}));
  made.seen(fate_of(pair.client));
  made.seen(told(pair.server, words(N_("The rule, in {chain}: {rule}"),
                                    {{"chain", found->chain}, {"rule", found->rule}})));
  return *std::optional<finding>(
      made.apart(words(N_("Where {vantage} was made, this shows the address it comes from:"),
                       {{"vantage", pair.client.name}}),
                 "curl -4 https://ifconfig.co"));
}

/// What the server saw of the phone's tries at that port; nullptr for other clients.
const phone_port_fact* phone_port_of(const against_server& pair) {
  if (!pair.client.known.phone) return nullptr;
  const auto& ports = pair.client.known.phone->ports;
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const phone_port_fact& port) {
    return port.port == pair.from_client.at.port;
  });
  return found == ports.end() ? nullptr : &*found;
}

bool is_absent(const against_server& pair) {
  const phone_port_fact* const came = phone_port_of(pair);
  return came != nullptr && came->arrival == phone_arrival::absent;
}

/// Whether a home router may lack a forwarding for this port: each port is forwarded by itself, so
/// the page that came by the same address proves nothing.
bool may_lack_forward(const against_server& pair) {
  const auto& phone = pair.client.known.phone;
  const bool is_routed = pair.leads == relation::behind && pair.own.host.cloud.empty();
  return is_routed && (!pair.is_confirmed || (phone && phone->has_page));
}

/// Whether the phone's page came from another network of the same building: a router is between
/// them, and no provider.
bool is_from_next_network(const against_server& pair) {
  const auto& phone = pair.client.known.phone;
  return phone && phone->has_page && class_of(phone->address) == address_class::private_use &&
         !is_on_link(pair.server.known.local, phone->address) &&
         class_of(pair.client.dialled_address()) == address_class::private_use;
}

finding kept_by_router(const against_server& pair) {
  const places with{{"port", pair.from_client.port()}, {"phone", pair.client.known.phone->address}};
  made_finding made("tcp-timeout-security-group", certainty::likely, strength::measured,
                    words(N_("The router between the phone's network ({phone}) and this machine's "
                             "lets the page through, and swallows port {port}."),
                          with));
  made.seen(fate_of(pair.client));
  made.seen(
      told(pair.server, words(N_("Not a packet of the phone for port {port} came here."), with)));
  add_server_side(made, pair);
  made.in_console(
      words(N_("In that router or firewall, let TCP {port} from the phone's network come "
               "to this machine; or take the phone into the same Wi-Fi."),
            with));
  return *std::optional<finding>(made.apart(
      words(N_("While {vantage} tries again, nothing must arrive at the server; if something "
               "does, the server's answers are lost:"),
            {{"vantage", pair.client.name}}),
      watch_command(pair)));
}

/// The server is ready and its firewall lets everybody in, yet the client gets no answer.
finding swallowed(const against_server& pair, bool may_stop_answers) {
  const bool knows_wall = is_open_to_all(pair);
  const std::string cloud = row_of(pair.own.host.cloud.value()).name;
  const bool is_cloud = !cloud.empty();
  // It is certain that packets do not arrive if the address is known to be this machine's.
  const auto& phone = pair.client.known.phone;
  const bool may_not_have_tried = phone && !phone->has_come();
  // The client's own firewall or provider may drop the packets as well, so a cloud's filter is not
  // certain to be the cause.
  const bool has_left = phone || pair.client.known.local.is_outgoing_read;
  // From a machine that is never heard the answers may be lost as well, on their way back.
  const auto& around = pair.from_client.at.reachability;
  const bool is_unheard =
      !phone && around && !around->ports.empty() && !is_host_alive(pair.from_client);
  const bool is_sure = knows_wall && has_left && !is_unheard && !is_cloud && !may_not_have_tried &&
                       !may_be_turned_away(pair) && !may_lack_forward(pair) && !may_stop_answers &&
                       (pair.leads == relation::own || pair.is_confirmed);
  const bool is_private = class_of(pair.client.dialled_address()) == address_class::private_use;
  const places with{{"port", pair.from_client.port()},
                    {"cloud", cloud},
                    {"filter", cloud_filter(pair.own.host.cloud.value())},
                    {"vantage", pair.client.name}};
  made_finding made(
      "tcp-timeout-security-group", is_sure ? certainty::certain : certainty::likely,
      is_sure      ? strength::proven
      : knows_wall ? strength::measured
                   : strength::leaning,
      is_cloud
          ? words(N_("TCP {port} is swallowed before it reaches the server: {cloud}'s {filter} "
                     "does not let it in."),
                  with)
      : is_private
          ? words(N_("TCP {port} is swallowed between {vantage} and the server: by a firewall of a "
                     "router or network in between."),
                  with)
          : words(N_("TCP {port} is swallowed between {vantage} and the server: by the "
                     "provider's security group, or by a firewall of a network in between."),
                  with));
  made.seen(fate_of(pair.client));
  if (is_absent(pair))
    made.seen(told(pair.server, words(N_("Not a packet of the phone for port {port} came here."),
                                      {{"port", pair.from_client.port()}})));
  add_server_side(made, pair);
  if (is_cloud) {
    made.in_console(words(N_("In the console of {cloud}: {filter}, inbound, TCP {port}, source "
                             "0.0.0.0/0."),
                          with));
  } else if (is_private) {
    made.in_console(
        words(N_("In the routers between the two networks, let TCP {port} from {vantage} "
                 "to the server through."),
              with));
  } else {
    made.in_console(words(N_("In the provider's console, allow inbound TCP {port} from 0.0.0.0/0; "
                             "in an own network, allow it in the firewall on the way."),
                          with));
  }
  if (is_unheard)
    made.look(words(N_("Nothing of the server reaches {vantage}: its answers may be lost on their "
                       "way. Does the server reach its gateway (FAILED: it does not)?"),
                    with),
              "ip route; ip neigh");
  return *std::optional<finding>(made.apart(
      words(N_("While {vantage} tries again, nothing must arrive at the server; if something "
               "does, the server's answers are lost:"),
            with),
      watch_command(pair)));
}

/// The server is ready, and a firewall on the way refuses in its name.
finding refused_between(const against_server& pair) {
  const places with{{"port", pair.from_client.port()}, {"vantage", pair.client.name}};
  if (is_refused_throughout(pair)) return taken_address(pair);
  made_finding made(
      "tcp-refused-by-firewall-reset", certainty::likely, strength::agreed,
      words(N_("Something between {vantage} and the server refuses port {port} with a reset; the "
               "server itself would take the connection."),
            with));
  made.seen(fate_of(pair.client));
  add_server_side(made, pair);
  made.in_console(words(N_("Allow TCP {port} in the firewall between the two."),
                        {{"port", pair.from_client.port()}}));
  return *std::optional<finding>(
      made.apart(words(N_("If the broker was started after {vantage} was made, make that one anew. "
                          "Otherwise, while it tries, does anything arrive at the server?"),
                       with),
                 watch_command(pair)));
}

/// A private address answers nobody outside its network.
bool is_out_of_reach(const against_server& pair) {
  const std::string address = pair.client.dialled_address();
  return !is_public_address(address) && !is_on_link(pair.client.known.local, address) &&
         !is_host_alive(pair.from_client);
}

void private_address(const against_server& pair, notes out) {
  out.found.push_back(*std::optional<finding>(
      made_finding(
          "input-private-address", certainty::likely, strength::seen,
          words(N_("{vantage} dials {address}, an address inside the server's own network, "
                   "from outside of it."),
                {{"vantage", pair.client.name}, {"address", pair.client.dialled_address()}}))
          .seen(fate_of(pair.client))
          .seen(addresses_words(pair))
          .seen(told(pair.client,
                     words(N_("No port of that address answers, and no interface of this device is "
                              "in its network."))))
          .in_app(words(N_("Use the public address that the cloud console or the router shows, or "
                           "connect the phone to the same network or VPN.")))));
}

/// By IPv6 nobody finds the server, whose firewall refuses the search for its addresses.
bool hidden_from_neighbours(const against_server& pair, notes out) {
  if (family_dialled(pair) != ip_family::v6 || is_connected(pair.from_client) ||
      pair.leads == relation::elsewhere)
    return false;
  exclusions ignored;
  maybe_finding found = host_firewall_neighbours(pair.at, ignored);
  if (!found) return false;
  found->how_bad = severity::problem;
  found->weight = weight_of(strength::proven);
  found->evidence.insert(found->evidence.begin(), fate_of(pair.client));
  out.found.push_back(std::move(*found));
  return true;
}

void path(const against_server& pair, notes out) {
  const bool is_silent = connect_was(pair.from_client, connect_outcome::silent);
  const bool is_refused = connect_was(pair.from_client, connect_outcome::refused) &&
                          !pair.from_client.client()->connect.icmp;
  if (!is_silent && !is_refused) return;
  if (pair.leads == relation::elsewhere && !pair.is_confirmed) return;
  if (pair.leads == relation::unknown) return;
  // The server's own diagnosis tells why it does not answer.
  if (!pair.own.is_public()) return;
  const firewall_fact* const wall = wall_of(pair);
  if (explains_itself(pair.client) || weigh_undecided_rule(pair, out)) return;
  const bool is_known = wall != nullptr && wall->verdict != firewall_verdict::unknown;
  if (is_known && wall->verdict != firewall_verdict::accept) return;
  if (!lets_answers_out(pair)) return;
  const bool may_stop_answers = weigh_undecided_answers(pair, out);
  if (is_silent && weigh_way_back(pair, out)) return;
  const phone_port_fact* const came = phone_port_of(pair);
  // The phone's packets arrive, or only its own facts can tell where it is.
  if (came != nullptr && came->arrival.value() > phone_arrival::absent) return;
  if (came != nullptr && !is_public_address(pair.client.dialled_address())) {
    if (is_silent && is_from_next_network(pair)) out.found.push_back(kept_by_router(pair));
    return;
  }
  if (is_silent && is_out_of_reach(pair)) return private_address(pair, out);
  if (pair.is_open) return;  // others come in: the fault is the client's side
  const bool is_routed = pair.leads == relation::behind && pair.own.host.cloud.empty();
  if (is_silent && may_be_turned_away(pair)) out.found.push_back(perhaps_turned_away(pair));
  if (may_lack_forward(pair)) out.found.push_back(port_forward(pair));
  if (is_silent) {
    out.found.push_back(swallowed(pair, may_stop_answers));
    if (is_routed) out.found.back().weight = weight_of(strength::first_of_several);
  } else if (!is_routed && is_known) {
    out.found.push_back(refused_between(pair));
  }
}

/// The port answers the client with another service than it answers on the server.
void other_service(const against_server& pair, notes out) {
  const contact* const client = pair.from_client.client();
  if (client == nullptr || !client->connect.is_connected() || accepted(pair.at) == nullptr) return;
  if (explains_itself(pair.client)) return;
  if (client->speaks.empty() || client->speaks == spoken_protocol::mqtt ||
      client->speaks == spoken_protocol::tls || client->speaks == spoken_protocol::tls_alert)
    return;
  if (pair.from_client.at.scheme != pair.at.at.scheme) return;
  if (pair.from_client.is_websocket() && client->speaks == spoken_protocol::http) return;
  const bool is_routed = pair.leads == relation::behind;
  const places with{{"vantage", pair.client.name},
                    {"port", pair.from_client.port()},
                    {"address", client->address},
                    {"speaks", client->speaks}};
  made_finding made(
      is_routed ? "tcp-port-forward-wrong" : "path-transparent-proxy", certainty::likely,
      strength::told,
      is_routed
          ? words(N_("What answers {vantage} at {address} on port {port} is not the broker: the "
                     "router passes the port on to another machine or port, or answers itself."),
                  with)
          : words(N_("What answers {vantage} at {address} on port {port} is not the broker: "
                     "something in between takes its connections."),
                  with));
  made.seen(
      told(pair.client, words(N_("It was answered with {speaks}: {text}"),
                              {{"speaks", client->speaks}, {"text", client->text.substr(0, 60)}})));
  add_server_side(made, pair);
  if (is_routed) {
    made.mend(words(N_("In the router, correct the forward of TCP {port}: to {own} port {port}."),
                    {{"port", pair.from_client.port()}, {"own", own_address(pair)}}),
              {}, place::console);
  } else if (!sign_in_page(pair.from_client).empty()) {
    return;  // the client's own finding says so
  } else {
    made.in_app(
        words(N_("Try another network, or TLS on port 8883, which nothing in between can "
                 "answer.")));
  }
  out.found.push_back(*std::optional<finding>(made));
}

/// The CONNACK that refused the login, in an older version when the newer one was hung up on; null
/// when none did.
const mqtt_fact* refusal_of_login(const view& known) {
  for (const contact_purpose purpose : {contact_purpose::client, contact_purpose::version}) {
    const contact* const answered = with_connack(known, purpose);
    if (answered == nullptr) continue;
    const int meaning = answered->mqtt->meaning;
    const bool is_refusal = meaning == number_of(reason_code::bad_user_name_or_password) ||
                            meaning == number_of(reason_code::not_authorized);
    if (is_refusal) return &*answered->mqtt;
  }
  return nullptr;
}

/// The same login is accepted on the server and refused elsewhere.
void login(const against_server& pair, notes out) {
  const contact* const yes = accepted(pair.at);
  const mqtt_fact* const refusal = refusal_of_login(pair.from_client);
  if (yes == nullptr || refusal == nullptr) return;
  const mqtt_fact& no = *refusal;
  const std::string& user = pair.client.known.asked.user_name;
  const bool is_anonymous = !no.sent_user && !yes->mqtt->sent_user;
  const bool is_same_user =
      no.sent_user && yes->mqtt->sent_user && user == pair.server.known.asked.user_name;
  if (!is_anonymous && !is_same_user) return;
  const bool is_through_loopback = class_of(yes->address) == address_class::loopback;
  // RabbitMQ refuses a right password with 5, and a wrong one with 4.
  const bool is_let_in_there = no.meaning == number_of(reason_code::not_authorized);
  const bool is_rabbit =
      broker_of(pair.at) == broker_kind::rabbitmq || is_let_in_no_further(pair.from_client);
  const bool is_only_local =
      is_same_user && is_rabbit && (is_guest(user) || (is_through_loopback && is_let_in_there));
  const places with{{"vantage", pair.client.name}, {"user", user}};
  made_finding made(
      is_only_local ? "auth-guest-only-local" : "auth-source-not-allowed",
      is_only_local && is_guest(user) ? certainty::certain
      : is_only_local || is_anonymous ? certainty::likely
                                      : certainty::possible,
      is_only_local  ? strength::proven
      : is_anonymous ? strength::proven
                     : strength::one_of_several,
      is_only_local ? words(N_("RabbitMQ lets the user {user} in by its own loopback address only "
                               "(loopback_users)."),
                            with)
      : is_anonymous
          ? words(N_("The broker lets clients without a user name in from its own "
                     "machine, and refuses {vantage}: it decides by where a client comes "
                     "from, or by the listener it comes to."),
                  with)
          : words(N_("The broker takes {user} on its own machine and refuses {vantage}: "
                     "it may allow that user from certain addresses only."),
                  with));
  made.seen(fate_of(pair.client));
  made.seen(told(pair.server, words(N_("The same login is accepted at {address}."),
                                    {{"address", yes->address}})));
  if (is_only_local) {
    offer_own_user(made);
  } else if (is_anonymous) {
    made.in_app(words(N_("Use a user name and password.")));
  } else {
    made.mend(words(N_("In the broker's access rules, allow that user from other addresses.")));
  }
  if (!is_only_local) {
    made.apart(is_through_loopback
                   ? words(N_("Is it refused on the server by its own address as well? Then the "
                              "address decides:"))
                   : words(N_("The same command in both places, with the password typed anew, "
                              "tells a typo from a rule:")),
               "mqtt-doctor " + own_target(pair) +
                   (is_same_user ? " -u " + shell_word(user) + " --ask-password" : ""));
  }
  out.found.push_back(*std::optional<finding>(made));
}

}  // namespace

relation relation_of(const vantage& client, const vantage& server) {
  const std::string address = client.dialled_address();
  if (address.empty()) return relation::unknown;
  const address_class kind = class_of(address);
  if (kind == address_class::loopback || kind == address_class::unspecified ||
      kind == address_class::link_local) {
    return relation::unknown;
  }
  const auto own = addresses_of(server.known);
  if (has(own, address)) return relation::own;
  const bool is_public = is_public_address(address);
  const bool has_such = std::any_of(own.begin(), own.end(), [&](const std::string& text) {
    return is_v6_text(text) == is_v6_text(address) && is_public_address(text);
  });
  const bool has_family = std::any_of(own.begin(), own.end(), [&](const std::string& text) {
    return is_v6_text(text) == is_v6_text(address);
  });
  if (!has_family) return relation::unknown;
  if (is_public && !has_such) return relation::behind;
  return relation::elsewhere;
}

void weigh_against_server(const against_server& pair, notes out) {
  wrong_address(pair, out);
  if (!turned_away(pair, out) && !turned_away_inside(pair, out) &&
      !hidden_from_neighbours(pair, out))
    path(pair, out);
  weigh_same_network(pair, out);
  other_service(pair, out);
  if (!weigh_other_broker(pair, out)) login(pair, out);
}

}  // namespace mqttkit::doctor
