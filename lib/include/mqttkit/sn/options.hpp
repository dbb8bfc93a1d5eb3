#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mqttkit/sn/message.hpp"

namespace mqttkit::sn {

/// A topic that client and gateway know by its id without asking (§6.7).
struct predefined_topic {
  std::uint16_t id = 0;
  std::string name;
};

/// The will, owned (§6.2 to §6.4).
struct will_options {
  std::string topic;
  std::string payload;  ///< any bytes
  qos_level qos = qos_level::at_most_once;
  bool retain = false;
};

/// When a received QoS 1 or 2 message is acknowledged.
enum class ack_policy : std::uint8_t {
  on_next,  ///< by pulling the next event: the consumer is done with the message then
  manual,   ///< by settle(): everything pulled so far
};

struct session_options {
  std::string client_id;      ///< 1 to 23 bytes
  bool clean_session = true;  ///< the will as well: the gateway forgets the last one (§6.3)
  std::chrono::seconds keep_alive{60};  ///< 1 to 65,535
  std::optional<will_options> will;
  std::vector<predefined_topic> predefined;
  ack_policy acknowledge = ack_policy::on_next;

  /// Tretry and Nretry (§7.2 recommends 10 to 15 s, 3 to 5 times): how long to wait for an answer,
  /// and how often to send again before the gateway counts as lost.
  std::chrono::milliseconds retry_time{10'000};
  unsigned retries = 3;
  /// Twait (§7.2: more than 5 min): how long to leave a congested gateway alone.
  std::chrono::milliseconds congestion_wait{300'000};

  /// Largest datagram sent, bytes: above what the path takes in one piece, a lost fragment loses
  /// all of it, and a sensor network has no fragments. 1,400 passes Ethernet, tunnels included.
  std::size_t maximum_datagram = 1'400;
  /// Topic ids that are kept. A gateway that registers more is told that we are congested.
  std::size_t maximum_topics = 16'384;

  session_options() = default;
};

}  // namespace mqttkit::sn
