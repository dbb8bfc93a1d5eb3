// Listening sockets and the processes of brokers, as /proc shows them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Fills listeners and brokers; says in not_seen whose owner could not be found.
void look_at_sockets(const machine_files& files, host_facts& into);

/// What listens in another network of this machine, a container's, that has that address; nothing
/// when there is none, or /proc does not show it (that needs root).
std::optional<std::vector<listener_fact>> listeners_at(const machine_files& files,
                                                       const std::string& v4_address);

/// Command-line words with what follows a password option, and passwords in URLs, blanked.
std::string without_secrets(const std::vector<std::string>& arguments);

/// The interface of the default route, and of the route to an address ("" when none is known).
std::string default_interface(const machine_files& files);
std::string interface_to(const machine_files& files, const std::string& v4_address);

/// By name and command line; none for anything else.
broker_kind broker_name(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace mqttkit::doctor
