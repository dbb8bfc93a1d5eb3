// The broker machine's own firewall, and filters in front of the machine.
#include <algorithm>
#include <initializer_list>

#include "common/number.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// The firewall's verdict for the family that was dialled; IPv4 for a loopback address.
const firewall_fact* wall(const host_view& at) {
  const auto* client = at.known.client();
  const bool is_v6 =
      at.known.asked().family == asked_family::v6 ||
      (client != nullptr && contains(client->address, ":") && client->address != "::1");
  const auto* found = at.firewall(family_of(is_v6));
  return found != nullptr ? found : at.firewall(ip_family::v4);
}

// The port as the deciding rule sees it: behind a translation (DNAT) the port it leads to.
std::string port_at_rule(const firewall_fact& at) {
  const int translated = read_forward_target(at.forwarded_to).port;
  return std::to_string(translated != 0 ? translated : at.port);
}

std::string open_command(const firewall_fact& at) {
  const std::string port = at.tool == firewall_tool::ufw || at.tool == firewall_tool::firewalld
                               ? std::to_string(at.port)
                               : port_at_rule(at);
  if (at.tool == firewall_tool::ufw) {
    // "ufw allow" goes below an existing deny rule; only deleting that rule, by its own words,
    // helps.
    const bool is_ruled =
        contains(at.rule, "user-input") && contains(at.rule, "--dport " + port + " ");
    const std::string kind = at.refusal == firewall_verdict::drop ? "deny" : "reject";
    const std::string away = "sudo ufw delete " + kind + " " + port;
    return (is_ruled ? away + "/tcp; " + away + "; " : std::string()) + "sudo ufw allow " + port +
           "/tcp";
  }
  if (at.tool == firewall_tool::firewalld) {
    const std::string zone = at.zone.empty() ? "" : "--zone=" + at.zone + " ";
    return "sudo firewall-cmd --permanent " + zone + "--add-port=" + port +
           "/tcp && sudo firewall-cmd --reload";
  }
  if (at.tool == firewall_tool::nft)
    return "sudo nft insert rule " + nft_chain(at.chain) + " tcp dport " + port + " accept";
  const std::string chain = at.tool == firewall_tool::docker ? "DOCKER-USER" : at.chain;
  return iptables_insertion(chain, at.family == ip_family::v6) + " -p tcp --dport " + port +
         " -j ACCEPT";
}

bool is_of_kubernetes(const firewall_fact& at) { return contains(at.chain, "KUBE-"); }

/// Cures for kube-proxy, which rewrites its rules within seconds: an inserted rule would not stay.
void add_kubernetes(made_finding& to, const firewall_fact& at) {
  // The rule's comment names the service: "iot/mosquitto:mqtt has no endpoints".
  std::string name_space, service;
  const std::size_t quote = at.rule.find('"'), slash = at.rule.find('/', quote + 1);
  const bool is_named = quote != std::string::npos && slash != std::string::npos;
  if (is_named) {
    const std::size_t end = std::min(at.rule.find_first_of(": \"", slash), at.rule.size());
    name_space = at.rule.substr(quote + 1, slash - quote - 1);
    service = at.rule.substr(slash + 1, end - slash - 1);
  }
  const places values{{"service", is_named ? name_space + "/" + service : "?"}};
  if (contains(at.rule, "no endpoints"))
    to.seen(words(N_("kube-proxy refuses because no pod of the Kubernetes service {service} is "
                     "ready."),
                  values));
  to.look(
      words(N_("kube-proxy writes these rules anew within seconds: see why no pod is ready, and "
               "mend that:")),
      "kubectl -n " + (is_named ? shell_word(name_space) : std::string("NAMESPACE")) +
          " get pods,endpoints,services -o wide");
}

// "quota over 25 mbytes" of a rule of nftables that matches once so much has passed; else "".
std::string quota_over(const firewall_fact& at) {
  const std::size_t from = at.rule.find("quota over ");
  if (at.tool != firewall_tool::nft || from == std::string::npos) return {};
  const std::size_t end = at.rule.find(" used ", from);
  if (end == std::string::npos) return {};
  const std::string quota = at.rule.substr(from, end - from);
  // It goes into a script for root.
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789 ";
  return quota.find_first_not_of(plain) == std::string::npos ? quota : std::string();
}

