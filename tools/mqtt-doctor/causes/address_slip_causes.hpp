// Addresses that are one of the user's network but for a slip, or that no machine can have.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// -4 or -6 leaves out addresses of the name, and the addresses that are left do not serve.
maybe_finding unserved_family(const view& known, exclusions& excluded);
/// The address of all machines of a network, or of the network itself.
maybe_finding address_of_all(const view& known, exclusions& excluded);
/// A digit beside an address of this device's own network.
maybe_finding digit_beside_own_network(const view& known, exclusions& excluded);

}  // namespace mqttkit::doctor
