#pragma once

#include <sys/types.h>

#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/stderr_log.hpp"
#include "common/utc_time.hpp"
#include "message/message_printer.hpp"
#include "message/sink.hpp"
#include "mqtt-sub/command_output.hpp"
#include "mqtt-sub/responder.hpp"

namespace mqttkit::tools {

/// --exec: a command for each message, which has it on its standard input and in MQTT_ variables.
///
/// A message of QoS 1 or 2 is done with when its command has ended, well or not: MQTT has no way of
/// giving a message back, and one that can never succeed must not come again for ever. With
/// `stops_at_failure` it is the end of the program instead, and what was not done with stays with
/// the broker. While commands run more are started, up to options::jobs; the messages of all are
/// acknowledged together, when none runs or enough of them wait for it.
///
/// --reply-exec: what the command writes to its standard output is the reply, once it has ended
/// well. A command that failed has no reply: half of an answer may look like a whole one. Requests
/// are then done with when their replies were acknowledged.
class exec_sink final : public sink {
 public:
  struct options {
    std::vector<std::string> command;
    unsigned jobs = 1;
    bool stops_at_failure = false;
    std::chrono::microseconds limit{0};  ///< how long a command may run; 0: as long as it likes
    responder* replies = nullptr;        ///< must outlive the sink
    options() = default;
  };

  /// @param log  must outlive this object.
  exec_sink(asio::any_io_executor executor, options with, message_printer printer,
            const stderr_log& log);

  ~exec_sink() override;

  /// Why the program of `command` could not be started now, as one line; empty when it could.
  /// @param option  it was given with: "--exec".
  static std::string obstacle(const std::vector<std::string>& command, const std::string& option);

  void take(const publish_packet& message, std::chrono::system_clock::time_point arrived) override;
  bool is_full() const override;
  std::error_code try_flush() override;
  asio::awaitable<std::error_code> flush() override;
  asio::awaitable<std::error_code> room() override;
  asio::awaitable<std::error_code> progress() override;
  asio::awaitable<std::error_code> finish(const haste& hurry) override;
  std::string name() const override;
  std::string describe(std::error_code error) const override;
  std::string shortcomings() const override;

 private:
  struct job {
    pid_t pid = 0;
    std::string topic;
    std::shared_ptr<struct time_limit> limit;  // nullptr without one
    std::optional<responder::address> to;
    std::optional<command_output> output;
    bool is_given_up = false;  // told to end, since the program does

    job() = default;
  };

  std::error_code start(const publish_packet& message,
                        std::chrono::system_clock::time_point arrived);
  void set_variables(const publish_packet& message, std::chrono::system_clock::time_point arrived);
  void reap();
  void ended(job& done, int status);
  void end_all(int number);
  void fail(const job& failed, const std::string& reason);
  asio::awaitable<std::error_code> event();
  bool is_settled() const noexcept;

  options options_;
  message_printer printer_;
  const stderr_log& log_;
  asio::signal_set children_;
  std::vector<job> running_;
  std::size_t unsettled_ = 0;  // messages of QoS 1 and 2 since everything was finished
  std::uint64_t started_ = 0;
  std::uint64_t failures_ = 0;
  std::error_code error_;
  std::string wrong_;  // of error_, in words
  utc_time time_;
  printout input_;
  std::vector<std::string> variables_;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // for waits that outlive this object
};

}  // namespace mqttkit::tools
