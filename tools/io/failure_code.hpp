// What kind of failure it is: its exit code, and where it belongs.
#pragma once

#include <system_error>

#include "common/exit_code.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit::tools {

/// The code for a connection that could not be made or ended in `why`.
exit_code exit_code_for(const failure& why) noexcept;

/// Where a failure belongs. In TLS 1.3 the server's verdict on our certificate comes after the
/// handshake, with its first bytes.
stage stage_of(const failure& why) noexcept;

/// Whether the other side closed the connection, as opposed to a network that failed.
bool is_hang_up(std::error_code error) noexcept;

}  // namespace mqttkit::tools
