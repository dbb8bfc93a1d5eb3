// mqtt-pub with a mqtt-sn:// URL.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "common/stderr_log.hpp"
#include "io/runner.hpp"
#include "io/sn_connection.hpp"
#include "mqtt-pub/intake.hpp"
#include "mqtt-pub/settings.hpp"
#include "mqttkit/net/wakeup.hpp"

namespace mqttkit::tools {

/// Publishes what the settings say to a gateway of MQTT-SN, and knows of every message what became
/// of it, as publisher does. At QoS -1 nothing is connected, and nobody says what becomes of it.
class sn_publisher : private message_taker {
 public:
  sn_publisher(runner& on, pub_settings settings, std::string payload, const stderr_log& log);

  asio::awaitable<exit_code> work();

 private:
  bool try_take(const publish_packet& message, std::uint64_t number) override;
  asio::awaitable<bool> take(const publish_packet& message, std::uint64_t number) override;
  asio::awaitable<bool> pause() override { co_return true; }
  asio::awaitable<bool> drain() override;
  std::uint64_t taken() const noexcept override { return accepted_; }
  bool is_over() const noexcept override;

  sn::admission offer(const publish_packet& message, std::uint64_t number, std::error_code& error);
  asio::awaitable<void> pump();
  asio::awaitable<void> turns();
  asio::awaitable<bool> reconnect();
  void take_events();
  void ended(failure why);
  void refuse(std::uint64_t number, const std::string& why);
  bool is_alone() const;
  bool is_refused_at_once(const publish_packet& message);
  void look_for_refusals();
  asio::awaitable<void> say_goodbye();
  asio::awaitable<exit_code> leave();
  std::string tally() const;
  std::uint64_t unfinished() const noexcept { return accepted_ - done_ - refused_; }

  runner& runner_;
  pub_settings settings_;
  const stderr_log& log_;
  sn_connection link_;
  intake input_;
  wakeup changed_;
  failure end_;
  bool is_stopping_ = false;
  bool is_pumping_ = false;
  bool was_connected_ = false;
  std::uint64_t accepted_ = 0;
  std::uint64_t done_ = 0;     // of these: sent at QoS 0 and -1, acknowledged at 1 and 2
  std::uint64_t refused_ = 0;  // of these: by the gateway
  std::uint64_t unsendable_ = 0;
  std::uint64_t refused_later_ = 0;  // of QoS 0, when it counted as done
};

}  // namespace mqttkit::tools
