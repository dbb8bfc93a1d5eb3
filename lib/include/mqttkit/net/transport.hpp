// The border to Asio's streams: one ordered byte stream, whatever carries it.
//
// Only the units behind this interface start Asio operations, which is what keeps the rest of the
// library quick to compile; a virtual awaitable call costs about 0.1 µs per 64 KiB.
#pragma once

#include <asio/awaitable.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/base/error_kind.hpp"

namespace mqttkit {

struct io_result {
  std::error_code error{};
  std::size_t size = 0;
};

/// TCP, Unix socket, TLS over either, WebSocket over any.
///
/// One read and one write may be under way at the same time, from one thread. Destroy it only when
/// neither is. Cancelling: close(), after which both end with an error.
class transport {
 public:
  virtual ~transport() = default;

  /// Reads at least one byte. The peer's orderly end is asio::error::eof.
  virtual asio::awaitable<io_result> read_some(std::span<std::byte> into) = 0;

  /// Writes all of `data` and empties it. The contents may be changed on the way (WebSocket masks
  /// them in place, and puts its frame header into the buffer's headroom).
  virtual asio::awaitable<std::error_code> write(byte_buffer& data) = 0;

  /// Sends what is taken without waiting, and consumes that of `data`; the rest is for write(),
  /// which also finds the errors. Nothing where a layer of its own stands between (TLS, WebSocket).
  /// Not while a write is under way.
  virtual void write_now([[maybe_unused]] byte_buffer& data) noexcept {}

  /// Says goodbye in the transport's own words (TLS close_notify, WebSocket Close) and shuts the
  /// sending side. Does not wait longer than the peer takes; the caller sets the deadline.
  virtual asio::awaitable<std::error_code> shutdown() = 0;

  /// Ends everything at once. Pending operations end with an error. Safe to call again.
  virtual void close() noexcept = 0;

  /// The address connected to: "203.0.113.7:8883", "[2001:db8::1]:1883", "unix:/run/m.sock".
  virtual const std::string& peer() const noexcept = 0;

  /// What carries the bytes, in words: "TLSv1.3 TLS_AES_256_GCM_SHA384 over TCP".
  virtual std::string description() const = 0;

  /// The last read's or write's error in more words than its code has (an OpenSSL alert, a
  /// WebSocket close reason); empty when there are none.
  virtual std::string last_detail() const { return {}; }
  /// The same for a program.
  virtual error_detail last_kind() const { return {}; }
};

}  // namespace mqttkit
