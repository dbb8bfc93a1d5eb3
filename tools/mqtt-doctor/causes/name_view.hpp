// What kind of name the broker's is.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// Whether the name has an address.
bool has_address(const view& known);

/// Whether it is a name of multicast DNS.
bool is_mdns_name(const view& known);

/// Whether the name has a dot: name servers, and not the local network, are to know it then.
bool is_public_name(const view& known);

}  // namespace mqttkit::doctor
