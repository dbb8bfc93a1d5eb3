// mqtt-doctor listen --capture: what passes a port, without standing in its way.
//
// The broker keeps its port and the apps their settings: packets are copied by the kernel. They go
// the way of a capture file, so that what is told is the same; beside it stands what only somebody
// who sees packets can tell: connections that never come to stand, and why.
#pragma once

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// Runs to the end and returns the exit code: 0 when somebody came, 27 when nobody did, 1 when it
/// may not or cannot capture, 15 when a file could not be written.
int listen_to_packets(const tools::doctor_settings& settings, const tools::stderr_log& log);

}  // namespace mqttkit::doctor
