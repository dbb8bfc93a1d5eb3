// The file systems that a broker writes to.
#pragma once

#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// The places where running brokers keep messages and logs, with their free space.
std::vector<disk_fact> look_at_disks(const machine_files& files, const host_facts& host);

}  // namespace mqttkit::doctor
