#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// Adds the lines of the broker's file, where this is its machine, that explain a finding with this
/// id which the probes made.
void say_setting(made_finding& made, const view& known, std::string_view id);

/// A bridge whose lines explain what is seen.
maybe_finding bridge_for_symptom(const view& known, exclusions&);

}  // namespace mqttkit::doctor
