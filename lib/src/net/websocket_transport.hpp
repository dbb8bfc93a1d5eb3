#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/net/transport.hpp"
#include "mqttkit/wire/websocket.hpp"
#include "net/random.hpp"
#include "net/write_turn.hpp"

namespace mqttkit {

/// MQTT in binary WebSocket frames, over any transport whose upgrade is done.
class websocket_transport final : public transport {
 public:
  /// @param surplus  what followed the answer to the upgrade.
  websocket_transport(const asio::any_io_executor& executor, std::unique_ptr<transport> lower,
                      byte_buffer surplus);

  asio::awaitable<io_result> read_some(std::span<std::byte> into) override;
  asio::awaitable<std::error_code> write(byte_buffer& data) override;
  asio::awaitable<std::error_code> shutdown() override;
  void close() noexcept override;
  const std::string& peer() const noexcept override { return lower_->peer(); }
  std::string description() const override { return "WebSocket over " + lower_->description(); }
  std::string last_detail() const override;
  error_detail last_kind() const override { return lower_->last_kind(); }

 private:
  asio::awaitable<std::error_code> flush_replies();
  asio::awaitable<io_result> read_lower(std::span<std::byte> into);
  void queue_replies();

  std::unique_ptr<transport> lower_;
  byte_buffer surplus_;
  websocket_reader reader_;
  mask_source masks_;
  byte_buffer replies_;  // at most one pong and one Close, waiting for their turn
  byte_buffer flushing_;
  write_turn turn_;
  bool has_sent_close_ = false;
};

}  // namespace mqttkit
