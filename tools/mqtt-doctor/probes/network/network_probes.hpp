// Probes of what lies around a port: this machine, the name, the other ports, the way there.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

/// Addresses, default routes and clock of this machine.
local_facts look_at_this_machine();

/// Whether `address` is one of this machine's own.
bool is_own_address(const local_facts& local, const std::string& address);

/// The host's A and AAAA from one more name server.
std::vector<dns_fact> ask_name_server(const std::string& server, const std::string& host,
                                      std::chrono::milliseconds limit);

/// Everything there is to know about a name. Ends within `limit`.
/// @param family  addresses of the other one are put aside
name_facts look_up_name(const std::string& host, std::chrono::milliseconds limit,
                        asked_family family);

/// What each of the ports does, side by side, each in at most `limit`.
std::vector<port_fact> look_at_ports(const target& to, const std::string& address,
                                     const std::vector<int>& ports,
                                     std::chrono::milliseconds limit);

/// Who answers on the way to a port, by packets that live for 1, 2, 3 ... hops (no privilege).
std::vector<hop_fact> trace(const target& to, const std::string& address, int port,
                            std::chrono::milliseconds limit);

/// Whether the address belongs to the first hop itself: a connection whose packets live for one
/// hop gets an answer of its own from there.
bool is_first_hop(const target& to, const std::string& address, std::chrono::milliseconds limit);

/// Connects to an address that cannot exist: whoever answers stands between us and every server.
void look_at_test_net(int port, bool is_v6, reachability_fact& out,
                      std::chrono::milliseconds limit);

/// Ports a broker is usually found on.
const std::vector<int>& mqtt_ports();
/// Ports that are mistaken for MQTT's: dashboards and other protocols of the same products.
const std::vector<int>& mistaken_ports();
/// Ports that tell whether the host is alive.
const std::vector<int>& common_ports();

}  // namespace mqttkit::doctor
