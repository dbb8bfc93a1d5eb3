// What mqtt-pub does once the command line is understood.
#pragma once

#include <cstdint>
#include <string>

#include "common/connection_log.hpp"
#include "common/runner.hpp"
#include "common/settings.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Publishes what the settings say, and knows of every message what became of it: acknowledged,
/// refused, or neither. Its token is the number of the line or repetition, from 1.
class publisher : public connection_log {
 public:
  /// @param payload  of -m, -f, -s and -n; not used with -l.
  publisher(runner& on, pub_settings settings, std::string payload, const talk& voice);

  asio::awaitable<exit_code> work();

  void message_delivered(const delivered& end) override;
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) override;

 private:
  asio::awaitable<void> publish_lines();
  asio::awaitable<void> publish_repeatedly();
  asio::awaitable<bool> insist(const publish_packet& message, std::uint64_t number);
  asio::awaitable<exit_code> leave();
  asio::awaitable<bool> all_settled();
  void refuse(std::uint64_t number, const std::string& why);
  std::string name_of(std::uint64_t number) const;
  std::string tally() const;
  bool is_over() const noexcept;

  runner& runner_;
  pub_settings settings_;
  std::string payload_;
  publish_packet message_;  // everything but the payload
  client client_;
  std::uint64_t published_ = 0;     // accepted by try_publish()
  std::uint64_t acknowledged_ = 0;  // at QoS 1 and 2, without refusals
  std::uint64_t refused_ = 0;
  std::string input_trouble_;
};

}  // namespace mqttkit::tools