/// The rule is written once more, so that it counts from nothing.
void add_fresh_quota(made_finding& to, const firewall_fact& at, const std::string& quota) {
  std::string fresh = at.rule;
  const std::size_t used = fresh.find(" used ", fresh.find(quota));
  const std::size_t unit = fresh.find(' ', used + 6);
  const std::size_t end = unit == std::string::npos ? unit : fresh.find(' ', unit + 1);
  if (end == std::string::npos) return;
  fresh.erase(used, end - used);
  const std::string script = "h=$(nft -a list chain " + nft_chain(at.chain) + " | sed -n 's/.*" +
                             quota + " .*# handle //p' | head -n 1) && nft replace rule " +
                             nft_chain(at.chain) + " handle $h " + shell_word(fresh);
  to.mend(words(N_("Let it count from nothing again (or write a larger number into it):")),
          "sudo sh -c " + shell_word(script));
}

// `is_own`: the rule stops this machine's packets to itself as well, answers included.
void add_cure(made_finding& to, const firewall_fact& at, bool is_own) {
  if (is_of_kubernetes(at)) return add_kubernetes(to, at);
  if (const std::string quota = quota_over(at); !quota.empty())
    return add_fresh_quota(to, at, quota);
  to.mend(words(N_("Let port {port} in:"), {{"port", std::to_string(at.port)}}), open_command(at));
  if (at.tool == firewall_tool::nft) {
    if (is_own && at.forwarded_to.empty()) {
      to.then(words(N_("Let the machine talk to itself:")),
              "sudo nft insert rule " + at.chain + " iif lo accept");
    }
    to.mend(
        words(N_("For it to last, add the same rule to /etc/nftables.conf, above the rule quoted "
                 "here.")));
  } else if (at.tool == firewall_tool::iptables || at.tool == firewall_tool::docker) {
    to.then(words(N_("For it to last:")), "sudo netfilter-persistent save");
  }
}

void add_rule(made_finding& to, const firewall_fact& at) {
  if (at.is_by_policy()) {
    to.seen(words(N_("No rule lets port {port} in, and the policy of {chain} is to drop."),
                  {{"port", std::to_string(at.port)}, {"chain", at.chain}}));
  } else {
    to.seen(words(N_("The rule that decides, in {chain}: {rule}"),
                  {{"chain", at.chain}, {"rule", at.rule}}));
  }
  if (!at.too_late.empty()) {
    to.seen(words(N_("A rule that would let the port in stands behind it and is never reached: "
                     "{rule}"),
                  {{"rule", at.too_late}}));
  }
  if (!at.near_rule.empty()) {
    const bool is_for_udp = contains(at.near_rule, "udp");
    const bool is_for_sender = contains(at.near_rule, "sport");
    to.seen(words(is_for_udp ? N_("This rule lets UDP to port {port} in, and MQTT goes over TCP: "
                                  "{rule}")
                  : is_for_sender
                      ? N_("This rule is about the sender's port (sport), and {port} is the "
                           "broker's (dport): {rule}")
                      : N_("This rule names port {port} and does not fit what comes to it: {rule}"),
                  {{"port", std::to_string(at.port)}, {"rule", at.near_rule}}));
  }
  if (!at.forwarded_to.empty()) {
    to.seen(
        words(N_("The connection is sent on to {target} before."), {{"target", at.forwarded_to}}));
  }
}

// Whether the rule applies at certain hours or days only.
bool is_by_the_clock(const firewall_fact& by) {
  return contains(by.rule, "meta hour") || contains(by.rule, "meta day") ||
         contains(by.rule, "-m time");
}

made_finding blocked(const char* id, const host_view& at, const firewall_fact& by, sentence text) {
  const bool is_next = !at.is_public();
  made_finding made(id, certainty::certain, is_next ? strength::first_of_several : strength::told,
                    std::move(text));
  add_rule(made, by);
  const auto* const v4 = at.firewall(ip_family::v4);
  if (by.family == ip_family::v6 && v4 != nullptr && v4->verdict == firewall_verdict::accept)
    made.seen(words(N_("It stops IPv6 alone: by IPv4 the firewall lets port {port} in."),
                    {{"port", at.known.port()}}));
  if (is_by_the_clock(by))
    made.seen(
        words(N_("The rule holds at some hours or on some days only, and now it does ({now})."),
              {{"now", at.known.all.local.now}}));
  if (at.is_public()) {
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at.socket())}}));
    if (at.works()) {
      made.seen(
          words(N_("From this machine itself the broker answers: the rules are for others.")));
    }
  } else {
    made.warning();  // it matters once somebody listens
  }
  const contact* const client = at.known.client();
  const bool is_own =
      client != nullptr && class_of(client->address) == address_class::loopback && !at.works();
  add_cure(made, by, is_own);
  return made;
}

