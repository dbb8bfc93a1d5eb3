// Traefik: the ports on which it takes connections, and the routers that share them out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Keeps the routers that the labels of a container set up.
void read_traefik_labels(const machine_files& files, const container_fact& container,
                         const std::map<std::string, std::string>& labels, host_facts& into);
/// Keeps entry points and routers of a Traefik in a container, by the words it was started with and
/// the files that are mounted into it. The labels of other containers have been read before.
void read_traefik_container(const machine_files& files, const container_fact& container,
                            const std::vector<std::string>& arguments, host_facts& into);
/// The same for each Traefik that listens here and is in no container.
void read_traefik_processes(const machine_files& files, host_facts& into);

}  // namespace mqttkit::doctor
