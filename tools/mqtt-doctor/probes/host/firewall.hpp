// The rules of a machine's firewall, whatever tool wrote them, applied to a phone's packet.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/packet.hpp"

namespace mqttkit::doctor {

/// Adds the output of `nft -j list ruleset`. `listing` is the output of `nft -a list ruleset` for
/// the rules' words, or empty. False when the text is no ruleset.
bool add_nft_rules(ruleset& into, std::string_view json, std::string_view listing);

/// Adds the output of iptables-save (or ip6tables-save). `kind` separates the two rule sets of the
/// kernel: "nft" or "legacy".
void add_iptables_rules(ruleset& into, std::string_view saved, bool is_v6, const std::string& kind);

struct firewall_texts {
  std::string nft_json;
  std::string nft_listing;
  std::string iptables;  ///< output of iptables-save
  std::string ip6tables;
  std::string legacy;  ///< output of iptables-legacy-save
  std::string legacy6;
};

ruleset read_rules(const firewall_texts& texts);

/// A fact for each port and family. `like` is the packet without port and family.
std::vector<firewall_fact> judge_ports(const ruleset& rules, const std::vector<int>& ports,
                                       const packet& like, bool with_v6,
                                       const std::string& default_zone,
                                       const std::function<std::string(const std::string&)>& route);

/// What happens to neighbours that look for this machine's IPv6 address, where they are refused;
/// nothing where they are let in, or that cannot be told.
std::optional<firewall_fact> refusal_of_neighbours(
    const ruleset& rules, const packet& like,
    const std::function<std::string(const std::string&)>& route);

}  // namespace mqttkit::doctor
