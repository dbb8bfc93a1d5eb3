// A phone as a place the doctor looked from: its findings, and what was seen of it here, in the
// facts that every rule knows.
//
// A port counts as open to it when its connection stood here, as silent when its tries ended
// without a packet here, and so on: what the browser calls "failed" is told apart by this end. What
// the page spoke itself, WebSocket and MQTT, is as if this program had spoken it there.
#pragma once

#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// @param host    of the broker, as the app has it
/// @param server  what was seen on the broker's machine; what is known of its certificates and of
///                the name is taken from there
facts facts_of_phone(const phone_facts& phone, const std::string& host, const facts& server);

}  // namespace mqttkit::doctor
