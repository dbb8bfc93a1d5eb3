#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common/stderr_log.hpp"
#include "io/output.hpp"
#include "message/sink.hpp"

namespace mqttkit::tools {

/// --clean-retained: collects the topics that something is retained on, shows them, asks.
class cleaner final : public sink {
 public:
  explicit cleaner(asio::any_io_executor executor);

  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override;
  bool is_full() const override { return false; }
  std::error_code try_flush() override { return {}; }
  asio::awaitable<std::error_code> flush() override { co_return std::error_code(); }
  asio::awaitable<std::error_code> gone() override { return output_.reader_gone(); }
  std::string name() const override { return "standard output"; }
  std::string describe(std::error_code error) const override {
    return name() + ": " + error.message() + "; nothing was removed";
  }

  /// Prints the topics in order, each on a line. Nothing is collected after that. Errors: as
  /// flush() of a sink.
  asio::awaitable<std::error_code> show();

  /// In order, each once; after show().
  const std::vector<std::string>& topics() const noexcept { return topics_; }

  /// Asks on stderr whether to remove them, and reads the answer from the terminal. False also when
  /// there is none.
  asio::awaitable<bool> is_agreed();

 private:
  asio::any_io_executor executor_;
  output output_;
  std::vector<std::string> topics_;
  bool is_collecting_ = true;
};

/// "1 retained message", "12 retained messages".
std::string retained_count(std::size_t count);

}  // namespace mqttkit::tools
