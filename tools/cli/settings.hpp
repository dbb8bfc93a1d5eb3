// What the command lines of all programs say once they were understood: plain structs, filled by
// the parser. Nothing here knows how an option is spelled.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/event_form.hpp"
#include "mqttkit/client/options.hpp"
#include "mqttkit/sn/options.hpp"

namespace mqttkit::tools {

/// --as-mosquitto: whose ways to follow where mosquitto's clients differ among themselves.
enum class mosquitto_ways : std::uint8_t {
  best,  ///< the newer ones, where scripts for the older ones go on to work
  v2_0,
  v2_1,
};

/// What a mqtt-sn:// URL brings with it.
struct sn_settings {
  bool wanted = false;                                              ///< MQTT-SN is spoken, over UDP
  bool without_connection = false;                                  ///< -q -1
  std::vector<std::uint16_t> topic_ids;                             ///< --topic-id: predefined ones
  std::vector<sn::predefined_topic> predefined;                     ///< --predefined
  std::chrono::microseconds sleep{0};                               ///< --sleep; 0: stays awake
  std::size_t max_packet = sn::session_options().maximum_datagram;  ///< --sn-max-packet

  sn_settings() = default;
};

/// What all programs share: the connection, and how much to say about it.
struct common_settings {
  client_options client;
  bool debug = false;                    ///< -d: every step and packet on stderr
  bool quiet = false;                    ///< --quiet: no error messages
  event_form events = event_form::none;  ///< --events
  std::string tls_from;  ///< "FILE:3: cafile": what turned TLS on, if a configuration file did
  mosquitto_ways ways = mosquitto_ways::best;
  /// The path of -L, when it names a topic. The program's own settings have it, too.
  std::string url_topic;
  sn_settings sn;

  common_settings() = default;
};

/// What the parser decided.
struct parse_outcome {
  bool run = false;   ///< go on with the settings
  int exit_code = 0;  ///< otherwise: end with this; help, version or the error was printed

  parse_outcome() = default;
};

}  // namespace mqttkit::tools
