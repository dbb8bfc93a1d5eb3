// What mqtt-pub does once the command line is understood.
#pragma once

#include <cstdint>
#include <string>

#include "common/connection_log.hpp"
#include "common/message_template.hpp"
#include "common/runner.hpp"
#include "common/settings.hpp"
#include "mqtt-pub/pace.hpp"
#include "mqtt-pub/record.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Publishes what the settings say, and knows of every message what became of it: acknowledged,
/// refused, or neither. Its token is the number of the line, record or repetition, from 1.
class publisher : public connection_log {
 public:
  /// @param payload  of -m, -f, -s and -n; not used with -l, --from-json and --template.
  publisher(runner& on, pub_settings settings, std::string payload, const talk& voice);

  asio::awaitable<exit_code> work();

  void message_delivered(const delivered& end) override;
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) override;

 private:
  asio::awaitable<void> publish_records(record_source& source);
  asio::awaitable<bool> read_on(record_source& source, std::uint64_t published_before);
  asio::awaitable<void> publish_repeatedly();
  asio::awaitable<bool> insist(const publish_packet& message, std::uint64_t number);
  asio::awaitable<bool> its_turn(pace::recorded_time recorded);
  bool make_payload(std::uint64_t number);
  asio::awaitable<exit_code> leave();
  asio::awaitable<bool> all_settled();
  void accepted() noexcept;
  void refuse(std::uint64_t number, const std::string& why);
  void leave_out(std::uint64_t number, const std::string& why);
  void say_remarks();
  std::string name_of(std::uint64_t number) const;
  std::uint64_t unsettled() const noexcept;
  std::string tally() const;
  bool is_over() const noexcept;

  runner& runner_;
  pub_settings settings_;
  std::string payload_;
  publish_packet message_;  // what the source does not say
  pace pace_;
  message_template template_;
  client client_;
  std::uint64_t published_ = 0;     // accepted by try_publish()
  std::uint64_t promised_ = 0;      // of these, at QoS 1 and 2
  std::uint64_t acknowledged_ = 0;  // of these, without refusals
  std::uint64_t refused_ = 0;       // by the broker after it was sent, or given up on the way
  std::uint64_t unsendable_ = 0;    // refused before it was sent
  std::uint64_t left_out_ = 0;      // records that are not messages
  bool is_publishing_ = false;
  std::string input_trouble_;
  std::string remark_;
};

}  // namespace mqttkit::tools
