// What waits for a subscriber that was away: it subscribes and leaves, messages are sent, and it
// comes back under the same identifier.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

/// How the app keeps its session, and what is sent to it.
struct offline_settings {
  bool keeps_session = false;  ///< -c: clean session, clean start off
  std::optional<std::uint32_t> session_expiry;
  std::optional<std::uint32_t> message_expiry;
  int qos = 0;
  int messages = 5;                   ///< of each QoS
  std::chrono::milliseconds away{0};  ///< at least; a short message expiry is waited for anyway
  std::string client_id;              ///< the user's, when it may be used; else one of our own

  offline_settings() = default;
};

struct offline_request {
  contact_request how;  ///< address, port, scheme and version of the subscriber
  protocol_version publisher_version = protocol_version::v5;
  offline_settings as;
  std::string own_topic;
  std::string users_topic;                ///< empty: nothing is sent there
  std::chrono::milliseconds limit{2000};  ///< for each step

  offline_request() = default;
};

/// Leaves no session of ours behind. A session that was there before is looked at and left as it
/// is: what it sends is not acknowledged.
offline_facts try_offline(const target& to, const offline_request& what);

}  // namespace mqttkit::doctor
