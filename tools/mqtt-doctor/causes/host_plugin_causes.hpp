// What mosquitto's plugins need on this machine: the file of its dynamic security.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// The plugin's file is not there or closed to the broker, so that it knows nobody, or cannot be
/// written, so that changes are lost.
maybe_finding host_plugin_file(const view& known, exclusions& excluded);
/// A refused login, where the plugin keeps the users and no password file does.
maybe_finding host_dynamic_login(const view& known, exclusions& excluded);

}  // namespace mqttkit::doctor