std::optional<host_view> with_verdict(const view& known, firewall_verdict verdict,
                                      const firewall_fact*& found) {
  auto at = look_at(known);
  if (!at) return std::nullopt;
  found = wall(*at);
  if (found == nullptr || found->verdict != verdict) return std::nullopt;
  return at;
}

}  // namespace

std::string cloud_filter(cloud_provider cloud) {
  const char* const filter = row_of(cloud).filter;
  return *filter != 0 ? filter : N_("security group");
}

maybe_finding host_firewall_drop(const view& known, exclusions& excluded) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto* found = wall(*at);
  if (found == nullptr) return {};
  if (found->verdict == firewall_verdict::accept) {
    if (!at->works()) {
      exclude(excluded, "tcp-timeout-host-firewall",
              words(N_("This machine's firewall lets port {port} in."), {{"port", known.port()}}));
    }
    return {};
  }
  if (found->verdict == firewall_verdict::unknown) {
    const bool is_hidden = found->rule.empty();
    made_finding made("tcp-timeout-host-firewall", certainty::possible, strength::hint,
                      is_hidden
                          ? words(N_("{tool} is switched on here, and its rules cannot be read "
                                     "without root."),
                                  {{"tool", tool_name(found->tool)}})
                          : words(N_("Whether the firewall lets port {port} in depends on what "
                                     "cannot be seen in advance."),
                                  {{"port", known.port()}}));
    if (is_hidden) {
      made.seen(words(N_("The configuration of {tool} says that it is on."),
                      {{"tool", tool_name(found->tool)}}));
    } else {
      made.seen(words(N_("The rule that decides, in {chain}: {rule}"),
                      {{"chain", found->chain}, {"rule", found->rule}}));
    }
    return made
        .apart(words(N_("As root, the rules can be followed:")),
               "sudo mqtt-doctor localhost:" + known.port() + " --on-broker")
        .warning();
  }
  if (found->verdict != firewall_verdict::drop) return {};
  const bool is_policy = found->is_by_policy();
  const std::string quota = quota_over(*found);
  return blocked(
      "tcp-timeout-host-firewall", *at, *found,
      !quota.empty()
          ? words(N_("A rule of this machine's firewall lets only so many bytes through "
                     "to port {port}, and they are used up ({quota}): it drops the rest."),
                  {{"quota", quota}, {"port", known.port()}})
      : is_policy ? words(N_("This machine's firewall ({tool}) drops connections to port "
                             "{port}: nothing allows them."),
                          {{"tool", tool_name(found->tool)}, {"port", known.port()}})
                  : words(N_("A rule of this machine's firewall ({tool}) drops connections to "
                             "port {port}."),
                          {{"tool", tool_name(found->tool)}, {"port", known.port()}}));
}

