// What the files of this machine say of a bridge between the two brokers of an exchange.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// What a bridge on this machine does with a topic that does not arrive; nothing without a bridge.
maybe_finding bridge_finding(const view& known, const exchange_fact& far);

}  // namespace mqttkit::doctor
