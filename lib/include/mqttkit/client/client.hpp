// One session over one connection at a time, with the loops that keep it going: read, write, clock,
// and reconnect around them.
//
// Everything is an awaitable; asio::co_spawn(executor, client.publish(m), token) makes any of them
// work with any completion token. The hot paths do not suspend: try_publish() and try_receive() are
// plain calls, with writable() and readable() to wait on when they have no more to give.
//
//   client c(executor, options);
//   if (failure why = co_await c.connect()) ...
//   auto granted = co_await c.subscribe({"a/#", qos_t::at_least_once});
//   auto sent = co_await c.publish("b/1", "hello", qos_t::at_least_once);
//   while (auto message = co_await c.receive()) use(message->message);
//   co_await c.disconnect(5s);
//
// lib/examples has ten whole programs, with handlers and futures as well.
//
// While a client is connected the executor has work: io_context::run() returns once the client has
// ended or was destroyed, not when the coroutine that used it has. A client that is a variable of
// that coroutine ends with it, whatever made it return.
//
// g++ 12 destroys some temporaries of an expression with co_await twice, without a word: what ?:
// makes (publish(t, is_on ? a + "1" : a + "0")), lambdas that capture more than pointers and
// references, and aggregates with members that have destructors. Name them on the line above. The
// types here may stand in such an expression, and so may other temporaries of classes with
// constructors.
//
// Messages come at the pace at which they are received: one that nobody asks for stops the reading,
// and so the broker. Only while the broker owes an answer (to publish(), subscribe(), a ping) is
// what stands before it read and put aside, up to client_options::waiting_high_bytes and
// waiting_high_messages; so everything may be done in one coroutine, in any order, and a slow
// consumer's connection is kept alive. At that bound the socket is left alone: PINGREQ still goes
// out, and its answer is not waited for. A call whose answer then stands behind messages that
// nobody receives for waiting_limit ends with messages_not_taken. What it asked for stays with the
// session (a message in flight is not lost, a subscription may come to stand), only the answer is
// no longer told.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "mqttkit/base/result.hpp"
#include "mqttkit/client/options.hpp"
#include "mqttkit/net/observer.hpp"
#include "mqttkit/session/session.hpp"

namespace mqttkit {

/// Is told what happens to the connection, and the end of every try_publish(). Calls come from the
/// executor's thread; views end with the call; do not destroy the client from inside one.
class client_observer : public dial_observer {
 public:
  /// CONNACK accepted. `gap` is how long there was no connection; zero the first time.
  virtual void link_up(const connected&, const session&, std::chrono::nanoseconds /*gap*/) {}
  /// An established connection ended, or an attempt to replace it failed. Another follows in
  /// `retry_in` when `will_retry`.
  virtual void link_down(const failure&, bool /*will_retry*/,
                         std::chrono::milliseconds /*retry_in*/) {}
  /// The final acknowledgement of a message try_publish() took at QoS 1 or 2.
  virtual void message_delivered(const delivered&) {}
  /// A subscription was asked for again because the broker had lost the session.
  virtual void resubscribed(std::string_view /*filter*/, std::uint8_t /*code*/) {}
};

/// The final acknowledgement of a publish.
struct receipt {
  std::uint8_t reason = 0;  ///< is_failure() tells refusals
  properties with;          ///< reason string and user properties, MQTT 5

  receipt() = default;
};

/// One line for a person: where, at which step, and why, in printable characters.
/// "broker.example:8883: connack: refused by the broker: Not authorized (0x87)".
std::string to_string(const failure& why);

/// SUBACK or UNSUBACK: a reason code a topic filter.
struct grant {
  std::vector<std::uint8_t> codes;
  properties with;

  grant() = default;
};

/// See the head of this file. One thread, the executor's; distinct objects are independent.
/// Destroying it ends the connection at once, without DISCONNECT; coroutines that still wait on it
/// end with client_stopped.
class client {
 public:
  client(asio::any_io_executor executor, client_options options,
         client_observer* observer = nullptr);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Checks files and options without touching the network.
  failure prepare();