/// IPv6 machines find each other by ICMPv6: a firewall that refuses it hides this one.
maybe_finding host_firewall_neighbours(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto found = std::find_if(at->host.firewall.begin(), at->host.firewall.end(),
                                  [](const auto& each) { return each.is_neighbour_search; });
  const bool has_address = std::any_of(
      at->host.addresses.begin(), at->host.addresses.end(), [](const std::string& address) {
        const address_class kind = class_of(address);
        return is_v6_text(address) &&
               (kind == address_class::global || kind == address_class::private_use);
      });
  const bool listens = std::any_of(at->sockets.begin(), at->sockets.end(), [](const auto* socket) {
    return is_v6_text(socket->address) && !is_loopback(socket->address);
  });
  if (found == at->host.firewall.end() || !has_address || !listens) return {};
  made_finding made(
      "tcp-timeout-host-firewall", certainty::certain, strength::seen,
      words(N_("This machine's firewall ({tool}) drops ICMPv6, by which neighbours and the router "
               "find its IPv6 addresses (neighbour discovery): soon nobody reaches it by IPv6, "
               "whatever the port; by IPv4 all is as before."),
            {{"tool", tool_name(found->tool)}}));
  if (found->is_by_policy()) {
    made.seen(words(N_("No rule lets ICMPv6 in (nd-neighbor-solicit), and the policy of {chain} is "
                       "to drop."),
                    {{"chain", found->chain}}));
  } else {
    made.seen(words(N_("The rule that decides, in {chain}: {rule}"),
                    {{"chain", found->chain}, {"rule", found->rule}}));
  }
  if (found->tool == firewall_tool::nft) {
    made.mend(words(N_("Let ICMPv6 in, which IPv6 needs (RFC 4890):")),
              "sudo nft insert rule " + nft_chain(found->chain) + " meta l4proto ipv6-icmp accept");
    made.mend(
        words(N_("For it to last, add the same rule to /etc/nftables.conf, above the rule quoted "
                 "here.")));
  } else {
    made.mend(words(N_("Let ICMPv6 in, which IPv6 needs (RFC 4890):")),
              iptables_insertion(found->chain, true) + " -p ipv6-icmp -j ACCEPT")
        .then(words(N_("For it to last:")), "sudo netfilter-persistent save");
  }
  const contact* const client = known.client();
  const bool is_asked_by_v6 = client != nullptr && is_v6_text(client->address) &&
                              !is_loopback(client->address) && !known.asked().symptom.empty();
  if (is_asked_by_v6) return made;
  // Who lets in only what he needs may need no IPv6; a rule about ICMPv6 was meant for less.
  const std::string conditions = found->rule.substr(0, found->rule.find("reject"));
  const bool is_about_it = contains(conditions, "icmpv6") || contains(conditions, "ipv6-icmp");
  return is_about_it ? made.warning() : made.note();
}

// The doctor's own check did not leave the machine, because a rule stopped it.
maybe_finding host_firewall_own(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.all.local.is_target || is_connected(known) || !at->is_listening()) return {};
  const auto* client = known.client();
  const bool is_v6 = client != nullptr && contains(client->address, ":");
  const auto found = std::find_if(at->host.firewall.begin(), at->host.firewall.end(),
                                  [&](const firewall_fact& firewall) {
                                    return firewall.is_own && firewall.port == at->port() &&
                                           firewall.family == family_of(is_v6);
                                  });
  if (found == at->host.firewall.end() || found->refusal.empty()) return {};
  const auto* others = wall(*at);
  if (others != nullptr && others->verdict != firewall_verdict::accept)
    return {};  // the rule for others is the cause
  made_finding made(
      "tcp-timeout-host-firewall", certainty::certain, strength::measured,
      words(N_("A rule of this machine's firewall ({tool}) stops the connections this "
               "machine makes to its own port {port}; others are let in."),
            {{"tool", tool_name(found->tool)}, {"port", known.port()}}));
  add_rule(made, *found);
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}));
  if (found->tool == firewall_tool::nft) {
    return made.mend(words(N_("Let the machine talk to itself:")),
                     "sudo nft insert rule " + nft_chain(found->chain) + " " +
                         (contains(found->chain, "input") ? "iif" : "oif") + " lo accept");
  }
  return made.mend(
      words(N_("Let the machine talk to itself:")),
      "sudo iptables -I OUTPUT -o lo -j ACCEPT; sudo iptables -I INPUT -i lo -j ACCEPT");
}

