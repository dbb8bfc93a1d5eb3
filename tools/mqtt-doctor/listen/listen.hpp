// mqtt-doctor listen: what reaches a port, in place of the broker or in front of it.
//
// Without --forward nothing is answered but what is needed to see more: a WebSocket upgrade gets
// its 101, so that the CONNECT inside comes. After CONNECT, ClientHello or request the connection
// is closed without a word, as by a broker that is just being started: an app tries again later,
// and takes nothing for a verdict on its password. With --forward every byte goes on first and is
// decoded after.
#pragma once

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// Runs to the end and returns the exit code: 0 when somebody came, 27 when nobody did.
int listen(const tools::doctor_settings& settings, const tools::stderr_log& log);

}  // namespace mqttkit::doctor
