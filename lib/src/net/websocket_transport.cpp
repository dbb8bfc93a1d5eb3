#include "net/websocket_transport.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <cstring>
#include <utility>

#include "mqttkit/base/printable.hpp"

namespace mqttkit {
namespace {

constexpr std::uint16_t normal_closure = 1000;  // RFC 6455 §7.4.1

}  // namespace

websocket_transport::websocket_transport(const asio::any_io_executor& executor,
                                         std::unique_ptr<transport> lower, byte_buffer surplus)
    : lower_(std::move(lower)), surplus_(std::move(surplus)), turn_(executor) {}

asio::awaitable<io_result> websocket_transport::read_lower(std::span<std::byte> into) {
  if (surplus_.empty()) co_return co_await lower_->read_some(into);
  io_result outcome;
  outcome.size = std::min(into.size(), surplus_.size());
  std::memcpy(into.data(), surplus_.data(), outcome.size);
  surplus_.consume(outcome.size);
  co_return outcome;
}

asio::awaitable<io_result> websocket_transport::read_some(std::span<std::byte> into) {
  io_result outcome;
  for (;;) {
    if (reader_.error()) {
      outcome.error = reader_.error();
      co_return outcome;
    }
    if (reader_.is_closed()) {
      outcome.error = asio::error::eof;
      co_return outcome;
    }
    const io_result read = co_await read_lower(into);
    if (read.error) co_return read;
    outcome.size = reader_.feed(into.first(read.size));
    queue_replies();
    if (!replies_.empty() && turn_.try_take()) {
      const std::error_code unanswered = co_await flush_replies();
      turn_.give_back();
      // When the answer cannot be sent the peer may still have sent something worth reading.
      if (unanswered == asio::error::operation_aborted && outcome.size == 0) {
        outcome.error = unanswered;
        co_return outcome;
      }
    }
    if (outcome.size != 0) co_return outcome;
  }
}

/// Puts the answers that the reader owes into replies_. A pong not sent yet gives way to a newer
/// one (RFC 6455 §5.5.3), which is what bounds the queue.
void websocket_transport::queue_replies() {
  if (const auto ping = reader_.take_ping(); ping && !has_sent_close_) {
    replies_.clear();
    append_control_frame(replies_, websocket_opcode::pong, *ping, masks_.next());
  }
  if (reader_.is_closed() && !has_sent_close_) {
    has_sent_close_ = true;
    std::string payload;
    if (reader_.close_code() != websocket_reader::no_close_code) {
      payload = websocket_close_payload(reader_.close_code(), {});
    }
    append_control_frame(replies_, websocket_opcode::close, as_bytes(payload), masks_.next());
  }
}

/// Sends what is in replies_; the caller has the turn.
asio::awaitable<std::error_code> websocket_transport::flush_replies() {
  std::error_code error;
  while (!error && !replies_.empty()) {
    flushing_.clear();
    flushing_.swap(replies_);
    error = co_await lower_->write(flushing_);
  }
  co_return error;
}

asio::awaitable<std::error_code> websocket_transport::write(byte_buffer& data) {
  if (data.empty()) co_return std::error_code{};
  const bool has_turn = co_await turn_.take();
  if (!has_turn) co_return asio::error::operation_aborted;
  frame_as_binary(data, masks_.next());
  std::error_code error = co_await lower_->write(data);
  if (!error && !replies_.empty()) error = co_await flush_replies();
  turn_.give_back();
  co_return error;
}

asio::awaitable<std::error_code> websocket_transport::shutdown() {
  const bool has_turn = co_await turn_.take();
  if (!has_turn) co_return asio::error::operation_aborted;
  if (!has_sent_close_) {
    has_sent_close_ = true;
    const std::string payload = websocket_close_payload(normal_closure, {});
    append_control_frame(replies_, websocket_opcode::close, as_bytes(payload), masks_.next());
  }
  std::error_code error = co_await flush_replies();
  if (!error) error = co_await lower_->shutdown();
  turn_.give_back();
  co_return error;
}

void websocket_transport::close() noexcept {
  lower_->close();
  turn_.cancel();
}

std::string websocket_transport::last_detail() const {
  if (reader_.error()) return reader_.error_words();
  if (!reader_.is_closed()) return lower_->last_detail();
  std::string words = "WebSocket closed by the server";
  if (reader_.close_code() != websocket_reader::no_close_code) {
    words += " (" + std::to_string(reader_.close_code()) + ")";
  }
  if (!reader_.close_reason().empty()) words += ": " + printable(reader_.close_reason());
  return words;
}

}  // namespace mqttkit
