#pragma once

#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <system_error>

#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// Who wants the program to end.
enum class urgency : std::uint8_t {
  none,      ///< nobody: what goes on may take its time
  signal,    ///< a person or the system, who wait a little
  time_over  ///< the time that was given is over
};
using haste = std::function<urgency()>;

/// Where mqtt-sub's messages go. One message is taken at a time; they are acknowledged to the
/// broker after the flush that follows, and only when it succeeded.
class sink {
 public:
  virtual ~sink() = default;

  /// Sees whether messages can go there, before there are any. Errors: why not.
  virtual std::error_code open() { return {}; }

  /// Takes a message. What it views must live while is_full(), and no longer than the call when
  /// not: a large payload is written from where it is. Trouble with it is told by the next flush.
  virtual void take(const publish_packet& message,
                    std::chrono::system_clock::time_point arrived) = 0;

  /// Enough was taken: flush before taking more, and before the message is given up.
  virtual bool is_full() const = 0;

  /// Finishes what was taken, as far as that needs no waiting. Errors: would_block when something
  /// is left, else why it failed; a sink that failed is not used again.
  virtual std::error_code try_flush() = 0;

  /// Finishes everything that was taken. Errors: as above, operation_aborted when cancelled.
  virtual asio::awaitable<std::error_code> flush() = 0;

  /// Waits until more can be taken. Errors: would_block when what was taken before goes on
  /// meanwhile, see progress(); else as flush().
  virtual asio::awaitable<std::error_code> room() { return flush(); }

  /// Ends with success whenever something that went on by itself is finished. Errors:
  /// operation_not_supported when nothing does.
  virtual asio::awaitable<std::error_code> progress() {
    co_return asio::error::operation_not_supported;
  }

  /// Does what there is to do at the end, also of an interrupted run. Only try_flush() may follow.
  /// @param hurry  how soon it has to be over; may change meanwhile, and outlives the call.
  virtual asio::awaitable<std::error_code> finish([[maybe_unused]] const haste& hurry) {
    co_return std::error_code();
  }

  /// Ends with success when nobody wants any more, though nothing is being written. Errors:
  /// operation_not_supported when that cannot happen.
  virtual asio::awaitable<std::error_code> gone() {
    co_return asio::error::operation_not_supported;
  }

  /// What failed, for an error message: "standard output".
  virtual std::string name() const = 0;

  /// The error message for what a flush, open() or finish() returned.
  virtual std::string describe(std::error_code error) const {
    return name() + ": " + error.message() +
           "; messages that could not be written were not acknowledged";
  }

  /// What went wrong with single messages, which the others did not share; empty when nothing did.
  virtual std::string shortcomings() const { return {}; }
};

}  // namespace mqttkit::tools
