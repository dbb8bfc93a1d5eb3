// The compose file that made a container: what it says of the container's ports and mounts.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Reads the files that the container's labels name; nothing when they name none, or none of the
/// files that has the service is here. Variables are filled in from the project's ".env" and from
/// their defaults.
std::optional<compose_fact> read_compose(const machine_files& files,
                                         const std::map<std::string, std::string>& labels);
/// The line of that text in the service's part of its files, and the file; line 0 for none.
std::pair<std::string, int> compose_line(const machine_files& files, const compose_fact& in,
                                         const std::string& text);

}  // namespace mqttkit::doctor
