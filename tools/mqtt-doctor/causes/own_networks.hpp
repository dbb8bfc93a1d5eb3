// Which way a machine's packets take, by its routes and neighbours.
#pragma once

#include <string>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// Whether a program for containers or guests makes interfaces of this name.
bool is_made_by_a_program(const std::string& interface);

/// The most specific route for that IPv4 address; null when there is none.
const route_fact* route_to(const host_facts& host, const std::string& address);

/// Whether nobody answered when the machine looked for that address behind that interface ("":
/// any).
bool is_lost(const std::vector<lost_neighbour_fact>& all, const std::string& address,
             const std::string& by = {});

/// A number of bits: 24 of "10.0.0.0/24".
int bits_of(const std::string& network);

/// The socket that takes connections to that address and port; null when none listens there.
const listener_fact* socket_at(const host_facts& host, const std::string& address, int port);

}  // namespace mqttkit::doctor
