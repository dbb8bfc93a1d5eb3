// Rules read on the server that fit what the client met, and what the server's own passage
// excludes.
#include <algorithm>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/together/rules.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

const firewall_fact* wall_of(const against_server& pair) {
  return pair.own.firewall(family_of(is_v6_text(pair.client.dialled_address())));
}

/// Whether the client met what the rule does to those it stops.
bool fits(const firewall_fact& wall, const view& client) {
  const contact& made = *client.client();
  if (wall.refusal == firewall_verdict::drop) return connect_was(client, connect_outcome::silent);
  if (wall.refusal == firewall_verdict::reject_reset)
    return connect_was(client, connect_outcome::refused) && !made.connect.icmp;
  if (wall.refusal == firewall_verdict::reject_icmp)
    return made.connect.icmp && made.connect.icmp->from_target;
  return false;
}

bool is_of_iptables(const std::string& rule) { return rule.starts_with("-A "); }

/// Whether a shell takes the words of a rule, which somebody else wrote, for nothing but words.
bool is_harmless(std::string_view rule) {
  bool is_quoted = false;
  for (const char c : rule) {
    if (c == '"') is_quoted = !is_quoted;
    constexpr std::string_view never = "$`\\\n'", outside = ";|&<>()*?[]{}~#";
    if (never.find(c) != never.npos || (!is_quoted && outside.find(c) != outside.npos))
      return false;
  }
  return !is_quoted;
}

/// The command that lets an address past a rule, with the tool that keeps the rules.
std::string let_past_command(const firewall_fact& wall, const std::string& chain,
                             const std::string& rule, const std::string& sender) {
  const bool is_v6 = is_v6_text(sender);
  const std::string port = std::to_string(wall.port), address = shell_word(sender);
  if (wall.tool == firewall_tool::ufw)
    return "sudo ufw prepend allow from " + address + " to any port " + port + " proto tcp";
  if (wall.tool == firewall_tool::firewalld)
    return "sudo firewall-cmd --permanent --add-rich-rule='rule family=\"" +
           std::string(is_v6 ? "ipv6" : "ipv4") + "\" source address=\"" + sender +
           "\" port port=\"" + port + "\" protocol=\"tcp\" accept' && sudo firewall-cmd --reload";
  if (is_of_iptables(rule) || wall.tool == firewall_tool::iptables)
    return iptables_insertion(chain, is_v6) + " -s " + address + " -p tcp --dport " + port +
           " -j ACCEPT";
  return "sudo nft insert rule " + nft_chain(chain) + (is_v6 ? " ip6" : " ip") + " saddr " +
         address + " tcp dport " + port + " accept";
}

/// Whether the server sees the client's own address, and which it is.
std::string plain_sender(const against_server& pair) {
  const std::string sender = sender_of(pair);
  const bool is_address = sender.find_first_not_of("0123456789abcdefABCDEF.:") == sender.npos;
  if (!is_address || class_of(sender) == address_class::loopback || is_translated(pair)) return {};
  return sender;
}

/// Lets one client past a rule; in words alone where a router changes its address on the way.
void let_past(made_finding& made, const against_server& pair, const firewall_fact& wall,
              const std::string& chain, const std::string& rule) {
  const std::string sender = plain_sender(pair);
  if (sender.empty()) {
    made.mend(words(N_("Let the client past that rule, or take the rule away where it is made.")));
    return;
  }
  made.mend(words(N_("Let {vantage} past it, by its address, {address}; for the rule itself ask "
                     "whoever made it:"),
                  {{"vantage", pair.client.name}, {"address", sender}}),
            let_past_command(wall, chain, rule, sender));
}

/// "There are 2 routers between": what a rule about the time to live goes by.
void add_hops(made_finding& made, const against_server& pair, const std::string& rule) {
  const bool is_about_hops = rule.find("ttl") != std::string::npos ||
                             rule.find("hoplimit") != std::string::npos ||
                             rule.find("-m hl") != std::string::npos;
  const auto& around = pair.from_client.at.reachability;
  if (!is_about_hops || !around || around->hops.empty()) return;
  made.seen(told(pair.client,
                 words(N_("It comes over at least {count} router(s), and each takes one from a "
                          "packet's time to live (TTL), which that rule goes by."),
                       {{"count", std::to_string(around->hops.back().ttl)}})));
}

/// The connection stands, and what the client says in it ends as the rule would end it.
bool is_cut_off_in_speech(const view& known, const std::string& rule) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || !client->received.empty())
    return false;
  const bool is_ended = client->end == connection_end::reset ||
                        (client->mqtt && client->mqtt->answer == mqtt_answer::reset);
  const bool resets =
      rule.find("tcp-reset") != std::string::npos || rule.find("tcp reset") != std::string::npos;
  return resets ? is_ended : client->unacknowledged > 0;
}

