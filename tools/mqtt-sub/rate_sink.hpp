#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "io/output.hpp"
#include "message/sink.hpp"

namespace mqttkit::tools {

/// --message-rate: how many messages came in each second, in place of the messages.
class rate_sink final : public sink {
 public:
  explicit rate_sink(asio::any_io_executor executor);
  ~rate_sink() override;

  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override;
  bool is_full() const override { return false; }
  std::error_code try_flush() override { return error_; }
  asio::awaitable<std::error_code> flush() override { co_return error_; }
  asio::awaitable<std::error_code> finish(const haste& hurry) override;
  asio::awaitable<std::error_code> gone() override { return output_.reader_gone(); }
  std::string name() const override { return "standard output"; }

 private:
  void wait();
  void tell();

  output output_;
  std::uint64_t messages_ = 0;  // since the last line
  std::error_code error_;       // of a line
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
  std::shared_ptr<asio::steady_timer> timer_;
};

}  // namespace mqttkit::tools
