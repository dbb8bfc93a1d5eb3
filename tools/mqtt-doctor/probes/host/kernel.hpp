// What the kernel counts of the packets that it drops, and its settings by which it may.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// The counters of dropped packets that are above 0: "TcpExt.ListenDrops", "conntrack.drop".
std::map<std::string, std::int64_t> read_counters(const machine_files& files);
/// The same of this machine, without those that did not grow since `before`.
std::map<std::string, std::int64_t> counted_since(
    const std::map<std::string, std::int64_t>& before);

void look_at_kernel(const machine_files& files, host_facts& into);

}  // namespace mqttkit::doctor
