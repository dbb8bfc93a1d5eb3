// mqtt-pub --outbox: what is read goes to the disk, what is on the disk goes to the broker.
#pragma once

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <string>

#include "io/connection_log.hpp"
#include "io/runner.hpp"
#include "mqtt-pub/intake.hpp"
#include "mqtt-pub/outbox.hpp"
#include "mqtt-pub/settings.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Two things at once: the intake puts messages on the disk, whether there is a broker or not, and
/// deliver() publishes what the disk has, the oldest first. While there is input the connection is
/// tried again and again; after its end what cannot be delivered stays for the next run.
class outbox_publisher : public connection_log, private message_taker {
 public:
  /// @param store  is open
  /// @param payload  see intake
  outbox_publisher(runner& on, pub_settings settings, std::string payload, outbox& store,
                   const stderr_log& log);

  asio::awaitable<exit_code> work();

  void message_delivered(const delivered& end) override;
  void link_up(const connected& with, const session& protocol,
               std::chrono::nanoseconds gap) override;
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) override;

 private:
  bool try_take(const publish_packet& message, std::uint64_t number) override;
  asio::awaitable<bool> take(const publish_packet& message, std::uint64_t number) override;
  asio::awaitable<bool> pause() override;
  asio::awaitable<bool> drain() override;
  std::uint64_t taken() const noexcept override { return taken_; }
  bool is_over() const noexcept override;

  asio::awaitable<void> take_in();
  asio::awaitable<void> deliver();
  asio::awaitable<bool> publish(const outbox::stored& message);
  asio::awaitable<bool> drain_all();
  asio::awaitable<exit_code> leave();
  exit_code outcome(const failure& why, bool is_drained);
  bool may_wait_for_room() const noexcept;
  bool commit();
  void give_up(std::uint64_t number, const std::string& why);
  void refuse(const outbox::stored& message, const std::string& why);
  void done_with(std::uint64_t number);
  void say_notes();
  bool may_give_out() const noexcept;
  void look_after();
  void something_changed();
  void stop_trying();
  asio::awaitable<void> change();
  std::string name_of(const outbox::stored& message) const;
  std::string tally() const;

  runner& runner_;
  pub_settings settings_;
  outbox& store_;
  pace pace_;
  client client_;
  intake input_;
  asio::steady_timer changed_;
  asio::steady_timer watch_;
  std::chrono::steady_clock::time_point quiet_since_;  // no acknowledgement, or no connection
  std::uint64_t pending_then_ = 0;
  failure last_failure_;       // of the connection
  std::string input_failure_;  // why no more messages are accepted
  std::uint64_t taken_ = 0;    // into the batch, or on disk
  const std::uint64_t most_given_out_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t refused_ = 0;
  bool is_taking_ = false;   // the intake goes on
  bool wants_room_ = false;  // the intake waits for acknowledgements
  bool has_stood_ = false;   // there was a connection
  bool is_down_ = false;     // there was one, or an attempt, and it failed
  bool save_is_due_ = false;
  bool save_failed_ = false;
  bool properties_left_out_ = false;
};

/// Opens the outbox of the settings. Returns what went wrong, in words.
std::string open_outbox(const pub_settings& settings, outbox& store);

}  // namespace mqttkit::tools
