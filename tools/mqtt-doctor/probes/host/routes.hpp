// Where this machine's answers go: its routing tables, and the interface by which packets from each
// of its addresses leave.
#pragma once

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/commands.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Starts the programs that print routes; with a single interface there is nothing to ask.
void start_route_programs(const machine_files& files, const std::vector<std::string>& addresses,
                          commands& programs);
void look_at_routes(const machine_files& files, const commands& programs, host_facts& into);

/// The rule or route that refuses the address (prohibit, unreachable, blackhole) among what `ip
/// rule` and `ip route` print; "" for none. Rules and tables that go by more than addresses are
/// left out.
std::string refusing_route_in(const std::string& rules, const std::string& routes,
                              const std::string& address);

}  // namespace mqttkit::doctor
