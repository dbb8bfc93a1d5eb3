#pragma once

#include <cstdint>
#include <variant>

#include "common/talk.hpp"
#include "mqtt-sub/format.hpp"
#include "mqtt-sub/json_line.hpp"
#include "mqtt-sub/output.hpp"
#include "mqtt-sub/sink.hpp"

namespace mqttkit::tools {

/// Prints messages on standard output: as mosquitto_sub does, or as lines of JSON.
class stdout_sink final : public sink {
 public:
  stdout_sink(asio::any_io_executor executor, message_formatter::options format, const talk& voice);
  stdout_sink(asio::any_io_executor executor, json_line lines, const talk& voice);

  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override;
  bool is_full() const override { return output_.is_full(); }
  std::error_code try_flush() override { return output_.try_flush(); }
  asio::awaitable<std::error_code> flush() override { return output_.flush(); }
  asio::awaitable<std::error_code> gone() override { return output_.reader_gone(); }
  std::string name() const override { return "standard output"; }

 private:
  std::variant<message_formatter, json_line> format_;
  output output_;
  const talk& voice_;
  std::uint64_t not_json_ = 0;  // payloads that %J could not print
};

}  // namespace mqttkit::tools
