// The file systems a broker writes to.
#pragma once

#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// Where the brokers that run keep messages and logs, and how much room there is.
std::vector<disk_fact> look_at_disks(const machine_files& files, const host_facts& host);

}  // namespace mqttkit::doctor
