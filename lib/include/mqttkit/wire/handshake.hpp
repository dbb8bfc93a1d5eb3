// The one face of every side protocol that is spoken before MQTT: SOCKS5, HTTP CONNECT and the
// WebSocket upgrade. A driver writes to_send(), feeds what it reads to received(), and stops at
// `done` or `failed`. No I/O, no clock.
#pragma once

#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/base/error_kind.hpp"

namespace mqttkit {

class handshake {
 public:
  enum class status { more, done, failed };

  virtual ~handshake() = default;

  /// What is to be written now; empty when it is the peer's turn. Valid until sent() or received().
  virtual bytes_view to_send() const noexcept = 0;
  /// The first `count` bytes of to_send() were written.
  virtual void sent(std::size_t count) = 0;

  /// Takes bytes from the peer. `consumed` says how many belong to the handshake: never a byte
  /// beyond its last reply, so that what follows can be MQTT, TLS or a WebSocket frame. After
  /// `more` with bytes left over it is our turn: write to_send(), then give the rest again.
  virtual status received(bytes_view bytes, std::size_t& consumed) = 0;

  /// After `failed`: why. Set from the start, invalid_option, when what was asked for cannot be
  /// said in this protocol; then nothing is to be sent.
  virtual std::error_code error() const noexcept = 0;
  /// After `failed`: the peer's own words ("HTTP/1.1 403 Forbidden", "connection not allowed by
  /// ruleset (2)"). After `done`: a remark, or empty. Bytes from the network: not yet made safe
  /// for a terminal.
  virtual const std::string& detail() const noexcept = 0;
  /// After `failed`: the same for a program.
  virtual error_detail kind() const noexcept = 0;
};

}  // namespace mqttkit
