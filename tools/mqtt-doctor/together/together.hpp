// Several vantage points reasoned on together: what works from one place bounds what is broken at
// another.
//
// Each vantage is diagnosed alone first. Then the broker's own machine, where there is one, answers
// for each client that fails: what it says of the client's port either explains the failure or
// rules causes out that only look likely from outside. Rules of their own (rules.hpp) draw what no
// single place can know. Pure, as diagnose() is.
#pragma once

#include <vector>

#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

/// The vantage made on the broker's machine; nullptr when none was.
const vantage* server_among(const std::vector<vantage>& all);

/// The answer for all of them. Its steps are empty: each vantage has its own.
diagnosis diagnose_together(const std::vector<vantage>& all);

}  // namespace mqttkit::doctor
