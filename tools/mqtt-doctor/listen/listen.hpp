// mqtt-doctor listen: shows what reaches a port, in place of the broker or in front of it.
//
// Without --forward only a WebSocket upgrade is answered, since the CONNECT comes inside.
// After CONNECT, ClientHello or request the connection is closed without an answer, as by a
// broker that is just starting: an app tries again later, and does not take it for a
// judgement of its password. With --forward every byte is passed on first and decoded
// afterwards.
#pragma once

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// Runs to the end and returns the exit code: 0 when a client came, 27 when none did.
int listen(const tools::doctor_settings& settings, const tools::stderr_log& log);

}  // namespace mqttkit::doctor
