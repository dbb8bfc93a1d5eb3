// A capture that was read to its end: the clients of MQTT in it, and what became of each.
//
// Conversations are recognised on any port by their protocol: MQTT, MQTT over WebSocket, TLS where
// MQTT is usual or was asked for. A connection without bytes counts where MQTT is usual, or spoken
// by others, or when the capture is of a single port. Each client becomes a vantage point: facts
// with the story of its connections, and the findings.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/byte_source.hpp"
#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

struct recording_options {
  std::string name;                           ///< of the file, for sentences
  capture_place place = capture_place::none;  ///< --captured-on; none: the packets decide
  std::string key_log;                        ///< file with TLS secrets; "" for none
  bool shows_payload = false;
  symptom seen = symptom::none;  ///< --symptom
};

struct captured_client {
  std::string name;   ///< "s7 (10.0.0.1)"
  std::string began;  ///< RFC 3339: its first connection
  std::string ended;
  sentence summary;  ///< the conversation in one sentence; empty when too little was captured
  vantage from;
};

struct recording {
  static constexpr std::size_t most_streams = 20'000;   // kept to the end
  static constexpr std::size_t most_wordless = 10'000;  // of these, never established
  static constexpr std::size_t most_clients = 1000;
  static constexpr std::size_t most_streams_of_one = 16;  // of one client: the last ones
  static constexpr std::size_t most_steps = 40;           // of one stream: the first and the last

  std::string problem;  ///< why the file ended early or is damaged; what came before it was read
  capture_facts about;  ///< facts that hold for all clients
  std::string began;
  std::string ended;
  std::vector<captured_client> clients;
  std::uint64_t clients_left_out = 0;
  std::uint64_t streams = 0;           ///< all TCP streams
  std::uint64_t streams_left_out = 0;  ///< streams dropped for want of room
  std::uint64_t others = 0;            ///< streams that are not MQTT
  std::uint64_t other_tls = 0;         ///< of these, TLS that may carry MQTT
  std::uint64_t without_ip = 0;        ///< packets without IP
  std::vector<sentence> excluded;      ///< looked at, and it does not explain what the user sees
  bool all_came = false;               ///< all that was published for a subscriber was sent to it
};

/// The findings of all clients together: each cause once, of the client that showed it first.
/// @param seen  --symptom
diagnosis diagnosis_of_all(const std::vector<captured_client>& clients,
                           symptom seen = symptom::none, const std::vector<sentence>& excluded = {},
                           bool all_came = false);

/// Reads a capture to its end. Its sentences are in the chosen language.
recording read_recording(byte_source& from, const recording_options& how);

}  // namespace mqttkit::doctor
