#pragma once

#include <chrono>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"

namespace mqttkit::doctor {

/// What to try on a topic.
struct delivery_request {
  std::string topic;
  bool is_users_topic = false;
  bool subscribes = true;
  bool publishes = true;
  bool no_local = false;          ///< the subscription asks not to get our own messages
  bool at_most_once = false;      ///< QoS 0, for a broker that knows no other
  std::size_t payload_bytes = 0;  ///< at least enough for the mark that tells it is ours
  std::chrono::milliseconds limit{2000};

  delivery_request() = default;
};

/// Subscribes, publishes at QoS 1, waits for the acknowledgement and for the message to come back,
/// then pings. Leaves the subscription behind; nothing is retained.
delivery_fact try_delivery(channel& over, const delivery_request& what);

/// A topic of the doctor's own that cannot collide.
std::string own_topic();
/// "$share/mqtt-doctor-.../", a group that nobody else is in.
std::string own_group();

/// So many PINGREQs, one after the other, until `limit` has passed.
void ping_repeatedly(channel& over, int times, std::chrono::milliseconds limit);

/// DISCONNECT.
void say_goodbye(channel& over);

}  // namespace mqttkit::doctor