// IPv4 is let in and IPv6 is not, and phones on mobile networks prefer IPv6 where a name has both.
maybe_finding host_firewall_v6(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto* found = at->firewall(ip_family::v6);
  const auto* v4 = at->firewall(ip_family::v4);
  if (found == nullptr || wall(*at) == found) return {};
  const bool is_open_by_v4 = v4 == nullptr || v4->verdict == firewall_verdict::accept;
  const bool is_drop = found->verdict == firewall_verdict::drop;
  const bool is_reset = found->verdict == firewall_verdict::reject_reset;
  const bool is_stopped = is_drop || is_reset || found->verdict == firewall_verdict::reject_icmp;
  const bool listens = std::any_of(at->sockets.begin(), at->sockets.end(), [](const auto* socket) {
    return contains(socket->address, ":") && !is_loopback(socket->address);
  });
  if (!is_open_by_v4 || !is_stopped || !listens) return {};
  const auto is_own_v6 = [&](const std::string& text) {
    return is_v6_text(text) && !is_loopback(text) &&
           std::find(at->host.addresses.begin(), at->host.addresses.end(), text) !=
               at->host.addresses.end();
  };
  const auto& names = known.all.name.addresses;
  const bool is_named = std::any_of(names.begin(), names.end(), is_own_v6);
  const bool is_reachable =
      std::any_of(at->host.addresses.begin(), at->host.addresses.end(), [](const auto& address) {
        return is_v6_text(address) && class_of(address) == address_class::global;
      });
  if (!is_named && !is_reachable) return {};
  made_finding made(is_drop    ? "tcp-timeout-host-firewall"
                    : is_reset ? "tcp-refused-by-firewall-reset"
                               : "tcp-refused-by-icmp",
                    certainty::certain, is_named ? strength::measured : strength::one_of_several,
                    words(N_("This machine's firewall ({tool}) lets port {port} in by IPv4 and "
                             "turns it away by IPv6."),
                          {{"tool", tool_name(found->tool)}, {"port", known.port()}}));
  add_rule(made, *found);
  made.seen(
      words(N_("Its addresses: {addresses}."), {{"addresses", list_text(at->host.addresses)}}));
  add_cure(made, *found, !at->works());
  if (!is_named) made.warning();
  return made;
}

// Connections come in, and the broker's answers do not get out.
maybe_finding host_firewall_answers(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto* inbound = wall(*at);
  if (inbound == nullptr || inbound->verdict != firewall_verdict::accept) return {};
  const auto* found = stopped_answers(*at, inbound->family.value());
  if (found == nullptr) return {};
  const places with{{"tool", tool_name(found->tool)}, {"port", known.port()}};
  const bool is_rewritten = found->verdict == firewall_verdict::rewritten;
  made_finding made(
      "tcp-timeout-host-firewall",
      // A load balancer in front may be meant to get its answers rewritten.
      is_rewritten ? certainty::likely : certainty::certain,
      at->is_public() ? strength::told : strength::first_of_several,
      is_rewritten
          ? words(N_("This machine's firewall ({tool}) lets connections to port {port} in, and "
                     "sends the broker's answers from another address or port: clients throw "
                     "them away, and run into a timeout."),
                  with)
          : words(N_("This machine's firewall ({tool}) lets connections to port {port} in, "
                     "and stops the broker's answers to them."),
                  with));
  add_rule(made, *found);
  if (at->is_public()) {
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}));
  } else {
    made.warning();
  }
  return made.mend(is_rewritten ? words(N_("Let the answers out as they are:"))
                                : words(N_("Let the answers out:")),
                   found->tool == firewall_tool::nft
                       ? "sudo nft insert rule " + nft_chain(found->chain) + " tcp sport " +
                             known.port() + accept_answers(found->tool.value())
                       : iptables_insertion(found->chain, found->family == ip_family::v6) +
                             " -p tcp --sport " + known.port() +
                             accept_answers(found->tool.value()));
}

// Some addresses are turned away: a fault only if the phone's is among them.
maybe_finding host_firewall_banned(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_public()) return {};
  const auto* inbound = wall(*at);
  if (inbound == nullptr || inbound->verdict != firewall_verdict::accept) return {};
  const auto banned = std::find_if(inbound->for_sources.begin(), inbound->for_sources.end(),
                                   [](const auto& source) { return !source.refusal.empty(); });
  if (banned == inbound->for_sources.end()) return {};
  return made_finding(
             "tcp-timeout-source-allowlist", certainty::possible, strength::aside,
             words(N_("This machine's firewall lets port {port} in, though not from {list}; a "
                      "phone with such an address is turned away."),
                   {{"port", known.port()}, {"list", banned->list}}))
      .seen(words(N_("The rule, in {chain}: {rule}"),
                  {{"chain", banned->chain}, {"rule", banned->rule}}))
      .apart(words(N_("The phone's address, as the server sees it, is shown in the phone's browser "
                      "by https://ifconfig.co. Is it among them?")))
      .note();
}

maybe_finding host_firewall_reset(const view& known, exclusions&) {
  const firewall_fact* found = nullptr;
  const auto at = with_verdict(known, firewall_verdict::reject_reset, found);
  if (!at) return {};
  return blocked("tcp-refused-by-firewall-reset", *at, *found,
                 words(N_("A rule of this machine's firewall ({tool}) answers connections to port "
                          "{port} with a reset, as if it were closed."),
                       {{"tool", tool_name(found->tool)}, {"port", known.port()}}));
}

