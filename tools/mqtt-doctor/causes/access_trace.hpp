// What the access rules of mosquitto on this machine say about the user's topic, line by line.
#pragma once

#include "mqtt-doctor/causes/made_finding.hpp"

namespace mqttkit::doctor {

/// No line of the acl_file gives the right that was missing; which ones come near it.
maybe_finding access_list_trace(const view& known, exclusions& excluded);
/// The dynamic security plugin decides, and keeps back what was tried.
maybe_finding dynamic_security(const view& known, exclusions& excluded);

}  // namespace mqttkit::doctor
