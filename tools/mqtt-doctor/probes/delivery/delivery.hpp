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
  bool no_local = false;          ///< No Local: the subscription leaves out our messages
  bool at_most_once = false;      ///< publishes at QoS 0, for a broker without QoS 1
  std::size_t payload_bytes = 0;  ///< at least enough for the mark of our message
  std::chrono::milliseconds limit{2000};

  delivery_request() = default;
};

/// Subscribes, publishes at QoS 1, waits for PUBACK and for the message, then pings. The
/// subscription remains; nothing is retained.
delivery_fact try_delivery(channel& over, const delivery_request& what);

/// A random topic of the doctor's own.
std::string own_topic();
/// "$share/mqtt-doctor-.../", a group with no other member.
std::string own_group();

/// Sends PINGREQs one after the other until `limit` has passed.
void ping_repeatedly(channel& over, int times, std::chrono::milliseconds limit);

/// Sends DISCONNECT.
void say_goodbye(channel& over);

}  // namespace mqttkit::doctor
