// Numbered messages of each QoS through the broker, from one connection to another.
#pragma once

#include <chrono>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"

namespace mqttkit::doctor {

struct exchange_request {
  std::string topic;  ///< empty: nothing is published
  std::string filter;
  bool is_users_topic = false;
  bool is_search = false;                 ///< see exchange_fact
  bool reads_retained = false;            ///< a short word that is retained is kept in the facts
  int lowest_qos = 0;                     ///< of the messages published
  int highest_qos = 2;                    ///< the broker may grant less
  int window = 5;                         ///< unacknowledged messages; at most Receive Maximum
  int messages = 5;                       ///< at each QoS
  std::size_t payload_bytes = 0;          ///< at least enough for the mark of our messages
  std::chrono::milliseconds limit{2000};  ///< for each step
  std::chrono::milliseconds usual{0};     ///< time that a message is known to take
  probe::deadline until = probe::deadline::max();  ///< no step begins after it

  exchange_request() = default;
};

/// Subscribes on one connection, publishes on the other and counts arrivals. Nothing is retained,
/// and the subscription is ended.
exchange_fact try_exchange(channel& publisher, channel& subscriber, const exchange_request& what);

}  // namespace mqttkit::doctor