maybe_finding host_firewall_icmp(const view& known, exclusions&) {
  const firewall_fact* found = nullptr;
  const auto at = with_verdict(known, firewall_verdict::reject_icmp, found);
  if (!at || (found->icmp != icmp_refusal::port_unreachable &&
              found->icmp != icmp_refusal::proto_unreachable))
    return {};
  return blocked("tcp-refused-by-icmp", *at, *found,
                 words(N_("A rule of this machine's firewall ({tool}) refuses connections to port "
                          "{port}."),
                       {{"tool", tool_name(found->tool)}, {"port", known.port()}}));
}

maybe_finding host_firewall_admin(const view& known, exclusions&) {
  const firewall_fact* found = nullptr;
  const auto at = with_verdict(known, firewall_verdict::reject_icmp, found);
  if (!at || found->icmp != icmp_refusal::admin_prohibited) return {};
  return blocked(
      "tcp-unreachable-admin-prohibited", *at, *found,
      words(N_("This machine's firewall ({tool}) refuses port {port} as \"administratively "
               "prohibited\"; others see \"no route to host\"."),
            {{"tool", tool_name(found->tool)}, {"port", known.port()}}));
}

maybe_finding host_firewall_prohibited(const view& known, exclusions&) {
  const firewall_fact* found = nullptr;
  const auto at = with_verdict(known, firewall_verdict::reject_icmp, found);
  if (!at || found->icmp == icmp_refusal::admin_prohibited ||
      found->icmp == icmp_refusal::port_unreachable ||
      found->icmp == icmp_refusal::proto_unreachable) {
    return {};
  }
  const bool is_shadowed = !found->too_late.empty();
  return blocked(
      "tcp-unreachable-host-prohibited", *at, *found,
      is_shadowed
          ? words(N_("The firewall's REJECT rule stands before the rule that allows "
                     "port {port}, which is therefore never reached."),
                  {{"port", known.port()}})
          : words(
                N_("This machine's firewall ({tool}) refuses port {port} "
                   "({icmp}); others see \"no route to host\"."),
                {{"tool", tool_name(found->tool)}, {"port", known.port()}, {"icmp", found->icmp}}));
}

namespace {

/// Whether the address lies in one of the ranges of a list: "10.0.0.0/8, 192.168.0.0/16".
bool lies_in_one(const std::string& address, std::string_view list) {
  while (!list.empty()) {
    list.remove_prefix(std::min(list.find_first_not_of(" ,"), list.size()));
    const std::size_t end = std::min(list.find_first_of(" ,"), list.size());
    if (end > 0 && lies_in(address, list.substr(0, end))) return true;
    list.remove_prefix(end);
  }
  return false;
}

/// Whether the rule lets in the networks this machine stands in, all of them private: nobody can
/// come from further away in any case.
bool lets_its_networks_in(const host_view& at, const firewall_fact& rule) {
  bool is_in_one = false;
  for (const std::string& address : at.host.addresses) {
    if (class_of(address) == address_class::global) return false;
    if (is_v6_text(address) != (rule.family == ip_family::v6) || is_container_range(address))
      continue;
    if (!lies_in_one(address, rule.source)) return false;
    is_in_one = true;
  }
  return is_in_one;
}

}  // namespace

maybe_finding host_firewall_source(const view& known, exclusions&) {
  const firewall_fact* found = nullptr;
  const auto at = with_verdict(known, firewall_verdict::source, found);
  if (!at) return {};
  made_finding made(
      "tcp-timeout-source-allowlist", certainty::certain,
      at->is_public() ? strength::measured : strength::first_of_several,
      words(N_("This machine's firewall ({tool}) lets port {port} in only from {source}."),
            {{"tool", tool_name(found->tool)}, {"port", known.port()}, {"source", found->source}}));
  add_rule(made, *found);
  if (at->works() && lets_its_networks_in(*at, *found)) return made.weigh(strength::hint).note();
  // Nothing tells that a phone is to come from elsewhere.
  if (!at->is_public() || at->works()) made.warning();
  return made
      .mend(
          words(N_("If a phone on any network shall connect, with passwords and TLS set up, allow "
                   "everybody:")),
          open_command(*found))
      .mend(words(N_("Otherwise connect through a VPN that ends in {source}."),
                  {{"source", found->source}}));
}

