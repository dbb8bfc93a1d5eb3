// A gateway of MQTT-SN over UDP: is it there, does it take a client, does a message pass.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint.hpp"

namespace mqttkit::doctor {

/// Looks at the gateway: searches, sends CONNECT, and where that is accepted tries a message on a
/// topic of the doctor's own, on the user's, by way of the broker of --sent-via, and for a client
/// that sleeps. Two clients at most, and after a failure one CONNECT to each port a gateway is
/// usually found on. No step is begun after `what.until`.
/// @param known  name, addresses and what was asked; not changed
endpoint_facts examine_gateway(const target& to, const endpoint_request& what, const facts& known);

}  // namespace mqttkit::doctor
