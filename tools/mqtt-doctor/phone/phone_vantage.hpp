// A phone as a vantage point: its findings, with what this machine saw of it, as the facts that all
// causes read.
//
// This machine's view decides what the browser's "failed" means: a port is open when the connection
// was established here, silent when the tries ended without a packet here, and so on. WebSocket and
// MQTT that the page spoke count as if this program had spoken them on the phone.
#pragma once

#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// @param host    of the broker, as the app knows it
/// @param server  facts of the broker's machine, which lend certificates and the name's
///                 addresses
facts facts_of_phone(const phone_facts& phone, const std::string& host, const facts& server);

}  // namespace mqttkit::doctor
