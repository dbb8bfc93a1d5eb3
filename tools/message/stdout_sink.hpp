#pragma once

#include <string_view>

#include "common/json_text.hpp"
#include "io/output.hpp"
#include "message/message_printer.hpp"
#include "message/sink.hpp"

namespace mqttkit::tools {

/// Prints messages on standard output.
class stdout_sink final : public sink {
 public:
  stdout_sink(asio::any_io_executor executor, message_printer printer);

  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override {
    printer_.append(output_.text(), message, arrived);
  }
  /// Something of our own, between the messages.
  void put(std::string_view text) { append_text(output_.buffer(), text); }
  bool is_full() const override { return output_.is_full(); }
  std::error_code try_flush() override { return output_.try_flush(); }
  asio::awaitable<std::error_code> flush() override { return output_.flush(); }
  asio::awaitable<std::error_code> gone() override { return output_.reader_gone(); }
  std::string name() const override { return "standard output"; }

 private:
  message_printer printer_;
  output output_;
};

}  // namespace mqttkit::tools
