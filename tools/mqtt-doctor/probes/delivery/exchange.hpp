// Several numbered messages of each QoS through the broker, from one connection to another.
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
  bool is_search = false;                 ///< as in exchange_fact
  int lowest_qos = 0;                     ///< of what is published
  int highest_qos = 2;                    ///< the broker may grant less
  int window = 5;                         ///< messages on the way at once: Receive Maximum or less
  int messages = 5;                       ///< of each QoS
  std::size_t payload_bytes = 0;          ///< at least what tells that a message is ours
  std::chrono::milliseconds limit{2000};  ///< for each step
  std::chrono::milliseconds usual{0};     ///< what a message took that was seen to come back
  probe::deadline until = probe::deadline::max();  ///< no step is begun after it

  exchange_request() = default;
};

/// Subscribes on one connection, publishes on the other, and counts what arrives. Nothing is
/// retained; the subscription is taken back.
exchange_fact try_exchange(channel& publisher, channel& subscriber, const exchange_request& what);

}  // namespace mqttkit::doctor
