// mqtt-doctor listen --capture: watches the packets of a port without standing in their way.
//
// The broker keeps its port and the apps their settings: the kernel copies the packets. They are
// read as those of a capture file are, so the same is reported, and beside it what only packets
// show: connections that are never established, and why.
#pragma once

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// Runs to the end and returns the exit code: 0 when a client came, 27 when none did, 1 when
/// capturing is not possible or not permitted, 15 when the file could not be written.
int listen_to_packets(const tools::doctor_settings& settings, const tools::stderr_log& log);

}  // namespace mqttkit::doctor
