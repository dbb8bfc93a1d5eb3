// What to do about a failure, in one clause for a person.
#pragma once

#include <string>
#include <system_error>

#include "mqttkit/codec/reason.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit::tools {

/// The next step; empty when there is nothing useful to say.
std::string advice_for(const failure& why);

/// What to do about the reason code of a packet from the broker.
/// @param connecting  it came with CONNACK
std::string advice_for_reason(const failure& why, bool connecting);

/// What to do where the broker, or MQTT, does not offer what was asked for.
std::string advice_for_limit(std::error_code error);

}  // namespace mqttkit::tools
