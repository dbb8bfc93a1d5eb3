#pragma once

#include <cstddef>
#include <string_view>

namespace mqttkit::tools {

/// The exit codes of all three programs. Documented in the man pages from the same table.
enum class exit_code : int {
  done = 0,
  failed = 1,  ///< anything without a code of its own
  usage = 2,
  name_not_found = 3,
  cannot_connect = 4,  ///< refused, unreachable, timed out, proxy, closed before CONNACK
  tls = 5,
  version_refused = 6,     ///< CONNACK: protocol version
  identifier_refused = 7,  ///< CONNACK: client identifier
  bad_credentials = 8,     ///< CONNACK: user name or password
  not_authorised = 9,      ///< CONNACK: not authorised, banned
  refused = 10,            ///< CONNACK: any other reason
  publish_refused = 11,    ///< a publish was refused by the broker, or could not be sent
  subscribe_refused = 12,
  lost = 13,            ///< the connection was lost after it stood, and not mended
  unacknowledged = 14,  ///< ended with messages sent and not acknowledged
  output_failed = 15,   ///< stdout or a file could not be written
  input_failed = 16,    ///< stdin or a file could not be read
  queued = 17,          ///< --outbox: messages wait on disk for the next run
  outbox_damaged = 18,  ///< --outbox: accepted messages cannot be read back from the disk
  too_large = 19,       ///< a packet above --max-packet-size came, and would come again
  timeout = 27,         ///< -W ran out, as in mosquitto_sub
  interrupted = 130,    ///< SIGINT; SIGTERM gives 143
  terminated = 143,
};

struct exit_code_row {
  exit_code code;
  std::string_view meaning;  ///< one line for the man page
};
/// Every code, ascending.
extern const exit_code_row exit_code_table[];
extern const std::size_t exit_code_count;

}  // namespace mqttkit::tools