/// A ban holds an address of the broker's own network: somebody's phone, most often.
maybe_finding host_banned_neighbour(const view& known, exclusions&) {
  const auto at = look_at(known);
  const firewall_fact* const rules = at ? at->firewall(ip_family::v4) : nullptr;
  if (rules == nullptr || !at->is_public()) return {};
  for (const auto& each : rules->for_sources) {
    const auto names = [&](std::string_view part) {
      return each.rule.find(part) != std::string::npos ||
             each.chain.find(part) != std::string::npos;
    };
    if (each.refusal.empty() || !(names("f2b") || names("crowdsec"))) continue;
    const auto found = std::find_if(
        each.sources.begin(), each.sources.end(),
        [](const auto& source) { return class_of(source) == address_class::private_use; });
    if (found == each.sources.end()) continue;
    const places with{
        {"address", *found}, {"port", known.port()}, {"rule", each.rule}, {"chain", each.chain}};
    made_finding made("tcp-timeout-source-allowlist", certainty::certain, strength::leaning,
                      words(N_("{address}, a device of a private network such as yours, is banned "
                               "from port {port}: after failed logins, most often."),
                            with));
    made.seen(words(N_("The rule that decides, in {chain}: {rule}"), with));
    made.warning();
    maybe_finding done = made;
    done->cures.push_back(let_in(each, at->port(), *found));
    return done;
  }
  return {};
}

namespace {

// Connections in a second that a rule allows ("limit rate over 400/second", "--hashlimit-above
// 10/sec"); 0 when it names no limit.
double limit_per_second(const std::string& rule) {
  for (std::size_t at = rule.find('/'); at != std::string::npos; at = rule.find('/', at + 1)) {
    std::size_t from = at;
    while (from > 0 && rule[from - 1] >= '0' && rule[from - 1] <= '9') --from;
    unsigned count = 0;
    if (!tools::read_number(std::string_view(rule).substr(from, at - from), 1u, 1000000000u, count))
      continue;
    const std::string unit = rule.substr(at + 1, 3);
    if (unit == "sec") return count;
    if (unit == "min") return count / 60.0;
    if (unit == "hou") return count / 3600.0;
    if (unit == "day") return count / 86400.0;
  }
  return 0;
}

// The number behind the first of these words: connections that may stand ("connlimit-above 50"), or
// come at once ("burst 100 packets"); 0 when there is none.
unsigned number_behind(const std::string& rule, std::initializer_list<std::string_view> marks) {
  for (const std::string_view mark : marks) {
    const std::size_t from = rule.find(mark);
    if (from == std::string::npos) continue;
    const std::string_view rest = std::string_view(rule).substr(from + mark.size());
    unsigned count = 0;
    if (tools::read_number(rest.substr(0, rest.find_first_not_of("0123456789")), 1u, 1000000000u,
                           count))
      return count;
  }
  return 0;
}

// A home full of apps that reconnect at once makes fewer connections in a second than this, and
// has fewer of them standing.
constexpr double never_met = 50;

}  // namespace

maybe_finding host_firewall_limit(const view& known, exclusions&) {
  const firewall_fact* found = nullptr;
  const auto at = with_verdict(known, firewall_verdict::limit, found);
  if (!at) return {};
  const unsigned standing =
      number_behind(found->rule, {"connlimit-above ", "connlimit-upto ", "ct count over "});
  const unsigned at_once = number_behind(found->rule, {"burst "});
  if (is_connected(known) &&
      (limit_per_second(found->rule) >= never_met || at_once >= never_met || standing >= never_met))
    return {};
  const bool counts_standing =
      contains(found->rule, "ct count") || contains(found->rule, "connlimit");
  const places with{{"tool", tool_name(found->tool)}, {"port", known.port()}};
  made_finding made(
      "tcp-refused-rate-limit", certainty::certain,
      is_connected(known) ? strength::first_of_several : strength::seen,
      counts_standing
          ? words(N_("The firewall ({tool}) lets only so many connections to port {port} stand at "
                     "a time; further ones are turned away."),
                  with)
          : words(N_("The firewall ({tool}) limits how many connections may be made to port "
                     "{port}; an app that reconnects quickly is refused."),
                  with));
  add_rule(made, *found);
  if (is_connected(known)) made.warning();
  if (counts_standing) {
    made.look(words(N_("See who holds how many (an app that opens new ones and never closes them, "
                       "or many devices behind one router), and raise the number in that rule:")),
              "sudo ss -tn state established 'sport = :" + known.port() + "'");
  }
  if (!counts_standing)
    made.mend(
        words(N_("Let the app wait longer before it connects again, or write a larger number "
                 "into that rule.")));
  if (found->tool == firewall_tool::ufw) {
    return made.mend(
        words(N_("Or take the limit away, which guards against guessed passwords:")),
        "sudo ufw delete limit " + known.port() + "/tcp; sudo ufw allow " + known.port() + "/tcp");
  }
  return made.mend(words(N_("Or let the port in before the limit, which takes that guard away:")),
                   open_command(*found));
}

