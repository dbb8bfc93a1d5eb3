// Commands of mqtt-sub and mqtt-pub that reach the broker the way the doctor did.
#pragma once

#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// "mqtt-sub -h HOST -p PORT", or the URL where that says too little, with the CA, the certificate
/// and the user that were given.
/// "mqtt-doctor delivery HOST:PORT", likewise: what is to be tried as before, with something more.
std::string doctor_command(const view& known, const std::string& subcommand = {});

std::string subscriber_command(const view& known);
std::string publisher_command(const view& known);

}  // namespace mqttkit::doctor
