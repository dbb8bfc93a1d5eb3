// Questions about a gateway of MQTT-SN that its causes and the report's lines share.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {

// Return codes (MQTT-SN 1.2 §5.3.10) that causes ask about.
inline constexpr int congestion = static_cast<int>(sn::return_code::congestion);
inline constexpr int invalid_topic_id = static_cast<int>(sn::return_code::invalid_topic_id);
inline constexpr int not_supported = static_cast<int>(sn::return_code::not_supported);

/// The facts about the gateway; null when none was asked.
const gateway_fact* gateway_of(const view& known);

/// The address and port that were asked, as "192.0.2.1:1884".
std::string gateway_at(const gateway_fact& gateway);

/// The name of a return code (MQTT-SN 1.2 §5.3.10): "congestion"; its number when it has none.
const char* code_words(int code);

/// The delivery tried in that direction on the user's topic, else on the doctor's own; null: none.
const gateway_trip_fact* trip_of(const gateway_fact& gateway, trip_way way);

/// "mqtt-sn://HOST:PORT", as one word of a command.
std::string gateway_url(const view& known, int port);

}  // namespace mqttkit::doctor
