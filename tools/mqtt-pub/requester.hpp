// mqtt-pub --request: one message out, its replies back.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "io/connection_log.hpp"
#include "io/runner.hpp"
#include "message/stdout_sink.hpp"
#include "mqtt-pub/settings.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Subscribes to the response topic, publishes the request, and prints the replies that bear its
/// correlation data (MQTT 5.0 §4.10). Before MQTT 5 every message on the response topic is a reply.
class requester : public connection_log {
 public:
  requester(runner& on, pub_settings settings, std::string payload, const stderr_log& log);

  asio::awaitable<exit_code> work();

  void message_delivered(const delivered& end) override;
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) override;

 private:
  asio::awaitable<void> ask();
  asio::awaitable<bool> subscribe();
  asio::awaitable<void> receive();
  asio::awaitable<void> write_out();
  asio::awaitable<exit_code> leave();
  void take(const publish_packet& message);
  void tell_time() const;
  bool is_reply(const publish_packet& message) const;
  bool is_over() const noexcept;
  exit_code outcome(const failure& why) const;

  runner& runner_;
  pub_settings settings_;
  std::string payload_;
  std::string correlation_;  // empty before MQTT 5
  stdout_sink sink_;
  client client_;
  std::chrono::steady_clock::time_point asked_at_{};
  bool asked_ = false;
  std::uint64_t replies_ = 0;
  bool subscribe_refused_ = false;
  bool publish_refused_ = false;
  std::error_code output_error_;
};

}  // namespace mqttkit::tools
