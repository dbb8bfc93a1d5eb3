// The client's CONNACK, as the causes of versions and of refusals ask it.
#pragma once

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// What MQTT showed on the client's connection; null when the connection did not get that far.
const mqtt_fact* mqtt_of_client(const view& known);

/// Whether TCP stood, and no CONNACK came to the client in any version.
bool came_to_nothing(const view& known);

/// A CONNACK with its reason by number and name, as evidence.
sentence connack_sentence(const mqtt_fact& answer);

}  // namespace mqttkit::doctor
