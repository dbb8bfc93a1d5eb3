// What a command line says once it was understood: plain structs, filled by the parser, read by the
// programs. Nothing here knows how an option is spelled.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/subcommand.hpp"
#include "common/terminal.hpp"
#include "mqttkit/client/options.hpp"

namespace mqttkit::tools {

/// --as-mosquitto: whose ways to follow where mosquitto's clients differ among themselves.
enum class mosquitto_ways : std::uint8_t {
  best,  ///< the newer ones, where scripts for the older ones go on to work
  v2_0,
  v2_1,
};

/// What all programs share: the connection, and how much to say about it.
struct common_settings {
  client_options client;
  bool debug = false;    ///< -d: every step and packet on stderr
  bool quiet = false;    ///< --quiet: no error messages
  std::string tls_from;  ///< "FILE:3: cafile": what turned TLS on, if a configuration file did
  mosquitto_ways ways = mosquitto_ways::best;
  /// The path of -L, when it names a topic. Already in pub_settings::topic and
  /// sub_settings::topics.
  std::string url_topic;

  common_settings() = default;
};

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

/// --retained: which messages are wanted.
enum class retained_wanted : std::uint8_t {
  all,
  only,  ///< what was retained before; ends when the broker has sent it
  skip,  ///< -R
};

/// --events: in which form they are told on stderr.
enum class event_form : std::uint8_t { none, words, json };

/// What --subscribe says of one filter; the rest is as for all.
struct own_subscription {
  std::size_t topic = 0;  ///< its place in sub_settings::topics
  std::optional<qos_t> qos;
  bool no_local = false;
  bool retain_as_published = false;
  std::optional<retain_handling> retained;

  own_subscription() = default;
};

struct sub_settings : common_settings {
  std::vector<std::string> topics;        ///< -t, --subscribe
  std::vector<own_subscription> own;      ///< --subscribe
  std::vector<std::string> filtered_out;  ///< -T
  std::vector<std::string> unsubscribe;   ///< -U
  qos_t qos = qos_t::at_most_once;
  bool verbose = false;            ///< -v
  std::string format;              ///< -F
  bool format_given = false;       ///< -F '' prints nothing but the end of line
  bool pretty = false;             ///< --pretty
  bool no_newline = false;         ///< -N
  bool json = false;               ///< --json
  bool parse = false;              ///< --parse
  bool decodes_sparkplug = false;  ///< --decode sparkplug
  bool json_schema = false;        ///< --json-schema: print it and end
  bool raw = false;                ///< --raw: the payloads' bytes and nothing else
  colour_when colour = colour_when::automatic;
  event_form events = event_form::none;
  bool summary = false;                        ///< --summary
  std::chrono::microseconds summary_every{0};  ///< --summary-every; 0: at the end only
  bool tree = false;                           ///< --tree
  bool watch = false;                          ///< --watch
  bool message_rate = false;                   ///< --message-rate
  std::string out;                             ///< --out: a file or directory
  bool per_topic = false;                      ///< --per-topic: a file a topic, below `out`
  std::uint64_t rotate_bytes = 0;              ///< --rotate-size; 0: never
  std::chrono::microseconds rotate_every{0};   ///< --rotate-every; 0: never
  std::vector<std::string> exec;               ///< --exec: the program and its arguments
  bool replies = false;                        ///< `exec` is that of --reply-exec
  std::string response_topic;                  ///< -e; empty: only requests say where
  properties publish_properties;               ///< -D publish, of replies
  std::chrono::microseconds exec_timeout{0};   ///< --exec-timeout; 0: none
  unsigned exec_jobs = 1;                      ///< --exec-jobs
  bool stops_at_exec_failure = false;          ///< --on-exec-failure stop
  std::uint64_t count = 0;                     ///< -C; 0 means no limit
  std::chrono::microseconds timeout{0};        ///< -W; 0 means none
  std::chrono::microseconds idle{0};           ///< --idle; 0 means none
  bool no_stale = false;                       ///< -R
  bool exit_after_subscribe = false;           ///< -E
  bool retain_as_published = false;
  retain_handling retained = retain_handling::send;
  bool no_local = false;
  bool retained_only = false;  ///< --retained-only: ends at the first other message
  retained_wanted retained_messages = retained_wanted::all;
  bool changed_only = false;  ///< --changed
  std::string where;          ///< --where; a condition that can be parsed
  std::uint64_t sample = 1;   ///< --sample: one of so many
  bool remove_retained = false;
  bool clean_retained = false;  ///< --clean-retained, whose filters are in `topics`
  bool dry_run = false;         ///< --dry-run
  bool yes = false;             ///< --yes
  double random_filter_percent = 100.0;
  properties subscribe_properties;    ///< -D subscribe
  properties unsubscribe_properties;  ///< -D unsubscribe
  properties disconnect_properties;   ///< -D disconnect

