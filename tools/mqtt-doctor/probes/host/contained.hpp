// Brokers' set-up in containers, read through what is mounted there, and in a running one
// through its own files.
#pragma once

#include "mqtt-doctor/probes/host/brokers.hpp"

namespace mqttkit::doctor {

/// Gives brokers' containers the configuration that their program reads, as far as it can be
/// seen.
void look_at_contained(const machine_files& files, const configuration_request& request,
                       host_facts& into);

}  // namespace mqttkit::doctor
