// Rules that let clients in or turn them away, as the files of proxies, TCP wrappers and systemd
// write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

inline constexpr std::size_t most_access_rules = 64;  // of one list
inline constexpr std::size_t most_addresses = 64;     // of one rule

/// A network as facts write it: "10.0.0.0/8" of "10.0.0.0/255.0.0.0" and of "10.", an address
/// itself; "" for a name, or anything else.
std::string network_of(std::string_view word);

/// That the address is one of these; what is none is left out, and has_all false then.
access_condition_fact among(const std::vector<std::string>& words);
/// The networks of private use, for which Caddy has a word.
const std::vector<std::string>& private_networks();

/// Takes the rule, as long as there are not too many.
void keep_rule(std::vector<access_rule_fact>& into, access_rule_fact rule);
/// Turns away everybody whom no rule before has let in.
access_rule_fact nobody_else(const access_rule_fact& like);

/// The rules of /etc/hosts.allow and hosts.deny for a program, by the name it has there.
std::vector<access_rule_fact> wrappers_of(const machine_files& files, const std::string& name);
/// Whether a process is linked with libwrap; nothing where its memory cannot be seen.
std::optional<bool> asks_wrappers(const machine_files& files, int pid);
/// The rules about addresses of a unit of systemd, by its files and their drop-ins.
std::vector<access_rule_fact> unit_rules(const machine_files& files, const std::string& unit);

/// Fills access_lists: TCP wrappers of brokers, and what systemd says of brokers and proxies.
void look_at_access_lists(const machine_files& files, host_facts& into);

/// Notes for proxies of a process which of their files changed after it had read them.
void note_changes(const machine_files& files, int pid, const std::string& main_file,
                  std::vector<proxy_fact>& proxies);

}  // namespace mqttkit::doctor
