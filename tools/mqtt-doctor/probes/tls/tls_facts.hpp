// TLS and certificates, from what the library reports to the facts that are kept.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/probe/tls.hpp"

namespace mqttkit::doctor {

tls_fact fact_of(const probe::tls_report& report);

/// Whether a password may follow: to a server that proved who it is, or of which only the name was
/// not to be checked.
bool is_safe_for_secrets(const tls_fact& tls, bool is_insecure);

}  // namespace mqttkit::doctor
