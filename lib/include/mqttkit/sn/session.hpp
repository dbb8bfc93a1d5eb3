// The client's side of MQTT-SN 1.2 (§6), without I/O and without a clock.
//
// Datagrams go in (feed), events are pulled (next), datagrams come out (output, written), and time
// is handed in. What a driver does: send what output() gives, feed what it receives, one datagram
// at a time, pull next() until need_more, and call expire() at deadline(). The object outlives
// connections: after `closed` start() connects again, and what was in flight is sent again.
//
// Every message that the gateway answers is repeated after Tretry, at most Nretry times (§6.13);
// who does not answer then is lost. One QoS 1 or 2 message is in flight in each direction (§6.6),
// one REGISTER and one SUBSCRIBE or UNSUBSCRIBE are outstanding (§6.5, §6.9). Two promises, proved
// by losing, doubling and reordering every datagram of every exchange:
//   - a QoS 1 or 2 message that publish() accepted ends in one `delivered`, or stays in flight; at
//     QoS 2 the gateway takes it once while it keeps the session;
//   - a message from the gateway is acknowledged only after the consumer asked for the next one, or
//     called settle(), and at QoS 2 it is shown once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/sn/event.hpp"
#include "mqttkit/sn/message.hpp"
#include "mqttkit/sn/options.hpp"

namespace mqttkit::sn {

using time_point = std::chrono::steady_clock::time_point;

/// The answer to publish().
enum class admission : std::uint8_t {
  accepted,  ///< `delivered` will follow
  full,      ///< not active, congested, or one is in flight: try again after the next event
  refused,   ///< it can never be sent; the error says why
};

/// As the gateway sees the client (§6.14, figure 4).
enum class session_state : std::uint8_t {
  disconnected,
  connecting,
  active,
  falling_asleep,  ///< DISCONNECT with a duration, not answered yet
  asleep,
  awake,  ///< asked for what waits
  disconnecting,
};

struct publish_request {
  std::string_view topic{};  ///< a topic name; or empty, and a predefined id
  std::uint16_t predefined_id = 0;
  bytes_view payload{};
  qos_level qos = qos_level::at_most_once;
  bool retain = false;
};

struct subscribe_request {
  std::string_view filter{};  ///< a topic filter; or empty, and a predefined id
  std::uint16_t predefined_id = 0;
  qos_level qos = qos_level::at_most_once;
};

/// See the head of this file. Distinct objects are independent; one object, one thread.
class session {
 public:
  explicit session(session_options options);
  ~session();
  session(session&&) noexcept;
  session& operator=(session&&) noexcept;

  // ---- connections

  /// Queues CONNECT (§6.2); from sleep it makes the client active again, and topic ids stay valid.
  /// Else they are forgotten: a gateway that was started again gives them to other topics.
  /// Errors: what encoding CONNECT and the will reports; packet_too_large.
  std::error_code start(time_point now);

  /// Forgets the connection without a word. In-flight messages and subscriptions that were not
  /// answered are kept; acknowledgements that were not settled are dropped, so that the gateway
  /// repeats the messages.
  void stop() noexcept;

  session_state state() const noexcept;

  // ---- datagrams

  /// Takes one datagram from the gateway (a copy). Then pull next() until need_more. What is no
  /// message of MQTT-SN, or not one a client receives now, is dropped: datagrams may be doubled,
  /// late and of anybody.
  void feed(bytes_view datagram, time_point now);

  /// The next event, or need_more. Under ack_policy::on_next it acknowledges the message before.
  const event& next(time_point now);

  /// Acknowledges every message pulled so far (ack_policy::manual).
  void settle();

  /// The first datagram that waits to be sent; empty when there is none. Valid until written() or
  /// any call that may queue another.
  bytes_view output() const noexcept;
  /// output() was handed to the network.
  void written(time_point now) noexcept;

  // ---- time

  /// When expire() wants to be called; time_point::max() when never.
  time_point deadline() const noexcept;

  /// Sends again what had no answer, PINGREQ when due (§6.11), wakes a sleeping client in time
  /// (§6.14), ends congestion. Then pull next(), which may be `closed`.
  void expire(time_point now);

  // ---- requests

  /// Publishes (§6.6). A topic of the predefined ones goes by its id, one of two bytes as a short
  /// name, any other is registered first (§6.5). At QoS -1 nothing of this needs a connection
  /// (§6.8). Everything is copied.
  ///
  /// Errors (with refused): what encode() reports, packet_too_large above maximum_datagram,
  /// topic_id_needed.
  admission publish(const publish_request& request, std::uint64_t token, std::error_code& error,
                    time_point now);

  /// Subscribes, now or as soon as the client is active and those before are answered (§6.9).
  /// Errors: what encode() reports, packet_too_large.
  std::error_code subscribe(const subscribe_request& request, std::uint64_t token, time_point now);
  /// The QoS does not count.
  std::error_code unsubscribe(const subscribe_request& request, std::uint64_t token,
                              time_point now);

  /// Replaces topic and message of the will, or deletes both (§6.4). `will_updated` answers.
  /// Errors: not_connected, busy, what encode() reports.
  std::error_code update_will(const std::optional<will_options>& will, time_point now);

  /// Goes to sleep (§6.14), for 1 to 65,535 s at a time: before they are over the session wakes by
  /// itself, gets what waits and sleeps again. Errors: not_connected, busy (something has no answer
  /// yet), invalid_option.
  std::error_code sleep(std::chrono::seconds duration, time_point now);
  /// Asks now for what waits. Errors: not_asleep.
  std::error_code wake(time_point now);

  /// Queues DISCONNECT (§6.12); `closed` follows when it is answered. Errors: not_connected.
  std::error_code disconnect(time_point now);

  // ---- state

  const session_options& options() const noexcept;
  /// Whether a publish has no answer yet.
  bool is_publishing() const noexcept;
  /// SUBSCRIBE and UNSUBSCRIBE without answer.
  std::size_t pending_requests() const noexcept;
  /// The name behind an id, as far as it is known; valid until the next feed().
  std::string_view topic_of(topic_id_type type, std::uint16_t id) const noexcept;
  /// Datagrams that were sent again for want of an answer, since the object was made.
  std::uint64_t retransmissions() const noexcept;

  /// Called with every datagram queued (outgoing) or fed; for --debug. Costs nothing when unset.
  using trace_function = std::function<void(bool outgoing, bytes_view datagram)>;
  void set_trace(trace_function trace);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace mqttkit::sn
