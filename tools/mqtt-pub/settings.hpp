// What the command line of mqtt-pub says once it was understood.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/settings.hpp"

namespace mqttkit::tools {

/// Where mqtt-pub's messages come from.
enum class message_source : std::uint8_t {
  none,
  text,         ///< -m
  file,         ///< -f
  empty,        ///< -n
  whole_input,  ///< -s
  lines,        ///< -l
  recording,    ///< --from-json
  made,         ///< --template
};

/// --in: how the text of a payload is to be read.
enum class payload_form : std::uint8_t {
  text,  ///< as it is
  hex,
  base64,
  json,  ///< as it is, once it proved to be JSON
};

struct pub_settings : common_settings {
  std::string topic;         ///< empty where every line or record brings its own
  std::string topic_prefix;  ///< for the topics of lines and records; `topic` has it already
  message_source source = message_source::none;
  std::string message;  ///< -m
  std::string file;     ///< -f
  payload_form form = payload_form::text;
  std::string key_separator;     ///< -l: the topic stands before it; empty: the line is the payload
  bool ends_with_null = false;   ///< -0: what ends a line
  std::string payload_template;  ///< --template; counts with -l and message_source::made
  bool has_template = false;
  std::string recording;    ///< --from-json; "-" is standard input
  double replay_speed = 0;  ///< --replay, --speed; 0: as fast as it goes
  bool stops_at_refusal = false;
  qos_t qos = qos_t::at_most_once;
  bool has_qos = false;  ///< -q was given
  bool retain = false;
  std::uint32_t repeat = 1;  ///< all but -l and --from-json: how many times; 0: until interrupted
  std::chrono::microseconds repeat_delay{0};
  std::chrono::microseconds every{0};  ///< from one repetition to the next; 0: not given
  double rate = 0;                     ///< most messages a second; 0: no limit
  std::string outbox;                  ///< --outbox: folder; empty: none
  std::uint64_t outbox_messages = 0;   ///< --outbox-limit, one of the two; 0: none
  std::uint64_t outbox_bytes = 0;
  properties publish_properties;     ///< -D publish
  properties disconnect_properties;  ///< -D disconnect
  /// -D publish topic-alias, which also stands in publish_properties; 0 when not given. With -l
  /// mosquitto_pub sends the topic with the first line only and an empty one with the others.
  std::uint16_t topic_alias = 0;
  /// --request: wait for replies and print them.
  bool request = false;
  std::string response_topic;            ///< -e; empty: made up (MQTT 5)
  std::uint32_t replies = 1;             ///< --replies
  std::chrono::microseconds timeout{0};  ///< -W; 0 means none
  bool no_stale = false;                 ///< -R
  std::string format;                    ///< -F
  bool format_given = false;
  bool verbose = false;     ///< -v
  bool no_newline = false;  ///< -N
  bool pretty = false;      ///< --pretty
  bool retain_as_published = false;
  retain_handling retained = retain_handling::send;
  bool latency = false;  ///< --latency

  pub_settings() = default;
};

/// Reads the command line. Prints --help and --version to stdout, one line per usage error to
/// stderr ("mqtt-pub: -q 3: QoS must be 0, 1 or 2; try mqtt-pub --help").
///
/// Secrets (-P, --psk, the password in -L) are overwritten in argv so that `ps` does not show them.
parse_outcome parse_command_line(int argc, char** argv, pub_settings& out);

}  // namespace mqttkit::tools
