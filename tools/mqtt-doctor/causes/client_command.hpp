// Commands of mqtt-sub and mqtt-pub that reach the broker the way the doctor did.
#pragma once

#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// "mqtt-doctor delivery HOST:PORT" with the CA, certificate and user that were given, for a reader
/// who is to ask again with something more. The two below are "mqtt-sub -h HOST -p PORT" and its
/// twin for publishing, with the URL where host and port alone say too little.
std::string doctor_command(const view& known, const std::string& subcommand = {});

std::string subscriber_command(const view& known);
std::string publisher_command(const view& known);

}  // namespace mqttkit::doctor
