// What mqtt-sub does once the command line is understood.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "io/connection_log.hpp"
#include "io/runner.hpp"
#include "message/sink.hpp"
#include "mqtt-sub/cleaner.hpp"
#include "mqtt-sub/message_filter.hpp"
#include "mqtt-sub/responder.hpp"
#include "mqtt-sub/settings.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Subscribes, and prints what comes. A QoS 1 or 2 message is acknowledged once its bytes were
/// written, so that a crash repeats messages and never loses one.
class subscriber : public connection_log {
 public:
  subscriber(runner& on, sub_settings settings, const stderr_log& log);

  asio::awaitable<exit_code> work();

  void message_delivered(const delivered& end) override;
  void link_up(const connected& with, const session& protocol,
               std::chrono::nanoseconds gap) override;
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) override;
  void resubscribed(std::string_view filter, std::uint8_t code) override;

 private:
  asio::awaitable<void> subscribe();
  asio::awaitable<bool> ask(bool subscribing, const std::vector<std::string>& filters,
                            properties_view with);
  asio::awaitable<void> receive();
  asio::awaitable<void> receive_the_rest();
  asio::awaitable<void> write_out();
  asio::awaitable<void> watch_sink();
  asio::awaitable<void> watch_progress();
  asio::awaitable<void> watch_silence();
  asio::awaitable<bool> has_all_retained();
  asio::awaitable<void> clean();
  asio::awaitable<bool> is_silent_for(std::chrono::nanoseconds limit, const std::uint64_t& events);
  void complete();
  std::chrono::milliseconds patience() const noexcept;
  asio::awaitable<void> finish_removals();
  asio::awaitable<void> finish_replies();
  void start_replies(const stderr_log& log);
  asio::awaitable<void> wait_for_room();
  asio::awaitable<exit_code> leave();
  asio::awaitable<void> finish_sink();
  exit_code outcome(const failure& why) const;
  void take(const message_received& got);
  void remove_retained();
  void refuse_filter(std::string_view filter, std::uint8_t code, std::string_view words);
  bool is_chosen();
  bool is_over() const noexcept;
  bool is_removing() const noexcept;
  bool retained_messages_only() const noexcept {
    return settings_.retained_messages == retained_wanted::only;
  }

  runner& runner_;
  sub_settings settings_;
  std::unique_ptr<responder> responder_;  // with --reply-exec
  std::unique_ptr<sink> sink_;
  cleaner* cleaner_ = nullptr;  // sink_, with --clean-retained
  message_filter filter_;
  client client_;
  bool done_ = false;        // what the user asked for is complete
  bool is_waiting_ = false;  // for messages, with nothing left to write
  bool has_link_ = false;
  bool is_silent_ = false;  // --idle ended it, and nothing had come
  bool subscribe_refused_ = false;
  bool publish_refused_ = false;  // of --remove-retained
  std::error_code output_error_;
  std::uint64_t counted_ = 0;          // messages towards -C
  std::uint64_t taken_ = 0;            // messages printed
  std::uint64_t retained_ = 0;         // retained messages received
  std::deque<std::string> to_remove_;  // topics of --remove-retained
  std::uint64_t removals_ = 0;
  std::uint64_t removed_ = 0;  // and acknowledged as such
  bool awaits_room_ = false;   // for replies
  bool replies_stand_still_ = false;
  bool is_declined_ = false;  // --clean-retained: the answer was not yes
  std::minstd_rand random_;
};

}  // namespace mqttkit::tools
