#include "mqttkit/net/wakeup.hpp"

#include <algorithm>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "net/awaiting.hpp"

namespace mqttkit {
namespace {

// steady_clock::now() plus more than this may overflow; nobody waits for a year.
constexpr std::chrono::hours longest_wait{24 * 365};

class waiter {
 public:
  virtual ~waiter() = default;
  virtual void done(std::error_code why) = 0;
};

template <class Handler>
class waiter_for final : public waiter {
 public:
  waiter_for(Handler handler, asio::any_io_executor executor)
      : handler_(std::move(handler)), executor_(std::move(executor)) {}

  // Posted, not called: whoever calls notify() is in the middle of something.
  void done(std::error_code why) override {
    asio::post(executor_,
               [handler = std::move(handler_), why]() mutable { std::move(handler)(why); });
  }

 private:
  Handler handler_;
  asio::any_io_executor executor_;
};

}  // namespace

struct wakeup::state {
  explicit state(asio::any_io_executor on) : executor(std::move(on)) {}

  void end_wait(std::error_code why) {
    if (const std::unique_ptr<waiter> ended = std::move(waiting)) ended->done(why);
  }

  asio::any_io_executor executor;
  std::unique_ptr<waiter> waiting;
  std::optional<asio::steady_timer> timer;
  std::uint64_t turn = 0;  // tells a timer that fired late from the wait under way
  bool is_set = false;
};

wakeup::wakeup(asio::any_io_executor executor)
    : state_(std::make_shared<state>(std::move(executor))) {}

wakeup::~wakeup() = default;

void wakeup::notify() {
  if (state_->waiting) {
    state_->end_wait({});
  } else {
    state_->is_set = true;
  }
}

void wakeup::cancel() { state_->end_wait(asio::error::operation_aborted); }

namespace {

template <class State>
struct start_wait {
  template <class Handler>
  void operator()(Handler&& handler, State* state) const {
    state->end_wait(asio::error::operation_aborted);  // one waiter: the newer one takes over
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      slot.assign(
          [state](asio::cancellation_type) { state->end_wait(asio::error::operation_aborted); });
    }
    using waiting_handler = std::decay_t<Handler>;
    state->waiting = std::make_unique<waiter_for<waiting_handler>>(std::forward<Handler>(handler),
                                                                   state->executor);
  }
};

}  // namespace

asio::awaitable<std::error_code> wakeup::wait() {
  if (std::exchange(state_->is_set, false)) co_return std::error_code{};
  state* const waited_on = state_.get();
  const start_wait<state> initiation;
  auto [error] = co_await asio::async_initiate<const tuple_token, void(std::error_code)>(
      initiation, as_values, waited_on);
  co_return error;
}

asio::awaitable<std::error_code> wakeup::wait_for(std::chrono::nanoseconds timeout) {
  if (std::exchange(state_->is_set, false)) co_return std::error_code{};
  if (timeout <= timeout.zero()) co_return asio::error::timed_out;
  if (!state_->timer) state_->timer.emplace(state_->executor);
  const std::uint64_t turn = ++state_->turn;
  state_->timer->expires_after(std::min<std::chrono::nanoseconds>(timeout, longest_wait));
  state_->timer->async_wait([alive = std::weak_ptr<state>(state_), turn](std::error_code error) {
    const std::shared_ptr<state> timed = alive.lock();
    if (!error && timed && timed->turn == turn) timed->end_wait(asio::error::timed_out);
  });
  const std::error_code error = co_await wait();
  ++state_->turn;
  state_->timer->cancel();
  co_return error;
}

}  // namespace mqttkit
