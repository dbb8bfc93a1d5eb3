// Refusals by which a broker says that it does not serve a client now, or elsewhere.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// Whether the code says that there is nothing wrong with the client as such: unavailable, busy,
/// banned, a quota, too many connections.
bool is_of_serving(int meaning) noexcept;

/// What such a CONNACK leaves as causes, by whom else the broker answers so.
maybe_finding not_served(const view& known, const mqtt_fact& refusal);

/// The broker sends its clients to another server.
maybe_finding sent_elsewhere(const view& known, const mqtt_fact& refusal);

/// Any other code, by what CONNECT has that it can be about.
made_finding refused_otherwise(const mqtt_fact& refusal);

}  // namespace mqttkit::doctor
