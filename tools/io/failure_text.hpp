// What a failed connection is called: one line for a person.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "io/failure_code.hpp"
#include "mqttkit/codec/reason.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit::tools {

/// One line for a person: "broker.example:8883: tls: certificate has expired (2025-03-01); renew it
/// on the broker, or --insecure to skip the check". Subject, stage, cause, next step. Control bytes
/// from the network are escaped. No program name, no newline.
std::string describe(const failure& why);

/// The same, and where TLS came from when nobody asked for it on the command line: it may be what
/// the broker's port does not speak. `tls_from` is common_settings::tls_from.
std::string describe(const failure& why, std::string_view tls_from);

/// Why one message or topic filter was refused by the broker: 'not authorized (0x87): "words";
/// check what the broker allows this user (its ACL)'. `words` is the reason string, or empty.
std::string describe_refusal(std::uint8_t reason, packet_type in, std::string_view words);

/// Why something could not be sent on this connection: "packet is too large; send smaller ...".
std::string describe_limit(std::error_code error);

}  // namespace mqttkit::tools
