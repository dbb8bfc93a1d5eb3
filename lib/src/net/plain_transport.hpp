#pragma once

#include <asio/generic/stream_protocol.hpp>
#include <string>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/net/transport.hpp"

namespace mqttkit {

/// TCP or Unix: one type for both, so that Asio's operations are instantiated once.
using stream_socket = asio::generic::stream_protocol::socket;

/// The lowest layer: a connected socket.
class plain_transport final : public transport {
 public:
  /// @param kind  what the socket is, for description(): "TCP", "Unix socket".
  plain_transport(stream_socket socket, std::string peer, std::string kind);

  asio::awaitable<io_result> read_some(std::span<std::byte> into) override;
  asio::awaitable<std::error_code> write(byte_buffer& data) override;
  void write_now(byte_buffer& data) noexcept override;
  asio::awaitable<std::error_code> shutdown() override;
  void close() noexcept override;
  const std::string& peer() const noexcept override { return peer_; }
  std::string description() const override { return kind_; }

  /// Gives back bytes that were read and belong to the next layer; read_some() returns them first.
  void unread(bytes_view bytes) { unread_.append(bytes); }
  /// Renames the ends after a proxy connected them.
  void now_reaches(std::string peer, std::string kind);

 private:
  stream_socket socket_;
  byte_buffer unread_;
  std::string peer_;
  std::string kind_;
};

}  // namespace mqttkit
