// Where mqtt-pub's messages come from: read or made one after the other, at the pace that was asked
// for, and handed on.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/stderr_log.hpp"
#include "io/runner.hpp"
#include "message/message_template.hpp"
#include "mqtt-pub/pace.hpp"
#include "mqtt-pub/record.hpp"
#include "mqtt-pub/settings.hpp"

namespace mqttkit::tools {

// Refusals, and records left out, that are told one by one; the rest is counted.
inline constexpr std::uint64_t refusals_told = 20;

/// "1 message", "5 messages".
std::string count_of(std::uint64_t count, std::string_view what);

/// Whether lines or records come from an input, and not one message from the command line.
bool has_records(const pub_settings& settings);

/// Whether more than one message may come.
bool has_several(const pub_settings& settings);

/// Whether messages at QoS 1 or 2 may come; a recording brings its own.
bool may_promise(const pub_settings& settings);

/// Whether somebody watches who wants to know at the end what became of many lines: a script gets
/// words only when something went wrong.
bool wants_report(const pub_settings& settings);

/// Lets the session outlive a broken link, as far as the broker can: QoS 2 stays exactly once then.
void keep_session_over_gaps(pub_settings& settings);

/// Where messages go. What it takes, it has copied.
class message_taker {
 public:
  virtual ~message_taker() = default;

  /// Takes a message if there is room for it at once.
  virtual bool try_take(const publish_packet& message, std::uint64_t number) = 0;

  /// Takes it, however long that takes. False when it is over.
  virtual asio::awaitable<bool> take(const publish_packet& message, std::uint64_t number) = 0;

  /// The input has nothing more at the moment. False when it is over.
  virtual asio::awaitable<bool> pause() = 0;

  /// Waits until everything taken is done with. False when it is over.
  virtual asio::awaitable<bool> drain() = 0;

  /// Messages taken so far.
  virtual std::uint64_t taken() const noexcept = 0;

  /// Whether the program is to end.
  virtual bool is_over() const noexcept = 0;
};

/// See the head of this file. The number of a message is that of its line, record or repetition,
/// from 1.
class intake {
 public:
  /// @param payload  of -m, -f, -s and -n; not used with -l, --from-json and --template.
  /// All that is given by reference must outlive this object.
  intake(runner& on, const pub_settings& settings, std::string payload, const stderr_log& log,
         message_taker& taker);

  /// Hands on everything there is, until the end of the input or of the program.
  asio::awaitable<void> run();

  bool is_running() const noexcept { return is_running_; }

  /// "line 7: ", "message 7: "; empty when there is only one.
  std::string name_of(std::uint64_t number) const;

  /// A record that is not a message: tells why.
  void leave_out(std::uint64_t number, const std::string& why);
  std::uint64_t left_out() const noexcept { return left_out_; }

  /// The input could not be read, or not to its end.
  bool has_trouble() const noexcept { return !trouble_.empty(); }

  /// What is to be said at the end: what was left out, what went wrong.
  void say_remarks() const;

 private:
  asio::awaitable<void> hand_on(record_source& source);
  asio::awaitable<void> repeat();
  asio::awaitable<bool> read_on(record_source& source, std::uint64_t taken_before);
  asio::awaitable<bool> its_turn(pace::recorded_time recorded);
  bool make_payload(std::uint64_t number);

  runner& runner_;
  const pub_settings& settings_;
  std::string payload_;
  const stderr_log& log_;
  message_taker& taker_;
  publish_packet message_;  // what the source does not say
  pace pace_;
  message_template template_;
  std::uint64_t left_out_ = 0;
  bool is_running_ = false;
  std::string trouble_;
  std::string remark_;
};

}  // namespace mqttkit::tools
