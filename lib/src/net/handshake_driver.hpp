#pragma once

#include <asio/awaitable.hpp>
#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/net/transport.hpp"
#include "mqttkit/wire/handshake.hpp"

namespace mqttkit {

/// How a handshake ended.
struct handshake_outcome {
  std::error_code error;
  std::string detail;   ///< safe for a terminal
  error_detail kind;    ///< the same for a program
  byte_buffer surplus;  ///< what came after the handshake's last reply, for the next layer

  handshake_outcome() = default;
};

/// Speaks `spoken` over `link` until it is done, failed, or the link ends. The caller sets the
/// deadline by closing the link.
asio::awaitable<handshake_outcome> drive(transport& link, handshake& spoken);

}  // namespace mqttkit
