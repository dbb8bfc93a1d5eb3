// Where mqtt-pub's messages come from, when there are many: lines, recorded JSON.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>

#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// A stream of messages, read as far as the broker takes them.
///
///   for (;;) switch (source.next(message)) { ... case read_on: co_await source.fill(); }
class record_source {
 public:
  enum class step : std::uint8_t {
    message,  ///< `into` is the next message
    bad,      ///< the next record cannot be published; wrong() says why
    read_on,  ///< call fill(), then ask again
    end,      ///< there is no more
  };

  virtual ~record_source() = default;

  /// The next message. Sets in `into` what the records of this source say and leaves the rest as
  /// it is. Views in it end with the next call of next() or fill().
  virtual step next(publish_packet& into) = 0;

  /// Reads on, and waits when there is nothing to read yet. Errors: what read(2) says, or
  /// value_too_large when a record does not fit into a packet; operation_aborted when cancelled.
  virtual asio::awaitable<std::error_code> fill() = 0;

  /// Of the last record, whether it was good or bad, from 1.
  std::uint64_t number() const noexcept { return number_; }

  /// What is wrong with the last record, and where in it: "byte 7: not a hex digit".
  const std::string& wrong() const noexcept { return wrong_; }

  /// When the last message was recorded. Only where the source was asked to know.
  std::chrono::system_clock::time_point recorded() const noexcept { return recorded_; }

  /// Bytes of the input that next() has gone through, for the progress.
  virtual std::uint64_t bytes_taken() const noexcept = 0;

  /// What is to be said about all of it at the end; empty when nothing is.
  virtual std::string remark() const { return {}; }

 protected:
  record_source() = default;
  record_source(const record_source&) = delete;
  record_source& operator=(const record_source&) = delete;

  std::uint64_t number_ = 0;
  std::string wrong_;
  std::chrono::system_clock::time_point recorded_{};
};

}  // namespace mqttkit::tools
