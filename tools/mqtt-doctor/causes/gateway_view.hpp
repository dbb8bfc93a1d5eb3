// Questions that the causes and the lines of the report about a gateway of MQTT-SN both ask.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// What was seen of the gateway; null when none was asked.
const gateway_fact* gateway_of(const view& known);

/// "192.0.2.1:1884 (UDP)" without the words: the address and port that were asked.
std::string gateway_at(const gateway_fact& gateway);

/// "congestion", "invalid topic id", "not supported" or the number (MQTT-SN 1.2 §5.3.10).
const char* code_words(int code);

/// The try of that way on the user's topic, else on the doctor's own; null when there was none.
const gateway_trip_fact* trip_of(const gateway_fact& gateway, trip_way way);

/// "mqtt-sn://HOST:PORT", as one word of a command.
std::string gateway_url(const view& known, int port);

}  // namespace mqttkit::doctor
