// The form of a cloud's login, with what is known of the device in the places of its words in
// capitals.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// "HUB.azure-devices.net/DEVICE/?api-version=2021-04-12" with the hub and the device in question;
/// what is not known stays in capitals.
std::string filled_in(const view& known, std::string form);

/// The device that the login names; "" where none is told from it.
std::string cloud_device_of(const view& known);

}  // namespace mqttkit::doctor
