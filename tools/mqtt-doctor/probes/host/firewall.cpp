#include "mqtt-doctor/probes/host/firewall.hpp"

#include <algorithm>

#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {
namespace {

// The tool that wrote the deciding rules, by the names of their chains: it has to open the port.
firewall_tool keeper(const rule_for_sources& met) {
  if (has(met.chain, " firewalld ") || has(met.chain, " IN_")) return firewall_tool::firewalld;
  if (has(met.chain, " ufw-") || has(met.chain, " ufw6-")) return firewall_tool::ufw;
  return met.tool;
}

firewall_tool keeper(const ruling& end) {
  const auto passed = [&](std::string_view part) {
    return std::any_of(end.visited.begin(), end.visited.end(),
                       [&](const std::string& name) { return has(name, part); });
  };
  if (!end.forwarded_to.empty() && passed("DOCKER")) return firewall_tool::docker;
  if (has(end.chain, " firewalld ") || passed("INPUT_ZONES") || passed("filter_INPUT_")) {
    return firewall_tool::firewalld;
  }
  if (passed("ufw-") || passed("ufw6-")) return firewall_tool::ufw;
  return end.tool == firewall_tool::none ? firewall_tool::nobody : end.tool;
}

// firewalld's chains are named "filter_IN_public_allow" (nft) and "IN_public_allow" (iptables).
std::string zone_of(const ruling& end) {
  for (const auto& name : end.visited) {
    const std::size_t mark = name.find("IN_");
    if (mark == std::string::npos || (mark != 0 && name.rfind("filter_IN_", 0) != 0)) continue;
    std::string zone = name.substr(mark + 3);
    if (zone.rfind("policy_", 0) == 0) continue;
    for (const char* part : {"_pre", "_log", "_deny", "_allow", "_post"}) {
      const std::size_t tail = zone.size() - std::min(zone.size(), std::string(part).size());
      if (zone.compare(tail, std::string::npos, part) == 0) zone.erase(tail);
    }
    return zone;
  }
  return {};
}

std::size_t rules_in(const std::map<std::string, chain>& table) {
  std::size_t out = 0;
  for (const auto& [name, candidate] : table) out += candidate.rules.size();
  return out;
}

}  // namespace

ruleset read_rules(const firewall_texts& texts) {
  ruleset out;
  add_iptables_rules(out, texts.iptables, false, "nft");
  add_iptables_rules(out, texts.ip6tables, true, "nft");
  add_iptables_rules(out, texts.legacy, false, "legacy");
  add_iptables_rules(out, texts.legacy6, true, "legacy");
  // Rules that iptables-save does not print are reached by iptables-legacy alone.
  constexpr std::string_view old_kind = "iptables legacy ";
  for (auto& [name, chains] : out.tables) {
    if (!name.starts_with(old_kind)) continue;
    const auto twin = out.tables.find("iptables nft " + name.substr(old_kind.size()));
    if (twin != out.tables.end() && rules_in(twin->second) == rules_in(chains)) continue;
    for (auto& [of, each] : chains) each.where = "legacy " + each.where;
  }
  ruleset native;
  add_nft_rules(native, texts.nft_json, texts.nft_listing);
  for (auto& [name, chains] : native.tables) {
    // iptables-nft keeps its tables in nft, where some of their conditions cannot be read; and
    // iptables-save omits rules that other programs put into a table of that name.
    const auto twin = out.tables.find("iptables " + name);
    if (twin != out.tables.end() && rules_in(twin->second) == rules_in(chains)) continue;
    if (twin != out.tables.end()) out.tables.erase(twin);
    out.tables[name] = std::move(chains);
  }
  return out;
}

namespace {

/// A rule of NAT on the way in that forwards the port, and did not match.
std::string rule_of_other_address(const ruleset& rules, const packet& at) {
  const std::string port = std::to_string(at.port);
  for (const auto& [table, chains] : rules.tables) {
    for (const auto& [name, each] : chains) {
      if (!each.is_nat || each.hook != "prerouting") continue;
      for (const rule& of : each.rules) {
        const auto words = words_of(of.text);
        const auto has_pair = [&](std::string_view first, std::string_view second) {
          for (std::size_t i = 0; i + 1 < words.size(); ++i)
            if (words[i] == first && words[i + 1] == second) return true;
          return false;
        };
        const bool is_of_port = has_pair("dport", port) || has_pair("--dport", port);
        const bool is_forward = has_pair("dnat", "to") || has_pair("-j", "DNAT");
        if (is_of_port && is_forward) return of.text;
      }
    }
  }
  return {};
}

bool is_refusal(firewall_verdict verdict) {
  return verdict == firewall_verdict::drop || verdict == firewall_verdict::reject_reset ||
         verdict == firewall_verdict::reject_icmp;
}

/// Whether the rule is about the port: "udp dport 1883", "dport { 1883, 8883 }", "--dports 1883".
bool names_port(const std::vector<std::string>& words, const std::string& port) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string word =
        words[i].substr(std::min(words[i].find_first_not_of('-'), words[i].size()));
    if (word != "dport" && word != "dports" && word != "sport" && word != "sports") continue;
    const bool is_set = words[i + 1] == "{";
    for (std::size_t k = i + (is_set ? 2 : 1); k < words.size() && words[k] != "}"; ++k) {
      for (const auto& each : split(words[k], ','))
        if (each == port) return true;
      if (!is_set) break;
    }
  }
  return false;
}

