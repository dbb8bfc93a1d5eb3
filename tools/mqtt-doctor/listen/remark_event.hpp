// A remark as an event.
#pragma once

#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

/// @param kind  verdict when it is noticed, recap at the end
event remark_event(event_kind kind, const remark& what);

}  // namespace mqttkit::doctor