/// A rule refuses packets within connections that it lets be opened.
bool weigh_later_rule(const against_server& pair, notes out) {
  const firewall_fact* const wall = wall_of(pair);
  if (wall == nullptr || wall->later_rule.empty() ||
      !is_cut_off_in_speech(pair.from_client, wall->later_rule))
    return false;
  const places with{{"vantage", pair.client.name},
                    {"chain", wall->later_chain},
                    {"rule", wall->later_rule},
                    {"port", pair.from_client.port()}};
  made_finding made(
      "path-payload-dropped", certainty::likely, strength::proven,
      words(
          N_("A rule of the server's own firewall lets the connection of {vantage} be opened, and "
             "stops what is sent in it by what it holds."),
          with));
  made.seen(told(pair.server, words(N_("The rule, in {chain}: {rule}"), with)));
  made.seen(told(pair.client,
                 words(N_("The connection to port {port} opened, and no answer came to what was "
                          "sent in it."),
                       with)));
  if (is_of_iptables(wall->later_rule) && wall->later_chain.find(' ') != std::string::npos) {
    const bool is_v6 = is_v6_text(pair.client.dialled_address());
    const std::string words_of_rule = wall->later_rule.substr(3);
    const bool is_legacy = wall->later_chain.starts_with("legacy ");
    const std::string where = wall->later_chain.substr(is_legacy ? 7 : 0);
    const std::string table = where.substr(0, where.find(' '));
    if (is_harmless(words_of_rule) && is_harmless(table))
      made.mend(words(N_("Take that rule away, if it is not meant to keep MQTT out; who set it may "
                         "set it again:")),
                std::string(is_v6 ? "sudo ip6tables" : "sudo iptables") +
                    (is_legacy ? "-legacy" : "") + (table == "filter" ? "" : " -t " + table) +
                    " -D " + words_of_rule);
  }
  let_past(made, pair, *wall, wall->later_chain, wall->later_rule);
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

}  // namespace

