#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "mqttkit/net/transport.hpp"

namespace mqttkit {

/// The moment a step that begins now must have ended; far away when `timeout` is zero.
std::chrono::steady_clock::time_point deadline_after(std::chrono::milliseconds timeout) noexcept;

/// "no answer within 15 s", "no answer within 250 ms".
std::string no_answer_within(std::chrono::milliseconds timeout);

/// Closes a transport when a step takes too long; the step's operations then end with errors and
/// it asks has_passed() for the reason. Ends with its scope.
class deadline {
 public:
  deadline(const asio::any_io_executor& executor, transport& guarded,
           std::chrono::milliseconds timeout);
  ~deadline();
  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;

  bool has_passed() const noexcept;

 private:
  struct guard;
  std::shared_ptr<guard> guard_;  // outlives us in a handler that was already queued
  asio::steady_timer timer_;
};

}  // namespace mqttkit
