#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "mqttkit/net/wakeup.hpp"

namespace mqttkit {

/// Whose turn it is to write to the layer below.
///
/// A layer's reader sometimes has something to say too (a pong, a TLS key update), but a stream
/// takes one write at a time. The reader only ever tries: when the writer is busy, the writer says
/// it afterwards. So at most one coroutine waits here.
class write_turn {
 public:
  explicit write_turn(const asio::any_io_executor& executor) : freed_(executor) {}

  bool try_take() noexcept {
    if (is_taken_) return false;
    is_taken_ = true;
    return true;
  }

  /// Waits for its turn; false when cancelled.
  asio::awaitable<bool> take() {
    while (!try_take()) {
      const std::error_code error = co_await freed_.wait();
      if (error) co_return false;
    }
    co_return true;
  }

  void give_back() {
    is_taken_ = false;
    freed_.notify();
  }

  /// Ends a take() that waits.
  void cancel() { freed_.cancel(); }

 private:
  bool is_taken_ = false;
  wakeup freed_;
};

}  // namespace mqttkit
