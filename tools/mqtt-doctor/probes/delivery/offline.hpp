// Messages that wait for a subscriber that is away: it subscribes and leaves, messages are sent,
// and it returns with the same identifier.
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
  bool keeps_session = false;  ///< -c: without clean session or clean start
  std::optional<std::uint32_t> session_expiry;
  std::optional<std::uint32_t> message_expiry;
  int qos = 0;
  int messages = 5;                   ///< at each QoS
  std::chrono::milliseconds away{0};  ///< at least; a short message expiry is waited for as well
  std::string client_id;              ///< the user's, when it may be used; else made up

  offline_settings() = default;
};

struct offline_request {
  contact_request how;  ///< address, port, scheme and version of the subscriber
  protocol_version publisher_version = protocol_version::v5;
  offline_settings as;
  std::string own_topic;
  std::string users_topic;                ///< empty: the user's topic gets no message
  std::chrono::milliseconds limit{2000};  ///< for each step

  offline_request() = default;
};

/// Leaves no session of the doctor behind. An existing session is examined and stays as it is: its
/// messages are not acknowledged.
offline_facts try_offline(const target& to, const offline_request& what);

}  // namespace mqttkit::doctor
