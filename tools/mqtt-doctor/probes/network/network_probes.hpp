// Probes around a port: this machine, the name, other ports and the path to the host.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

/// This machine's addresses, default routes and clock.
local_facts look_at_this_machine();

/// Whether the address is this machine's own.
bool is_own_address(const local_facts& local, const std::string& address);

/// The proxies that the environment names for the host, each address once.
std::vector<set_proxy_fact> look_at_set_proxies(const std::string& host);
/// Asks the first of them that speaks HTTP for a way to host and port, without any login.
void ask_set_proxies(std::vector<set_proxy_fact>& proxies, const std::string& host, int port,
                     std::chrono::milliseconds limit);

/// Asks another name server for the host's A and AAAA records.
std::vector<dns_fact> ask_name_server(const std::string& server, const std::string& host,
                                      std::chrono::milliseconds limit);

/// All facts about a name. Ends within `limit`.
/// @param family  the only family wanted; addresses of the other are put aside
name_facts look_up_name(const std::string& host, std::chrono::milliseconds limit,
                        asked_family family);

/// Probes all ports side by side, each for at most `limit`.
std::vector<port_fact> look_at_ports(const target& to, const std::string& address,
                                     const std::vector<int>& ports,
                                     std::chrono::milliseconds limit);

/// Asks the usual ports of brokers' WebSocket listeners, but `known`, for an upgrade.
std::vector<port_fact> look_for_websocket_at(const target& to, const std::string& address,
                                             int known, bool has_tls,
                                             std::chrono::milliseconds limit);

/// The routers on the path to a port, found by packets with a TTL of 1, 2, 3 and so on (no root).
std::vector<hop_fact> trace(const target& to, const std::string& address, int port,
                            std::chrono::milliseconds limit);

/// Whether the first hop has the address itself: a connection whose packets have a TTL of 1 gets an
/// answer from there.
bool is_first_hop(const target& to, const std::string& address, std::chrono::milliseconds limit);

/// Connects to an address that cannot exist: any answer comes from a middlebox.
void look_at_test_net(int port, bool is_v6, reachability_fact& out,
                      std::chrono::milliseconds limit);

/// Usual ports of brokers.
const std::vector<int>& mqtt_ports();
/// Ports that are mistaken for MQTT's: of dashboards and other protocols of the same products.
const std::vector<int>& mistaken_ports();
/// Ports that show whether the host is alive.
const std::vector<int>& common_ports();

}  // namespace mqttkit::doctor
