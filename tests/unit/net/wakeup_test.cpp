#include "mqttkit/net/wakeup.hpp"

#include <doctest/doctest.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>

#include "unit/net/loop.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;
using mqttkit::test::run;

TEST_CASE("a wait ends with the notify that follows it") {
  asio::io_context loop(1);
  wakeup wake(loop.get_executor());
  run(loop, [&]() -> asio::awaitable<void> {
    asio::post(loop, [&] { wake.notify(); });
    const std::error_code error = co_await wake.wait();
    CHECK_FALSE(error);
  });
}

TEST_CASE("notifies before the wait are remembered and count as one") {
  asio::io_context loop(1);
  wakeup wake(loop.get_executor());
  wake.notify();
  wake.notify();
  run(loop, [&]() -> asio::awaitable<void> {
    std::error_code error = co_await wake.wait();
    CHECK_FALSE(error);
    error = co_await wake.wait_for(5ms);
    CHECK(error == asio::error::timed_out);
  });
}

TEST_CASE("a timed wait takes a remembered notify without arming its timer") {
  asio::io_context loop(1);
  wakeup wake(loop.get_executor());
  wake.notify();
  run(loop, [&]() -> asio::awaitable<void> {
    const std::error_code error = co_await wake.wait_for(1h);
    CHECK_FALSE(error);
  });
}

TEST_CASE("a timed wait that is notified leaves no timer behind to hold up the loop") {
  asio::io_context loop(1);
  wakeup wake(loop.get_executor());
  run(loop, [&]() -> asio::awaitable<void> {
    asio::post(loop, [&] { wake.notify(); });
    const std::error_code error = co_await wake.wait_for(std::chrono::nanoseconds::max());
    CHECK_FALSE(error);
  });
  const auto begun = std::chrono::steady_clock::now();
  loop.restart();
  loop.run_for(5s);
  CHECK(std::chrono::steady_clock::now() - begun < 1s);
}

TEST_CASE("cancel ends a wait with operation_aborted and is not remembered") {
  asio::io_context loop(1);
  wakeup wake(loop.get_executor());
  run(loop, [&]() -> asio::awaitable<void> {
    asio::post(loop, [&] { wake.cancel(); });
    std::error_code error = co_await wake.wait();
    CHECK(error == asio::error::operation_aborted);
    error = co_await wake.wait_for(1ms);
    CHECK(error == asio::error::timed_out);
  });
}

TEST_CASE("cancelling the waiting coroutine ends its wait without an exception") {
  asio::io_context loop(1);
  wakeup wake(loop.get_executor());
  asio::cancellation_signal stop;
  std::error_code found;
  auto waiting = [&]() -> asio::awaitable<void> { found = co_await wake.wait_for(1h); };
  std::exception_ptr thrown;
  asio::co_spawn(
      loop, waiting(),
      asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) { thrown = error; }));
  asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
  loop.run_for(5s);
  CHECK(found == asio::error::operation_aborted);
  CHECK_FALSE(thrown);
}

TEST_CASE("a coroutine that still waits when the loop is destroyed is unwound with it") {
  auto loop = std::make_unique<asio::io_context>(1);
  wakeup wake(loop->get_executor());
  auto waiting = [&]() -> asio::awaitable<void> { (void)co_await wake.wait(); };
  asio::co_spawn(*loop, waiting(), asio::detached);
  loop->poll();
  wake.cancel();
  loop.reset();
}

TEST_CASE("two coroutines that wake each other never wait for a timer") {
  asio::io_context loop(1);
  wakeup here(loop.get_executor()), there(loop.get_executor());
  constexpr int rounds = 1000;
  auto answering = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < rounds; ++i) {
      (void)co_await there.wait();
      here.notify();
    }
  };
  asio::co_spawn(loop, answering(), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    for (int i = 0; i < rounds; ++i) {
      there.notify();
      const std::error_code error = co_await here.wait();
      CHECK_FALSE(error);
    }
  });
}
