// What the client's own machine does with its packets before they leave, and with the answers.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// A NAT rule of this machine leads its connections elsewhere, as a transparent proxy has it.
maybe_finding sent_elsewhere(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !known.all.local.diverted || accepted(known) != nullptr) return {};
  const firewall_fact& rule = *known.all.local.diverted;
  const forward_target target = read_forward_target(rule.forwarded_to);
  const bool is_own = !target.is_elsewhere();
  // A service's address exists by such rules alone, which their program keeps.
  constexpr std::string_view keepers[] = {"KUBE-", "CILIUM", "ISTIO",
                                          "istio", "DOCKER", "kubernetes"};
  const std::string whole = rule.chain + ' ' + rule.rule;
  const bool is_kept =
      std::any_of(std::begin(keepers), std::end(keepers),
                  [&](std::string_view each) { return whole.find(each) != std::string::npos; });
  const bool is_taken = client->connect.is_connected();
  const bool is_v6 = is_v6_text(client->address);
  const std::string address = shell_word(client->address);
  const places with{
      {"address", client->address}, {"port", known.port()}, {"own", std::to_string(target.port)},
      {"to", rule.forwarded_to},    {"chain", rule.chain},  {"rule", rule.rule}};
  made_finding made(
      "tcp-local-policy", is_taken || is_kept ? certainty::likely : certainty::certain,
      is_kept    ? strength::leaning
      : is_taken ? strength::first_of_several
                 : strength::proven,
      is_own
          ? words(N_("This machine itself leads its connections to {address}:{port} elsewhere: a "
                     "NAT rule redirects them to its own port {own}, and {address} hears "
                     "nothing of them."),
                  with)
          : words(N_("This machine itself leads its connections to {address}:{port} elsewhere: a "
                     "NAT rule (DNAT) sends them to {to}, and {address} hears nothing of them."),
                  with));
  made.seen(words(N_("The rule that decides, in {chain}: {rule}"), with));
  if (!is_taken) made.seen(refusal_or_silence(known));
  if (is_own && connect_was(known, connect_outcome::refused))
    made.seen(words(N_("Nobody listens on port {own} here: the program that had set the rule (a "
                       "transparent proxy, Tor, a VPN) does not run."),
                    with));
  if (is_kept)
    return made.look(words(N_("A program keeps that rule (Kubernetes, Docker, a service mesh): see "
                              "whether what it leads to runs, rather than change it:")),
                     "kubectl get pods,endpoints,services -A -o wide; sudo docker ps", place::here);
  const std::string command = rule.tool == firewall_tool::nft
                                  ? "sudo nft insert rule " + nft_chain(rule.chain) +
                                        (is_v6 ? " ip6" : " ip") + " daddr " + address +
                                        " tcp dport " + known.port() + " accept"
                                  : iptables_insertion(rule.chain, is_v6) + " -d " + address +
                                        " -p tcp --dport " + known.port() + " -j ACCEPT";
  return made
      .mend(words(N_("Let connections to that one address and port go their own way:")), command,
            place::here)
      .look(words(N_("Or start that program again; or, if it was removed, delete its rule:")),
            "sudo nft -a list ruleset | grep -nE 'redirect|dnat'; sudo iptables -t nat -S OUTPUT",
            place::here);
}

/// The router by which this machine goes out does not answer.
maybe_finding own_gateway_dead(const view& known, exclusions&) {
  const contact* const client = known.client();
  const local_facts& local = known.all.local;
  if (client == nullptr || client->connect.is_connected() || local.diverted || local.outgoing)
    return {};
  // A RST proves that packets left.
  if (connect_was(known, connect_outcome::refused)) return {};
  if (local.way_via.empty() || !is_lost(local.lost_neighbours, local.way_via, local.way_by))
    return {};
  const places with{{"via", local.way_via}, {"by", local.way_by}, {"address", client->address}};
  return made_finding("tcp-client-offline", certainty::certain, strength::told,
                      words(N_("The router of this network, {via} behind {by}, does not answer: no "
                               "packet of this device leaves for {address}."),
                            with))
      .seen(refusal_or_silence(known))
      .seen(words(N_("{address} is to be reached by {via}, and looked for on {by} nobody answered "
                     "for {via} (ARP)."),
                  with))
      .fill_in(
          words(N_("See whether the router is on and has that address; or connect anew (DHCP), "
                   "or set the right one:")),
          "ip route; ip neigh; sudo ip route replace default via GATEWAY dev " +
              shell_word(local.way_by),
          place::here);
}

/// The answers arrive, and this machine's kernel drops them, as its counters show.
maybe_finding answers_dropped_here(const view& known, exclusions&) {
  const local_facts& local = known.all.local;
  if (!connect_was(known, connect_outcome::silent) || local.diverted || local.outgoing) return {};
  const auto counted = [&](const char* name) {
    const auto found = local.counted.find(name);
    return found == local.counted.end() ? std::int64_t{0} : found->second;
  };
  const std::int64_t filtered = counted("TcpExt.IPReversePathFilter");
  const std::int64_t full = counted("conntrack.drop");
  constexpr std::int64_t more_than_chance = 2;
  if (std::max(filtered, full) < more_than_chance) return {};
  const bool is_full = full > filtered;
  // rp_filter is of IPv4, counts for the whole machine, and bites where there are two ways in.
  const auto is_other = [&](const auto& each) {
    return each.name != local.way_by && each.name != "lo" && !is_made_by_a_program(each.name);
  };
  const contact* const client = known.client();
  if (!is_full && (client == nullptr || is_v6_text(client->address) ||
                   std::none_of(local.interfaces.begin(), local.interfaces.end(), is_other)))
    return {};
  const places with{{"count", std::to_string(is_full ? full : filtered)},
                    {"by", local.way_by},
                    {"port", known.port()}};
  made_finding made(
      "tcp-local-policy", certainty::likely, strength::leaning,
      is_full ? words(N_("This machine drops its own connections: its table of connections "
                         "(conntrack) takes no more."))
              : words(N_("This machine throws answers away: they come in by another interface than "
                         "{by}, by which it asks (rp_filter)."),
                      with));
  made.seen(refusal_or_silence(known))
      .seen(is_full ? words(N_("While port {port} was asked, the kernel's counter of such drops "
                               "(nf_conntrack drop) grew by {count}."),
                            with)
                    : words(N_("While port {port} was asked, the kernel's counter of such drops "
                               "(IPReversePathFilter) grew by {count}."),
                            with));
  if (is_full)
    return made.look(words(N_("See how full it is, and give it more room:")),
                     "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
                     place::here);
  return made.mend(words(N_("Take an answer by whatever interface it comes (loose mode):")),
                   "sudo sysctl -w net.ipv4.conf.all.rp_filter=2", place::here);
}

constexpr second_look looks[] = {
    {"tcp-local-policy", sent_elsewhere},
    {"tcp-client-offline", own_gateway_dead},
    {"tcp-local-policy", answers_dropped_here},
};

}  // namespace

cause_table own_way_causes() { return {{}, looks}; }

}  // namespace mqttkit::doctor
