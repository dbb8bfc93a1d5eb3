// What mqtt-pub does once the command line is understood.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "io/connection_log.hpp"
#include "io/runner.hpp"
#include "mqtt-pub/intake.hpp"
#include "mqtt-pub/settings.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Publishes what the settings say, and knows of every message what became of it: acknowledged,
/// refused, or neither. Its token is the number of the line, record or repetition, from 1.
class publisher : public connection_log, private message_taker {
 public:
  // A broker that acknowledges nothing for so long, while it has everything and answers pings, or
  // cannot be reached again, is not waited for any longer.
  static constexpr std::chrono::seconds usual_patience{60};

  /// @param payload  see intake
  publisher(runner& on, pub_settings settings, std::string payload, const stderr_log& log,
            std::chrono::milliseconds patience = usual_patience);

  asio::awaitable<exit_code> work();

  void message_delivered(const delivered& end) override;
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) override;

 private:
  bool try_take(const publish_packet& message, std::uint64_t number) override;
  asio::awaitable<bool> take(const publish_packet& message, std::uint64_t number) override;
  asio::awaitable<bool> pause() override { co_return true; }
  asio::awaitable<bool> drain() override;
  std::uint64_t taken() const noexcept override { return published_; }
  bool is_over() const noexcept override;

  asio::awaitable<exit_code> leave();
  void accepted(const publish_packet& message) noexcept;
  void refuse(std::uint64_t number, const std::string& why);
  std::uint64_t unacknowledged() const noexcept;
  std::string tally() const;

  runner& runner_;
  pub_settings settings_;
  client client_;
  intake input_;
  std::chrono::milliseconds patience_;
  std::uint64_t published_ = 0;     // accepted by try_publish()
  std::uint64_t promised_ = 0;      // of these, at QoS 1 and 2
  std::uint64_t acknowledged_ = 0;  // of these, without refusals
  std::uint64_t refused_ = 0;       // by the broker after it was sent, or given up on the way
  std::uint64_t unsendable_ = 0;    // refused before it was sent
};

}  // namespace mqttkit::tools
