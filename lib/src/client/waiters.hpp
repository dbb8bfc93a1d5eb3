// Any number of coroutines waiting for the same thing, built on wakeup (which has one).
#pragma once

#include <algorithm>
#include <vector>

#include "mqttkit/net/wakeup.hpp"

namespace mqttkit::client_detail {

class waiters {
 public:
  explicit waiters(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void notify_all() {
    for (wakeup* each : waiting_) each->notify();
  }

  bool empty() const noexcept { return waiting_.empty(); }

  // Success, or operation_aborted when the waiting coroutine is cancelled.
  asio::awaitable<std::error_code> wait() {
    wakeup mine(executor_);
    const enrolled here(*this, mine);
    co_return co_await mine.wait();
  }

  asio::awaitable<std::error_code> wait_for(std::chrono::nanoseconds limit) {
    wakeup mine(executor_);
    const enrolled here(*this, mine);
    co_return co_await mine.wait_for(limit);
  }

 private:
  struct enrolled {
    enrolled(waiters& list, wakeup& waiting) : list_(list), waiting_(waiting) {
      list_.waiting_.push_back(&waiting);
    }
    ~enrolled() { std::erase(list_.waiting_, &waiting_); }
    enrolled(const enrolled&) = delete;
    enrolled& operator=(const enrolled&) = delete;
    waiters& list_;
    wakeup& waiting_;
  };

  asio::any_io_executor executor_;
  std::vector<wakeup*> waiting_;
};

}  // namespace mqttkit::client_detail
