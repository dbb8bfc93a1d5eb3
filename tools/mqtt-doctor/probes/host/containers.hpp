// Containers of brokers, as Docker or Podman tell of them.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/commands.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Reads lines of "NAME|IMAGE|PORTS|STATE|STATUS"; the last two may be missing.
std::vector<container_fact> read_containers(std::string_view listed);
/// Takes state, end, error and mounts from the JSON of `docker inspect NAME`.
void read_inspection(std::string_view json, container_fact& into);
/// Whether image, name or ports are those of an MQTT broker.
bool is_of_broker(const container_fact& container);

/// Starts the listing of all containers, where there is something to ask.
void start_container_list(const machine_files& files, commands& programs);
/// Reads the listing, and asks for more about brokers' containers until `limit` has passed.
void look_at_containers(const machine_files& files, const commands& programs,
                        std::chrono::milliseconds limit, host_facts& into);

}  // namespace mqttkit::doctor
