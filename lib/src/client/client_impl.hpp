// The state of a client, shared with its loops. The loops hold it by shared_ptr and end when the
// client is stopped or destroyed.
#pragma once

#include <asio/cancellation_signal.hpp>
#include <deque>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "client/waiters.hpp"
#include "mqttkit/client/client.hpp"
#include "mqttkit/net/wakeup.hpp"

namespace mqttkit {

struct client::impl : std::enable_shared_from_this<impl>, dial_observer {
  impl(asio::any_io_executor on, client_options from, client_observer* tell);

  // Tokens from here on belong to publish(), subscribe() and unsubscribe(), which wait for them.
  static constexpr std::uint64_t first_own_token = std::uint64_t{1} << 63;

  // How long the broker may take to close after our DISCONNECT when nothing is owed. If we closed
  // before it has read that, the system would send a reset, and the DISCONNECT might be lost.
  static constexpr std::chrono::milliseconds hang_up_limit{100};

  // One call that waits for its answer.
  struct answer {
    explicit answer(const asio::any_io_executor& on) : arrived(on) {}
    wakeup arrived;
    bool done = false;
    std::error_code error;
    std::vector<std::uint8_t> codes;
    properties with;
  };

  struct held_subscription {
    std::string filter;
    subscription options;  // its `filter` is not set: use the string above
    properties with;
  };

  // client.cpp
  static asio::awaitable<failure> connect(std::shared_ptr<impl> self);
  static asio::awaitable<std::error_code> writable(std::shared_ptr<impl> self);
  static asio::awaitable<result<receipt>> publish(std::shared_ptr<impl> self,
                                                  publish_packet message);
  static asio::awaitable<std::error_code> settled(std::shared_ptr<impl> self,
                                                  std::chrono::milliseconds limit);
  static asio::awaitable<result<grant>> request(std::shared_ptr<impl> self, bool subscribing,
                                                std::span<const subscription> filters,
                                                properties_view with);
  static asio::awaitable<result<grant>> request_one(std::shared_ptr<impl> self, bool subscribing,
                                                    subscription filter, properties_view with);
  static asio::awaitable<std::error_code> readable(std::shared_ptr<impl> self);
  static asio::awaitable<result<message_received>> receive(std::shared_ptr<impl> self);
  static asio::awaitable<failure> disconnect(std::shared_ptr<impl> self,
                                             std::chrono::milliseconds limit, std::uint8_t reason,
                                             properties_view with);
  admission try_publish(const publish_packet& message, std::uint64_t token, std::error_code& error);
  const message_received* try_receive();
  void stop();
  void remember(std::span<const subscription> filters, properties_view with,
                const std::vector<std::uint8_t>& codes);
  void forget(std::span<const subscription> filters);
  void ask_again();
  asio::awaitable<void> released(std::chrono::steady_clock::time_point until);
  bool waits_for_goodbye() const;
  void finish(failure why);
  std::string subject() const;

  // The dialer may outlive the client's observer by a moment; this one stands in between.
  void step_begins(stage at, std::string_view on) override {
    if (observer != nullptr) observer->step_begins(at, on);
  }
  void step_ended(const step_report& report) override {
    if (observer != nullptr) observer->step_ended(report);
  }

  // loops.cpp
  asio::awaitable<void> run();
  asio::awaitable<failure> one_link(std::chrono::milliseconds limit);
  std::chrono::milliseconds link_limit() const;
  std::chrono::milliseconds next_wait(unsigned attempt, bool is_awaited);
  asio::awaitable<void> read_loop();
  asio::awaitable<void> consumer_turn();
  asio::awaitable<void> publishers_turn();
  asio::awaitable<void> wait_for_consumer();
  asio::awaitable<void> wait_at_bound();
  asio::awaitable<void> wait_for_writer();
  asio::awaitable<void> write_loop();
  asio::awaitable<std::error_code> write_all(byte_buffer& data);
  void write_now();
  void begin_write();
  void end_write();
  asio::awaitable<void> clock_loop();
  asio::awaitable<void> close_after(std::chrono::milliseconds limit);
  void loop_ended();
  void break_link(failure why, bool last_words = false);
  bool owes_too_much() const noexcept;
  void read_on_for_answer();

  // events.cpp
  void pump();
  void overtake();
  void tell_progress();
  bool take(const event& from_session);
  void take_delivered(const delivered& done);
  void take_subscribed(const subscribed& ack);
  void take_connected(const connected& up);
  void answer_authentication(const authentication& asked);
  failure closed_failure(const closed& end) const;

  asio::any_io_executor executor;
  client_options options;
  client_observer* observer;
  mqttkit::session session;
  dialer dial;

  // the connection
  std::unique_ptr<transport> link;
  failure link_failure;  // why the current link ends; set once a link
  bool link_broken = false;
  bool last_words = false;   // the output still holds our DISCONNECT: write it, then close
  bool link_stands = false;  // CONNACK was accepted
  bool established = false;  // some link stood once
  bool progress = false;     // something was carried to its end on this link
  bool moved = false;        // a message was: acknowledged by the broker, or received as it came up
  unsigned loops_running = 0;
  wakeup loops_done;
  wakeup write_wanted;
  wakeup clock_changed;
  wakeup last_words_said;
  bool dialing = false;
  asio::cancellation_signal cancel_dial;
  std::chrono::steady_clock::time_point link_since{};
  std::chrono::steady_clock::time_point connect_by{};        // CONNACK of this link
  std::chrono::steady_clock::time_point first_connect_by{};  // the first link that stands
  std::chrono::steady_clock::time_point lost_at{};
  std::minstd_rand random;

  // the consumer of messages
  enum class hand : std::uint8_t {
    empty,    // the read loop may read on
    offered,  // a message waits for the consumer
    taken,    // the consumer has it; its next call pulls on
  };
  // While a message is offered or taken the read loop pauses, unless the broker owes an answer.
  hand message_state = hand::empty;
  message_received offered;
  wakeup read_on;
  bool reading_held = false;  // at a bound: whoever may change that notifies read_on
  bool is_stuck = false;      // at the bound of waiting messages, and nobody receives any
  std::uint64_t writes_done = 0;
  client_detail::waiters message_ready;
  std::chrono::system_clock::time_point arrived{};

  // everybody who waits
  client_detail::waiters room;   // for try_publish
  client_detail::waiters quiet;  // for settled(), disconnect() and connect(): any progress
  std::unordered_map<std::uint64_t, answer*> answers;
  std::uint64_t next_token = first_own_token;
  std::vector<held_subscription> subscriptions;
  std::unordered_map<std::uint64_t, std::string> asked_again;  // token -> filter

  bool draining = false;  // disconnect(): messages that still come are thrown away, no link follows
  bool leaving = false;   // disconnect(): DISCONNECT goes out with the last output
  std::chrono::steady_clock::time_point leave_by{};  // leaving: when the link is closed at last
  bool without_goodbye = false;                      // hang_up(): leaving, and no DISCONNECT
  bool stopping = false;
  bool unproven = false;   // QoS 0 messages were sent: only an orderly close says they were read
  byte_buffer unwritten;   // taken from the session, and not all of it sent yet
  bool writing = false;    // from begin_write() to end_write()
  bool made_room = false;  // the broker's answers freed identifiers; nobody was told yet
  bool publishers_run = false;  // publishers_turn(): the read loop writes what they publish
  bool finished = false;
  failure end;
  wakeup backoff_over;
};

}  // namespace mqttkit
