// Which listener of this machine a phone is to try, where nobody says: told once, and from there on
// the same is looked at, shown in the code and judged.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// A port of this machine where a broker is, or may be.
struct broker_listener {
  int port = 0;
  doctor::scheme by = scheme::mqtt;
  std::string program;         ///< "mosquitto"; "" when only root may know
  bool is_for_others = false;  ///< not bound to loopback addresses alone
};

/// The likeliest of an app on a phone first: what others may reach before what they may not, plain
/// MQTT before TLS before WebSocket, the usual port before another.
/// @param own_port  of the page, which is no broker; 0 for none
std::vector<broker_listener> broker_listeners(const host_facts& host, int own_port);

/// Whether the machine's own list of sockets says that nobody else can reach the port.
enum class door : std::uint8_t {
  open,
  for_itself,  ///< bound to loopback addresses alone
  closed,      ///< nobody listens
};
door door_of_port(const host_facts& host, int port);

/// Whether two ports are known to be of different brokers: a login is for one of them.
bool are_of_different_brokers(const host_facts& host, int port, int other);

/// What was found, and how to name another; "" where there is no choice.
/// @param host  as the app has it
sentence words_of_choice(const std::vector<broker_listener>& all, const std::string& host);
/// Those that only this machine reaches; "" where there is none beside others.
sentence words_of_inner(const std::vector<broker_listener>& all);

}  // namespace mqttkit::doctor
