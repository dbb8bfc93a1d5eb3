// Which ports the brokers of the machine have for others, beside the one that was asked for.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// The scheme of a listening socket by its broker's file; scheme::none where that is not known.
scheme scheme_at(const host_view& at, const listener_fact& socket);
/// Other ports on which a broker here listens for others, each once.
std::vector<const listener_fact*> other_broker_ports(const host_view& at);
/// The first of those that speaks what was asked for, else the most usual one; null for none.
const listener_fact* other_broker_port(const host_view& at);
/// The ports with their schemes, as "1884 (mqtt), 8884 (mqtts)".
std::string ports_text(const host_view& at, const std::vector<const listener_fact*>& all);
/// Whether a NAT rule sends the port elsewhere, so that no listener is needed on this machine.
bool is_sent_on(const host_view& at);

}  // namespace mqttkit::doctor
