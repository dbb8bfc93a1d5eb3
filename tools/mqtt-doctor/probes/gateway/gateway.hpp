// Probes a gateway of MQTT-SN over UDP: its presence, a client's login, and messages.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint.hpp"

namespace mqttkit::doctor {

/// Examines the gateway: searches, sends CONNECT and, once accepted, tries messages on the doctor's
/// topic, on the user's, by the broker of --sent-via, and for a sleeping client. It uses two
/// clients at most; after a failure it sends one CONNECT to each usual port of gateways. No step
/// begins after `what.until`.
/// @param known  name, addresses and question; unchanged
endpoint_facts examine_gateway(const target& to, const endpoint_request& what, const facts& known);

}  // namespace mqttkit::doctor
