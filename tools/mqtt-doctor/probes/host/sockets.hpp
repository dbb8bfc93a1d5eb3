// Listening sockets and brokers' processes, from /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Fills listeners and brokers; names in not_seen the ports whose process was not found.
void look_at_sockets(const machine_files& files, host_facts& into);

/// The sockets that listen in the network of a process; nothing when that is this network, or
/// cannot be seen.
std::optional<std::vector<listener_fact>> listeners_beside(const machine_files& files, int pid);

/// The sockets that listen in another network namespace of this machine, a container's, with that
/// address; nothing when none has it, or /proc does not show it (needs root).
std::optional<std::vector<listener_fact>> listeners_at(const machine_files& files,
                                                       const std::string& v4_address);

/// Notes for each bridge of a running mosquitto whether its connection stands.
void look_at_bridges(const machine_files& files, host_facts& into);

/// When the process was started, in ms since 1970; 0 where that is not known.
std::int64_t started_ms(const machine_files& files, int pid);
/// The same of the youngest of the process, its children and, where its parent is the same program,
/// its siblings.
std::int64_t last_start_ms(const machine_files& files, int pid);

/// The interface of the default route, or of the route to an address; "" when unknown.
std::string default_interface(const machine_files& files);
std::string interface_to(const machine_files& files, const std::string& v4_address);

/// A broker's make by its process's name and command line; none for other programs.
broker_kind broker_name(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace mqttkit::doctor
