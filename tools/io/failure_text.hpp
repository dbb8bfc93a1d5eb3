// What a failed connection is called: its exit code, one line for a person, and what to do next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "common/exit_code.hpp"
#include "mqttkit/codec/reason.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit::tools {

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

}  // namespace mqttkit::tools