bool weigh_undecided_rule(const against_server& pair, notes out) {
  const firewall_fact* const wall = wall_of(pair);
  if (wall == nullptr || pair.from_client.client() == nullptr) return false;
  if (wall->verdict != firewall_verdict::unknown || wall->rule.empty() || wall->chain.empty())
    return false;
  if (!fits(*wall, pair.from_client)) return false;
  const places with{{"vantage", pair.client.name},
                    {"tool", tool_name(wall->tool)},
                    {"chain", wall->chain},
                    {"rule", wall->rule}};
  made_finding made(
      wall->refusal == firewall_verdict::drop           ? "tcp-timeout-host-firewall"
      : wall->refusal == firewall_verdict::reject_reset ? "tcp-refused-by-firewall-reset"
                                                        : "tcp-refused-by-icmp",
      certainty::likely, strength::proven,
      words(N_("The server's own firewall ({tool}) has a rule that stops some connections to this "
               "port, and {vantage} met what it does: {rule}"),
            with));
  made.seen(fate_of(pair.client));
  made.seen(told(pair.server, words(N_("The rule that decides, in {chain}: {rule}"), with)));
  add_hops(made, pair, wall->rule);
  let_past(made, pair, *wall, wall->chain, wall->rule);
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

bool weigh_undecided_answers(const against_server& pair, notes out) {
  const firewall_fact* const wall =
      pair.own.reply_firewall(family_of(is_v6_text(pair.client.dialled_address())));
  if (wall == nullptr || wall->verdict != firewall_verdict::unknown || wall->rule.empty() ||
      wall->chain.empty() || !connect_was(pair.from_client, connect_outcome::silent))
    return false;
  const places with{{"vantage", pair.client.name},
                    {"tool", tool_name(wall->tool)},
                    {"chain", wall->chain},
                    {"rule", wall->rule}};
  // A rule by the user of the broker's own program is about its answers; others seldom are.
  const listener_fact* const socket = pair.own.socket();
  const bool names_program =
      socket != nullptr && !socket->process.empty() && contains(wall->rule, socket->process);
  made_finding made(
      "tcp-timeout-host-firewall", certainty::likely,
      names_program ? strength::proven : strength::leaning,
      words(N_("The server's own firewall ({tool}) has a rule for what leaves it that "
               "may stop its answers to {vantage}: {rule}"),
            with));
  made.seen(fate_of(pair.client));
  made.seen(told(pair.server, words(N_("The rule that decides, in {chain}: {rule}"), with)));
  made.look(words(N_("Its counter, if it has one, grows while {vantage} tries:"), with),
            wall->tool == firewall_tool::nft ? "sudo nft list ruleset" : "sudo iptables -L -v -n");
  made.mend(
      words(N_("Let the packets of established connections pass before that rule (ct state "
               "established, related).")));
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

bool is_refused_throughout(const against_server& pair) {
  const auto& around = pair.from_client.at.reachability;
  if (!around || around->ports.empty() || pair.leads != relation::own) return false;
  return std::all_of(around->ports.begin(), around->ports.end(), [](const port_fact& port) {
    return port.connect.outcome == connect_outcome::refused && !port.connect.icmp;
  });
}

finding taken_address(const against_server& pair) {
  const places with{{"port", pair.from_client.port()},
                    {"vantage", pair.client.name},
                    {"address", pair.client.dialled_address()}};
  made_finding made(
      "tcp-refused-by-firewall-reset", certainty::likely, strength::agreed,
      words(N_("It is not the server that refuses {vantage}: another machine has {address} as well "
               "(a conflict of addresses), or something in between refuses in its name."),
            with));
  made.seen(fate_of(pair.client));
  made.seen(
      told(pair.client, words(N_("All ports that were tried at {address} are refused."), with)));
  if (pair.own.socket() != nullptr)
    made.seen(told(pair.server, words(N_("Listening: {socket}."),
                                      {{"socket", socket_text(*pair.own.socket())}})));
  if (accepted(pair.at) != nullptr) made.seen(welcome_of(pair.server));
  const auto& all = pair.server.known.local.interfaces;
  const auto own = std::find_if(all.begin(), all.end(), [&](const interface_fact& each) {
    return each.address == pair.client.dialled_address();
  });
  if (own != all.end() && !is_v6_text(own->address))
    made.look(words(N_("On the server, this asks whether another machine answers for its address "
                       "(a reply names its hardware address):")),
              "sudo arping -D -c 3 -I " + shell_word(own->name) + " " + shell_word(own->address),
              place::server);
  made.in_console(
          words(N_("In the router's list of devices look for {address} twice; give the other "
                   "machine another address, and reserve this one for the server in the "
                   "router's DHCP."),
                with))
      .in_console(words(
          N_("If nobody else has it, allow TCP {port} in the firewall between the two."), with));
  return *std::optional<finding>(made.apart(
      words(N_("While {vantage} tries again, does anything arrive at the server?"), with),
      "sudo tcpdump -ni any tcp port " + pair.from_client.port()));
}

std::optional<cure> cure_past_wall(const against_server& pair) {
  const firewall_fact* const wall = wall_of(pair);
  const std::string sender = plain_sender(pair);
  if (wall == nullptr || wall->verdict != firewall_verdict::source || sender.empty() ||
      wall->chain.empty())
    return {};
  cure made;
  made.what = words(N_("Let {vantage} in, by its address, {address}, and nobody else:"),
                    {{"vantage", pair.client.name}, {"address", sender}});
  made.command = let_past_command(*wall, wall->chain, wall->rule, sender);
  made.kind = cure_kind::command;
  return made;
}

void exclude_ends_of_all(const sentence& why, notes out) {
  for (const char* const id :
       {"proxy-backend-down", "proxy-backend-down-retrying", "proxy-backend-black-hole",
        "proxy-protocol-unexpected", "mqtt-max-connections"})
    exclude(out.excluded, id, why);
}

void weigh_passage_there(const against_server& pair, notes out) {
  if (weigh_later_rule(pair, out)) return;
  const contact* const there = accepted(pair.at);
  const contact* const client = pair.from_client.client();
  const bool is_ended = client != nullptr && client->connect.is_connected() &&
                        accepted(pair.from_client) == nullptr && was_ended_by_peer(*client) &&
                        client->received.empty();
  if (there == nullptr || !is_ended || pair.leads != relation::own) return;
  // One program takes both connections; else each may have its own fate.
  const auto& all = pair.own.sockets;
  const bool is_one = !all.empty() && std::all_of(all.begin(), all.end(), [&](const auto* socket) {
    return socket->pid == all.front()->pid && socket->process == all.front()->process;
  });
  const firewall_fact* const wall = wall_of(pair);
  const bool is_sent_on = wall != nullptr && !wall->forwarded_to.empty();
  if (!is_one || is_sent_on) return;
  exclude_ends_of_all(welcome_of(pair.server), out);
  if (!was_hung_up_on_silence(*client) &&
      pair.from_client.at.find(contact_purpose::quiet) != nullptr &&
      !was_hung_up_on_silence(*pair.from_client.at.find(contact_purpose::quiet)))
    return;
  const std::string sender = sender_of(pair);
  const std::string holder = pair.own.holder_name();
  const bool is_proxy =
      pair.own.socket() != nullptr && is_in_front(*pair.own.socket(), pair.own.host);
  const places with{{"vantage", pair.client.name},
                    {"address", sender.empty() ? pair.client.name : sender},
                    {"process", holder.empty() ? "?" : holder},
                    {"port", pair.from_client.port()}};
  made_finding made(
      is_proxy ? "proxy-source-denied" : "mqtt-access-filter", certainty::likely, strength::told,
      words(N_("{process}, which has port {port}, lets the server's own connections through and "
               "hangs up on {vantage} before a word: it, or TCP wrappers, turns the address "
               "{address} away."),
            with));
  made.seen(fate_of(pair.client)).seen(welcome_of(pair.server));
  made.look(words(N_("Look for the rule: deny and allow in nginx, tcp-request in haproxy, "
                     "/etc/hosts.deny and hosts.allow for stunnel and mosquitto:")),
            "sudo grep -rnE 'deny|allow|tcp-request|reject' /etc/hosts.deny /etc/hosts.allow "
            "/etc/nginx /etc/haproxy /etc/stunnel 2>/dev/null",
            place::server);
  out.found.push_back(*std::optional<finding>(made.mend(
      words(N_("Let {address} in there, and let {process} read its file again."), with))));
}

}  // namespace mqttkit::doctor
