// Diagnoses several vantage points together: success at one place limits what can be broken at
// another.
//
// First each point is diagnosed alone. Then the broker's machine, where there is one, is compared
// with each client that fails: its facts about the client's port explain the failure, or exclude
// causes that only look likely from outside. Further rules (rules.hpp) find what no single place
// can know. Pure, like diagnose().
#pragma once

#include <vector>

#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// The vantage point on the broker's machine; nullptr when there is none.
const vantage* server_among(const std::vector<vantage>& all);

/// The common diagnosis. It has no steps: each vantage point has its own.
diagnosis diagnose_together(const std::vector<vantage>& all);

}  // namespace mqttkit::doctor