/// A rule on the packet's way that accepts what comes to the port, or so it was meant, and does not
/// fit: it is for UDP, or for the sender's port.
std::string rule_that_misses(const ruleset& rules, const ruling& end) {
  const std::string port = std::to_string(end.port);
  for (const auto& [table, chains] : rules.tables) {
    for (const auto& [name, each] : chains) {
      const bool is_on_way =
          !each.is_nat && (each.hook.empty() || each.hook == "input") &&
          std::find(end.visited.begin(), end.visited.end(), each.name) != end.visited.end();
      if (!is_on_way) continue;
      for (const rule& of : each.rules) {
        const auto words = words_of(of.text);
        const bool accepts = std::find(words.begin(), words.end(), "accept") != words.end() ||
                             std::find(words.begin(), words.end(), "ACCEPT") != words.end();
        if (accepts && names_port(words, port)) return of.text;
      }
    }
  }
  return {};
}

/// Notes a rule that refuses what is sent on a connection whose first packet passes.
void add_later_rule(firewall_fact& fact, const ruleset& rules, packet at,
                    const std::function<std::string(const std::string&)>& route) {
  const bool is_passed = fact.verdict == firewall_verdict::accept && fact.forwarded_to.empty();
  if (!is_passed || at.is_reply || at.is_outgoing || at.is_passing) return;
  at.is_data = true;
  ruling later = follow(rules, at, route);
  if (later.verdict == firewall_verdict::unknown || later.verdict == firewall_verdict::drop ||
      later.verdict == firewall_verdict::reject_reset ||
      later.verdict == firewall_verdict::reject_icmp) {
    fact.later_rule = std::move(later.rule);
    fact.later_chain = std::move(later.chain);
  }
}

}  // namespace

std::vector<firewall_fact> judge_ports(
    const ruleset& rules, const std::vector<int>& ports, const packet& like, bool with_v6,
    const std::string& default_zone, const std::function<std::string(const std::string&)>& route) {
  std::vector<firewall_fact> out;
  for (const int port : ports) {
    for (const bool is_v6 : {false, true}) {
      if (is_v6 && !with_v6) continue;
      packet at = like;
      at.port = port;
      at.is_v6 = is_v6;
      ruling end = follow(rules, at, route);
      if (end.verdict == firewall_verdict::rewritten) {
        packet inbound = at;
        inbound.is_reply = false;
        // Packets that are rewritten on the way in and back on the way out arrive as if untouched.
        if (follow(rules, inbound, route).is_rewritten) end.verdict = firewall_verdict::accept;
      }
      firewall_fact fact;
      fact.is_own = at.is_own;
      fact.is_reply = at.is_reply;
      fact.port = port;
      fact.family = family_of(is_v6);
      fact.tool = keeper(end);
      fact.verdict = end.verdict;
      fact.rule = end.rule;
      fact.source = end.source;
      fact.icmp = end.icmp;
      fact.refusal = end.refusal;
      fact.chain = end.chain;
      fact.too_late = end.too_late;
      fact.forwarded_to = end.forwarded_to;
      if (at.is_outgoing && !end.translated_by.empty() && end.verdict == firewall_verdict::accept) {
        fact.rule = end.translated_by;
        fact.chain = end.translated_in;
      }
      add_later_rule(fact, rules, at, route);
      const bool is_from_outside = !at.is_own && !at.is_reply && !at.is_outgoing && !at.is_passing;
      if (is_from_outside && end.forwarded_to.empty())
        fact.forwards_other = rule_of_other_address(rules, at);
      if (is_from_outside && is_refusal(end.verdict) && end.too_late.empty())
        fact.near_rule = rule_that_misses(rules, end);
      for (const auto& source : end.for_sources) {
        source_rule_fact kept;
        kept.refusal = refusal_of(source.step);
        kept.icmp = source.step.icmp;
        kept.rule = source.rule;
        kept.chain = source.chain;
        kept.tool = keeper(source);
        kept.stage = source.base;
        kept.list = source.match.detail;
        kept.sources = source.match.sources;
        kept.has_all = source.match.has_all_sources;
        kept.is_for_routed = source.match.is_for_routed;
        fact.for_sources.push_back(std::move(kept));
      }
      if (fact.tool == firewall_tool::firewalld) {
        const std::string zone = zone_of(end);
        if (zone != default_zone) fact.zone = zone;
      }
      out.push_back(std::move(fact));
    }
  }
  return out;
}

std::optional<firewall_fact> refusal_of_neighbours(
    const ruleset& rules, const packet& like,
    const std::function<std::string(const std::string&)>& route) {
  packet at = like;
  at.is_v6 = at.seeks_neighbour = true;
  const ruling end = follow(rules, at, route);
  if (!is_refusal(end.verdict)) return std::nullopt;
  firewall_fact fact;
  fact.is_neighbour_search = true;
  fact.family = ip_family::v6;
  fact.tool = keeper(end);
  fact.verdict = end.verdict;
  fact.rule = end.rule;
  fact.chain = end.chain;
  fact.icmp = end.icmp;
  return fact;
}

}  // namespace mqttkit::doctor
