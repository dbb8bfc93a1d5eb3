// Where this machine's answers go: its routing tables, and the interface by which packets from each
// of its addresses leave.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/commands.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Starts the programs that print routes; with a single interface there is nothing to ask.
void start_route_programs(const machine_files& files, const std::vector<std::string>& addresses,
                          commands& programs);
void look_at_routes(const machine_files& files, const commands& programs, host_facts& into);

/// Reads `ip -o neigh show`: those that did not answer.
std::vector<lost_neighbour_fact> read_lost_neighbours(std::string_view printed);

/// How packets of this machine to an address leave it, by all of its routing rules.
struct way_from_here {
  std::string by;                                    ///< interface; "" when ip could not tell
  std::string via;                                   ///< the router; "" for none
  std::vector<lost_neighbour_fact> lost_neighbours;  ///< of the address and the router
};
way_from_here look_at_way(const std::string& address, std::chrono::milliseconds limit);

/// The rule or route that refuses the address (prohibit, unreachable, blackhole) among what `ip
/// rule` and `ip route` print; "" for none. Rules and tables that go by more than addresses are
/// left out.
std::string refusing_route_in(const std::string& rules, const std::string& routes,
                              const std::string& address);

}  // namespace mqttkit::doctor
