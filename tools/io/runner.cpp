#include "io/runner.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <utility>

#include "io/awaiting.hpp"

namespace mqttkit::tools {
namespace {

// The work's own function object must live as long as its coroutine.
asio::awaitable<exit_code> uninterrupted(const runner::work& what) {
  // An interruption aborts one wait; what the work does afterwards to end well is left alone.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_return co_await what();
}

// Returns only in process 1 of a container, for which the kernel ignores the signal.
void die_of(int number) {
  ::signal(number, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, number);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(number);
}

}  // namespace

runner::runner() = default;

exit_code runner::run(work what) {
  exit_code code = exit_code::failed;
  std::exception_ptr thrown;
  asio::co_spawn(loop_, watch_signals(), asio::detached);
  asio::co_spawn(
      loop_, uninterrupted(std::move(what)),
      asio::bind_cancellation_slot(cancel_.slot(), [&](std::exception_ptr error, exit_code got) {
        thrown = std::move(error);
        code = got;
        loop_.stop();
      }));
  loop_.run();
  if (thrown) std::rethrow_exception(thrown);
  return code;
}

void runner::interrupt(interruption why) {
  const bool is_from_outside =
      why == interruption::sigint || why == interruption::sigterm || why == interruption::timeout;
  hurries_ = hurries_ || is_from_outside;
  if (interrupted_ == interruption::complete && is_from_outside) interrupted_ = why;
  if (interrupted_ != interruption::none) return;
  interrupted_ = why;
  cancel_.emit(asio::cancellation_type::terminal);
}

void runner::interrupt_after(std::chrono::nanoseconds delay, interruption why) {
  auto timer = std::make_shared<asio::steady_timer>(loop_, delay);
  timer->async_wait([this, timer, why](std::error_code error) {
    if (!error) interrupt(why);
  });
}

asio::awaitable<void> runner::watch_signals() {
  asio::signal_set signals(loop_, SIGINT, SIGTERM);
  bool is_second = false;
  for (;;) {
    auto [error, number] = co_await signals.async_wait(as_values);
    if (error) co_return;
    if (is_second) end_process(128 + number);
    is_second = true;
    interrupt(number == SIGINT ? interruption::sigint : interruption::sigterm);
  }
}

void prepare_process() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    // Opened the wrong way round: reading or writing it fails, as it does with a closed descriptor.
    const int how = fd == STDIN_FILENO ? O_WRONLY : fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    [[maybe_unused]] const int opened = ::open("/dev/null", how);
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that must not grow: write(2) says so
}

void end_process(int code) {
  std::fflush(nullptr);
  if (code == static_cast<int>(exit_code::interrupted)) die_of(SIGINT);
  if (code == static_cast<int>(exit_code::terminated)) die_of(SIGTERM);
  std::_Exit(code);
}

}  // namespace mqttkit::tools
