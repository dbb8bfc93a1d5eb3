// What the command line of mqtt-sub says once it was understood.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/settings.hpp"
#include "common/terminal.hpp"

namespace mqttkit::tools {

/// --retained: which messages are wanted.
enum class retained_wanted : std::uint8_t {
  all,
  only,  ///< what was retained before; ends when the broker has sent it
  skip,  ///< -R
};

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

/// Reads the command line; prints --help, --version and usage errors. Secrets are overwritten in
/// argv so that `ps` does not show them.
parse_outcome parse_command_line(int argc, char** argv, sub_settings& out);

}  // namespace mqttkit::tools
