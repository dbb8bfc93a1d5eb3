// mqtt-sub with a mqtt-sn:// URL.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <system_error>

#include "common/stderr_log.hpp"
#include "io/runner.hpp"
#include "io/sn_connection.hpp"
#include "message/sink.hpp"
#include "mqtt-sub/message_filter.hpp"
#include "mqtt-sub/settings.hpp"

namespace mqttkit::tools {

/// Subscribes at a gateway of MQTT-SN, and prints what comes. As with subscriber a QoS 1 or 2
/// message is acknowledged once its bytes were written.
class sn_subscriber {
 public:
  sn_subscriber(runner& on, sub_settings settings, const stderr_log& log);

  asio::awaitable<exit_code> work();

 private:
  asio::awaitable<void> receive();
  asio::awaitable<void> take_events();
  asio::awaitable<void> write_out();
  asio::awaitable<void> watch_sink();
  asio::awaitable<void> reconnect();
  asio::awaitable<void> say_goodbye();
  asio::awaitable<void> finish_sink();
  asio::awaitable<exit_code> leave();
  exit_code outcome() const;
  void ask_for_all();
  void take(const sn::message_received& got);
  void answered(const sn::subscribed& answer);
  std::string name_of(std::uint64_t token) const;
  std::string filter_of(std::uint64_t token) const;
  void go_to_sleep();
  bool is_over() const noexcept;

  runner& runner_;
  sub_settings settings_;
  const stderr_log& log_;
  std::unique_ptr<sink> sink_;
  message_filter filter_;
  sn_connection link_;
  failure end_;
  bool done_ = false;  // what the user asked for is complete
  bool is_silent_ = false;
  bool subscribe_refused_ = false;
  bool sleep_told_ = false;
  std::uint64_t granted_ = 0;
  std::uint64_t counted_ = 0;  // messages towards -C
  std::uint64_t taken_ = 0;    // messages printed
  std::error_code output_error_;
  sn::time_point last_taken_{};
  std::string unnamed_;  // topic of a predefined id without a name
  std::minstd_rand random_;
};

}  // namespace mqttkit::tools