  /// Dials, sends CONNECT and waits for CONNACK; from then on the connection is kept (see
  /// client_options::reconnect). Call once. Tests false on success.
  asio::awaitable<failure> connect();

  // ---- publish

  /// Publishes without waiting. `token` comes back in client_observer::message_delivered at QoS 1
  /// and 2; below 2^63. `full`: wait for writable(). Everything is copied.
  admission try_publish(const publish_packet& message, std::uint64_t token, std::error_code& error);

  /// Waits until try_publish() has room, also over a reconnect. Errors: how the client ended,
  /// messages_not_taken.
  asio::awaitable<std::error_code> writable();

  /// Publishes and waits for the final acknowledgement; at QoS 0 until the message was written.
  /// Errors: see session::publish(); how the client ended; messages_not_taken.
  /// What the views in `message` point to must live until then.
  asio::awaitable<result<receipt>> publish(publish_packet message);
  asio::awaitable<result<receipt>> publish(std::string_view topic, std::string_view payload,
                                           qos_t qos = qos_t::at_most_once, bool retain = false);

  /// Waits until everything published was acknowledged and written. Errors: how the client ended,
  /// or step_timeout after `limit`.
  asio::awaitable<std::error_code> settled(std::chrono::milliseconds limit);

  // ---- subscribe

  /// Errors: see session::subscribe(); how the client ended; messages_not_taken. Refused filters
  /// are codes of the grant.
  asio::awaitable<result<grant>> subscribe(std::span<const subscription> filters,
                                           properties_view with = {});
  asio::awaitable<result<grant>> subscribe(subscription filter, properties_view with = {});
  asio::awaitable<result<grant>> unsubscribe(std::span<const subscription> filters,
                                             properties_view with = {});
  asio::awaitable<result<grant>> unsubscribe(subscription filter, properties_view with = {});

  // ---- receive

  /// The next message, or null when there is none yet. Asking for the next one acknowledges the
  /// last (ack_policy::on_next). The message and what it views live until the next call of
  /// try_receive() or receive(), or disconnect() or stop(), whatever is awaited in between.
  const message_received* try_receive();

  /// Waits until try_receive() has a message. Errors: how the client ended, once what came before
  /// that is received.
  asio::awaitable<std::error_code> readable();

  /// Messages that came in, are not received yet, and do not stand behind one that was never looked
  /// at: zero says that everything the answers so far overtook is received.
  std::size_t waiting() const noexcept;

  /// try_receive() and readable() in one. For a limit race readable(): || may drop what it got.
  asio::awaitable<result<message_received>> receive();

  /// Acknowledges what try_receive() gave so far (ack_policy::manual). A broker that uses packet
  /// identifiers again before they are acknowledged is not read on after 131,072 of them.
  void settle();

  /// When the bytes of the last message came in; the clock is read once per read, not per message.
  std::chrono::system_clock::time_point arrived() const noexcept;

  // ---- end

  /// Waits up to `limit` for what is in flight, sends DISCONNECT, and closes once the broker has:
  /// within 100 ms, or within a second of the limit after QoS 0 messages, as only the broker's own
  /// end of the connection shows that it read them. No connection is made any more: one that is
  /// away or breaks meanwhile ends the wait. Where it is to be waited for, call settled() first.
  /// Returns what prevented a clean end: step_timeout (messages unsettled), not_connected (and
  /// nothing unsettled), connection errors.
  asio::awaitable<failure> disconnect(std::chrono::milliseconds limit, std::uint8_t reason = 0,
                                      properties_view with = {});

  /// disconnect() without its DISCONNECT: what is in flight is waited for and everything is
  /// written, and then the connection just ends, so that the broker publishes the will, which in
  /// MQTT 3.1.1 nothing else brings about (§3.1.2.5; MQTT 5 has reason code 0x04 for it).
  asio::awaitable<failure> hang_up(std::chrono::milliseconds limit);

  /// Ends at once; everything that waits ends with client_stopped.
  void stop();

  /// How the client ended; tests false while it runs.
  const failure& ended() const noexcept;

  const session& protocol() const noexcept;
  void set_trace(session::trace_function trace);

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace mqttkit
