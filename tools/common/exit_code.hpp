#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mqttkit/codec/reason.hpp"
#include "mqttkit/net/observer.hpp"

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
  unsettled = 14,       ///< ended with messages sent and not acknowledged
  output_failed = 15,   ///< stdout or a file could not be written
  input_failed = 16,    ///< stdin or a file could not be read
  queued = 17,          ///< --outbox: messages wait on disk for the next run
  outbox_damaged = 18,  ///< --outbox: accepted messages cannot be read back from the disk
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

/// The code for a connection that could not be made or ended in `why`.
exit_code exit_code_for(const failure& why) noexcept;

/// One line for a person: "broker.example:8883: tls: certificate has expired (2025-03-01); renew it
/// on the broker, or --insecure to skip the check". Subject, stage, cause, next step. Control bytes
/// from the network are escaped. No program name, no newline.
std::string describe(const failure& why);

/// The same, and where TLS came from when nobody asked for it on the command line: it may be what
/// the broker's port does not speak. `tls_from` is common_settings::tls_from.
std::string describe(const failure& why, std::string_view tls_from);

/// The next step alone; empty when there is nothing useful to say.
std::string advice_for(const failure& why);

/// Whether the other side closed the connection, as opposed to a network that failed.
bool is_hang_up(std::error_code error) noexcept;

/// Why one message or topic filter was refused by the broker: 'not authorized (0x87): "words";
/// check what the broker allows this user (its ACL)'. `words` is the reason string, or empty.
std::string describe_refusal(std::uint8_t reason, packet_type in, std::string_view words);

/// Why something could not be sent on this connection: "packet is too large; send smaller ...".
std::string describe_limit(std::error_code error);

/// `text` with control bytes and ill-formed UTF-8 as \xNN, cut at `limit` bytes with "...".
std::string printable(std::string_view text, std::size_t limit = 400);

}  // namespace mqttkit::tools
