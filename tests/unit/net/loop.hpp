// Runs one coroutine of a test to its end, with a limit that no sound test comes near.
#pragma once

#include <doctest/doctest.h>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <vector>

#include "mqttkit/net/dial.hpp"

namespace mqttkit::test {

constexpr std::chrono::seconds test_limit{20};  // a hang, not a speed, is what this catches

/// Spawns `body`, a callable returning awaitable<void>, runs `loop` until it has ended, and passes
/// on what it throws. The callable outlives its coroutine.
template <class Body>
void run(asio::io_context& loop, Body body) {
  bool has_ended = false;
  std::exception_ptr thrown;
  asio::co_spawn(loop, body(), [&](std::exception_ptr error) {
    thrown = error;
    has_ended = true;
  });
  const auto give_up_at = std::chrono::steady_clock::now() + test_limit;
  while (!has_ended && loop.run_one_until(give_up_at) != 0) {
  }
  REQUIRE(has_ended);
  if (thrown) std::rethrow_exception(thrown);
}

/// Keeps every step, as "connect 127.0.0.1:1883: Connection refused (detail)".
class step_log final : public dial_observer {
 public:
  void step_begins(stage at, std::string_view subject) override {
    begun.push_back(std::string(to_string(at)) + ' ' + std::string(subject));
  }
  void step_ended(const step_report& report) override {
    std::string line = std::string(to_string(report.at)) + ' ' + std::string(report.subject);
    line += ": " + (report.error ? report.error.message() : std::string("done"));
    if (!report.detail.empty()) line += " (" + std::string(report.detail) + ')';
    ended.push_back(line);
    took.push_back(report.took);
  }

  std::vector<std::string> begun;
  std::vector<std::string> ended;
  std::vector<std::chrono::nanoseconds> took;
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace mqttkit::test
