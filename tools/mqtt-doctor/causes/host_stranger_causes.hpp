// What the broker's log tells again and again of clients that nobody asked about.
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// A client whose TLS handshake fails.
maybe_finding host_stranger_tls(const view& known, exclusions& excluded);
/// A client that the access list keeps from a topic.
maybe_finding host_stranger_denied(const view& known, exclusions& excluded);
/// The port is another broker's than the one that knows the user.
maybe_finding host_user_of_another_port(const view& known, exclusions& excluded);
/// A client that came back and did not subscribe again.
maybe_finding host_not_subscribed_again(const view& known, exclusions& excluded);

/// Whether the address is one of this machine's: the doctor's own attempts come from there.
bool is_own_address(const view& known, const std::string& address);

}  // namespace mqttkit::doctor