  sub_settings() = default;
};

/// mqtt-doctor listen
struct listen_settings {
  std::string address;  ///< of this machine; empty: all of them
  std::uint16_t port = 0;
  std::string forward_host;  ///< --forward; empty: it stands in place of the broker
  std::uint16_t forward_port = 0;
  std::chrono::microseconds limit{0};  ///< --for; 0: until interrupted
  bool once = false;                   ///< --once

  listen_settings() = default;
};

/// mqtt-doctor delivery
struct delivery_settings {
  /// --as-publisher, --as-subscriber
  struct login {
    std::string user_name;
    std::string password_file;
    std::optional<std::string> password;

    login() = default;
  };
  /// --sent-via: where the other side is connected
  struct broker {
    std::string typed;
    std::string scheme;  ///< as in doctor_settings
    std::string host;
    int port = 0;  ///< 0: the scheme's
    std::string path;

    broker() = default;
  };
  std::string sent_to;  ///< --sent-to
  std::optional<broker> sent_via;
  std::optional<login> publisher;
  std::optional<login> subscriber;
  std::chrono::microseconds watch{0};           ///< --watch; 0: not asked for
  int messages = 5;                             ///< --messages
  bool offline = false;                         ///< --offline
  bool keeps_session = false;                   ///< -c
  std::optional<std::uint32_t> session_expiry;  ///< -x
  std::optional<std::uint32_t> message_expiry;  ///< -D publish message-expiry-interval
  int qos = 0;                                  ///< -q: of the subscription
  std::chrono::microseconds away{0};            ///< --away
  bool no_local = false;                        ///< --no-local
  bool retained = false;                        ///< --retained
  std::uint64_t size = 0;                       ///< --size; 0: not asked for
  std::optional<std::uint32_t> packet_size;     ///< -D connect maximum-packet-size

  delivery_settings() = default;
};

struct doctor_settings : common_settings {
  subcommand command = subcommand::none;
  listen_settings listen;
  std::vector<std::string> files;  ///< of explain
  std::string said;                ///< --said: what an app shows, "-" for stdin; "" for files
  std::string said_by;             ///< --app
  delivery_settings delivery;
  std::string typed;                ///< the target as it was typed, a password in it blanked
  std::vector<std::string> mended;  ///< see mended_host
  std::vector<std::string> odd_characters;
  std::string scheme;        ///< "mqtt", "mqtts", "ws", "wss"; "" when nothing says it
  bool has_port = false;     ///< -p, or in the target
  bool has_version = false;  ///< -V was given
  bool has_id = false;       ///< -i was given
  tls_options tls;           ///< also when the scheme is not known yet
  websocket_options websocket;
  std::string topic;       ///< -t
  bool publishes = false;  ///< --publish
  bool on_broker = false;  ///< --on-broker
  std::chrono::microseconds timeout{std::chrono::seconds(10)};
  bool verbose = false;      ///< -v
  bool json = false;         ///< --json
  bool json_schema = false;  ///< --json-schema: print it and end
  std::string language;      ///< "en", "zh"; "" for the locale's
  colour_when colour = colour_when::automatic;
  bool ascii = false;            ///< --ascii
  std::string report;            ///< --report; "" for none
  bool blank_addresses = false;  ///< --blank-addresses

  doctor_settings() = default;
};

/// What the parser decided.
struct parse_outcome {
  bool run = false;   ///< go on with the settings
  int exit_code = 0;  ///< otherwise: end with this; help, version or the error was printed

  parse_outcome() = default;
};

/// Reads the command line. Prints --help and --version to stdout, one line per usage error to
/// stderr ("mqtt-pub: -q 3: QoS must be 0, 1 or 2; try mqtt-pub --help").
///
/// Secrets (-P, --psk, the password in -L) are overwritten in argv so that `ps` does not show them.
parse_outcome parse_command_line(int argc, char** argv, pub_settings& out);
parse_outcome parse_command_line(int argc, char** argv, sub_settings& out);
parse_outcome parse_command_line(int argc, char** argv, doctor_settings& out);

}  // namespace mqttkit::tools
