// What the log on the broker's own machine says of logins and messages as a whole.
#pragma once

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// Whether the broker turns everybody away, whatever the login: HiveMQ without an extension for it.
bool turns_everybody_away(const view& known);
/// Whether the broker has raised an alarm (RabbitMQ: memory, disk) and not lowered it since.
bool is_alarm_raised(const view& known);

}  // namespace mqttkit::doctor
