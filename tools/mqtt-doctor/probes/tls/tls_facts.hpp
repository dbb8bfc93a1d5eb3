// Converts the library's reports of TLS and certificates to facts.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/probe/tls.hpp"

namespace mqttkit::doctor {

tls_fact fact_of(const probe::tls_report& report);

/// Whether a password may be sent: the server proved who it is, or only its name was not to be
/// checked.
bool is_safe_for_secrets(const tls_fact& tls, bool is_insecure);

}  // namespace mqttkit::doctor
