// Chooses this machine's listener for a phone to try when the user names none. It is announced, and
// from then on this listener is examined, shown in the code and judged.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// A port of this machine with a broker, or a possible one.
struct broker_listener {
  int port = 0;
  doctor::scheme by = scheme::mqtt;
  std::string program;         ///< "mosquitto"; "" when only root can see it
  bool is_for_others = false;  ///< bound to more than loopback addresses
};

/// The listeners, the likeliest for an app on a phone first: reachable for others before not
/// reachable, plain MQTT before TLS before WebSocket, and usual ports before others.
/// @param own_port  the page's, which is no broker's; 0 for none
std::vector<broker_listener> broker_listeners(const host_facts& host, int own_port);

/// Whether others can reach the port, by this machine's list of sockets.
enum class port_access : std::uint8_t {
  open,
  for_itself,  ///< bound to loopback addresses only
  closed,      ///< nothing listens
};
port_access access_to_port(const host_facts& host, int port);

/// Whether two ports are known to belong to different brokers, so that a login is for only one.
bool are_of_different_brokers(const host_facts& host, int port, int other);

/// The choice, and how to name another listener; "" where there is no choice.
/// @param host  as the app knows it
sentence words_of_choice(const std::vector<broker_listener>& all, const std::string& host);
/// The listeners that only this machine reaches; "" where there are none beside others.
sentence words_of_inner(const std::vector<broker_listener>& all);

}  // namespace mqttkit::doctor
