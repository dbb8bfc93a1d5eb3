// A capture that was read to its end: who spoke MQTT in it, and what became of each.
//
// Conversations are found on any port by what they speak: MQTT, WebSocket with MQTT, TLS where MQTT
// is usual or asked for. What never spoke counts where MQTT is usual, or spoken by others, or when
// the capture is of one port only. Each client becomes a vantage point: facts with the story of its
// connections, and what is made of them.
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
  std::string name;                           ///< of the file, as it is told
  capture_place place = capture_place::none;  ///< --captured-on; none: it is told from the packets
  std::string key_log;                        ///< file with secrets of TLS; "" for none
  bool shows_payload = false;
};

struct captured_client {
  std::string name;   ///< "s7 (10.0.0.1)"
  std::string began;  ///< RFC 3339, of its first connection
  std::string ended;
  sentence summary;  ///< what its conversation came to; empty when too little was seen
  vantage from;
};

struct recording {
  static constexpr std::size_t most_streams = 20'000;   // kept to the end
  static constexpr std::size_t most_wordless = 10'000;  // of these, that never stood
  static constexpr std::size_t most_clients = 1000;
  static constexpr std::size_t most_streams_of_one = 16;  // of a client: the last ones
  static constexpr std::size_t most_steps = 40;           // of a stream: the first and the last

  std::string problem;  ///< the file ends too early, or is damaged; what was before it was read
  capture_facts about;  ///< what holds for all clients
  std::string began;
  std::string ended;
  std::vector<captured_client> clients;
  std::uint64_t clients_left_out = 0;
  std::uint64_t streams = 0;           ///< of TCP, all of them
  std::uint64_t streams_left_out = 0;  ///< for which there was no room
  std::uint64_t others = 0;            ///< streams that are not MQTT
  std::uint64_t other_tls = 0;         ///< of these: TLS, in which MQTT may be
  std::uint64_t without_ip = 0;        ///< packets
};

/// What all of them come to: each cause once, of the client that showed it first.
diagnosis diagnosis_of_all(const std::vector<captured_client>& clients);

/// Reads all of it. What it says is in the language chosen.
recording read_recording(byte_source& from, const recording_options& how);

}  // namespace mqttkit::doctor