maybe_finding host_firewall_random(const view& known, exclusions&) {
  const firewall_fact* found = nullptr;
  const auto at = with_verdict(known, firewall_verdict::random, found);
  if (!at) return {};
  return made_finding(
             "path-packet-loss", certainty::certain, strength::leaning,
             words(N_("A rule of this machine's firewall drops some packets to port {port} by "
                      "chance."),
                   {{"port", known.port()}}))
      .seen(words(N_("The rule that decides, in {chain}: {rule}"),
                  {{"chain", found->chain}, {"rule", found->rule}}))
      .mend(words(N_("Delete that rule.")))
      .warning();
}

/// A command that records what comes to the port while somebody tries to connect.
std::string capture_command(const view& known) {
  return "sudo mqtt-doctor listen " + known.port() + " --capture --for 60";
}

maybe_finding host_security_group(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_public()) return {};
  const auto* found = wall(*at);
  const bool is_open = found != nullptr && found->verdict == firewall_verdict::accept;
  if (!is_open && found != nullptr) return {};
  const cloud_row& cloud = row_of(at->host.cloud.value());
  const bool is_cloud = *cloud.name != 0;
  // This machine's packets to itself pass no security group, so a success is needed to say more.
  if (known.all.local.is_target && !at->works()) return {};
  const bool is_silent = connect_was(known, connect_outcome::silent);
  if (!is_silent && !(at->works() && is_cloud && is_open)) return {};
  const places with{
      {"port", known.port()}, {"cloud", cloud.name}, {"filter", cloud_filter(cloud.value)}};
  if (!is_silent) {
    // This machine is fine as far as it can tell; a filter before it is what remains.
    return made_finding("tcp-timeout-security-group", certainty::possible, strength::aside,
                        words(N_("Here all is open. If others still run into a timeout, {cloud}'s "
                                 "{filter} does not let TCP {port} in."),
                              with))
        .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}))
        .seen(words(N_("This machine's firewall lets port {port} in."), with))
        .in_console(words(N_("In the console of {cloud}: {filter}, inbound, TCP {port}, source "
                             "0.0.0.0/0."),
                          with))
        .apart(words(N_("Whether their packets come so far shows this, while they try:")),
               capture_command(known))
        .note();
  }
  // A name may lead elsewhere, and a router may not loop its own address back.
  made_finding made("tcp-timeout-security-group", certainty::likely,
                    is_open ? strength::measured : strength::usual,
                    is_cloud
                        ? words(N_("{cloud}'s {filter} does not let TCP {port} in."), with)
                        : words(N_("What lies before this machine swallows TCP {port}: a cloud "
                                   "provider's security group, or a router."),
                                with));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}));
  if (is_open) made.seen(words(N_("This machine's firewall lets port {port} in."), with));
  made.seen(words(N_("{where} does not answer even from here."), {{"where", dialled(known)}}))
      .apart(words(N_("Whether packets come so far shows this, while somebody tries to connect:")),
             capture_command(known));
  if (is_cloud) {
    return made.in_console(
        words(N_("In the console of {cloud}: {filter}, inbound, TCP {port}, source "
                 "0.0.0.0/0."),
              with));
  }
  return made
      .in_console(words(N_("In the provider's console, allow inbound TCP {port} from 0.0.0.0/0; "
                           "at home, forward the port in the router."),
                        with))
      .look(words(N_(
                "A router that does not loop its own address back looks the same from inside; try "
                "from another network:")),
            doctor_command(known), place::app);
}

}  // namespace mqttkit::doctor
