// How a program runs: one coroutine that does the work, on one loop, until it is done or something
// from outside wants it to end.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "common/exit_code.hpp"

namespace mqttkit::tools {

/// What wants a program to end.
enum class interruption : std::uint8_t {
  none,
  sigint,
  sigterm,
  timeout,      ///< the time the user gave is over
  output_gone,  ///< nobody reads stdout any more
  client_over,  ///< the connection ended and will not come back
  complete,     ///< a part of the program found that nothing is left to do
};

/// See the head of this file. An interruption aborts what the work waits for at that moment, once;
/// the work then looks at interrupted() and says goodbye in its own way.
class runner {
 public:
  using work = std::function<asio::awaitable<exit_code>()>;

  runner();

  asio::any_io_executor executor() { return loop_.get_executor(); }

  /// Runs `what` to its end and returns its code.
  ///
  /// The first SIGINT or SIGTERM is an interruption, of the second the process dies at once. Also
  /// where the shell made a background job ignore SIGINT, as mosquitto's clients do.
  exit_code run(work what);

  /// The first one counts. What comes from outside takes the place of `complete`, and aborts no
  /// further wait: who still waits then looks at hurries().
  void interrupt(interruption why);
  void interrupt_after(std::chrono::nanoseconds delay, interruption why);

  interruption interrupted() const noexcept { return interrupted_; }
  /// Whether somebody wants the end now, be it the first interruption or not: SIGINT, SIGTERM, a
  /// time that is over.
  bool hurries() const noexcept { return hurries_; }
  /// Whether SIGINT or SIGTERM came.
  bool signalled() const noexcept {
    return interrupted_ == interruption::sigint || interrupted_ == interruption::sigterm;
  }

 private:
  asio::awaitable<void> watch_signals();

  // One thread: the hint spares Asio its locks.
  asio::io_context loop_{1};
  asio::cancellation_signal cancel_;
  interruption interrupted_ = interruption::none;
  bool hurries_ = false;
};

/// What every program does first: opens /dev/null where stdin, stdout or stderr were closed, so
/// that no socket takes their numbers (using them still fails), and lets writes report a closed
/// pipe.
void prepare_process();

/// Ends without waiting for a resolver thread that a silent DNS server may hold. exit_code::
/// interrupted and terminated are not exited with: the process dies of SIGINT or SIGTERM itself,
/// for only that tells a shell to end its loop as well (it shows 130 or 143 all the same).
[[noreturn]] void end_process(int code);

}  // namespace mqttkit::tools
