#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/delivery/offline.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

/// Retained messages, No Local and large messages, which delivery can examine besides.
struct message_kinds {
  bool no_local = false;
  bool retained = false;
  std::size_t size = 0;                      ///< bytes of a message; 0: not asked for
  std::optional<std::uint32_t> packet_size;  ///< Maximum Packet Size of the subscriber

  message_kinds() = default;
};

/// How long the network keeps the way back to a silent UDP client open.
struct idle_request {
  std::chrono::milliseconds limit{0};                         ///< for all pauses; 0: not asked for
  std::function<void(const gateway_pause_fact& pause)> tell;  ///< called for each pause
  std::function<bool()> is_interrupted;

  idle_request() = default;
};

struct endpoint_request {
  doctor::scheme scheme = doctor::scheme::mqtt;
  int port = 0;
  std::string path;
  bool with_credentials = true;
  bool publishes_on_topic = false;
  /// An exchange is made while the port has had no more connections than this; 0: no
  /// exchange.
  std::size_t exchange_connections = 0;
  int repeats = 0;                          ///< equal connections after one that was let in
  std::optional<other_broker> via;          ///< the publisher's broker; none: the subscriber's
  int messages = 5;                         ///< at each QoS
  int burst = 0;                            ///< on the doctor's own topic, if more than `messages`
  std::chrono::milliseconds listens{1200};  ///< for messages of the user's topic
  std::optional<offline_settings> offline;  ///< whether messages wait for an absent subscriber
  message_kinds kinds;
  idle_request idle;
  probe::deadline until;  ///< for everything but `idle`

  endpoint_request() = default;
};

/// Examines one scheme and port of the host: first as an app connects, and after a failure with the
/// few further connections that tell its causes apart. At most four connections to the port get
/// past TCP, and before the broker has accepted one, at most two of them carry the user's
/// credentials.
/// @param known  name, addresses and question; unchanged
endpoint_facts examine_endpoint(const target& to, const endpoint_request& what, const facts& known);

}  // namespace mqttkit::doctor
