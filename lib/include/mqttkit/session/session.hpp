// The client's side of an MQTT session, without I/O and without a clock.
//
// Its shape is nghttp2's: bytes go in (receive_space, received), events are pulled (next), bytes
// come out (take_output), and time is handed in. What the driver must do is small: write what
// take_output() gives, read into receive_space(), pull next() until need_more, and call expire() at
// deadline(). The object outlives connections; transport_up() and transport_down() tell it about
// them, and what was in flight is resumed by itself.
//
// Two promises, proved by cutting the link after every byte of every exchange:
//   - a QoS 1 message that publish() accepted is acknowledged or stays in flight, over any number
//     of connections; a QoS 2 message as well, and it is processed once while the broker keeps the
//     session;
//   - a message from the broker is acknowledged only after the consumer asked for the next one (or
//     called settle(), see ack_policy), so a consumer that stops reading stops the broker.
//
// Packet identifiers are slots: id = slot + 1. An acknowledgement finds its message by indexing,
// identifiers are reused oldest first, so that a late acknowledgement never meets a new message,
// and an identifier in use cannot be handed out. Callers count by their own 64-bit token.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/packet.hpp"
#include "mqttkit/session/event.hpp"
#include "mqttkit/session/options.hpp"

namespace mqttkit {

using time_point = std::chrono::steady_clock::time_point;

/// The answer to publish().
enum class admission : std::uint8_t {
  accepted,  ///< encoded; at QoS 1 and 2 `delivered` will follow
  full,      ///< not connected, or the window is full; try again after progress. Nothing changed
  refused,   ///< it can never be sent on this connection; the error says why
};

/// See the head of this file. Distinct objects are independent; one object, one thread.
class session {
 public:
  explicit session(session_options options);
  ~session();
  session(session&&) noexcept;
  session& operator=(session&&) noexcept;

  // ---- connections

  /// A transport stands: queues CONNECT. Errors: what encoding CONNECT reports (client_id_required,
  /// invalid_client_id, property_not_allowed, ...); the session stays down then.
  std::error_code transport_up(time_point now);

  /// The transport is gone. In-flight messages and subscriptions are kept for the next one;
  /// acknowledgements that were not settled are dropped, so that the broker repeats the messages.
  void transport_down() noexcept;

  /// Between CONNACK and the end of the connection.
  bool is_connected() const noexcept;

  // ---- bytes in

  /// Where to read to, usually 64 KiB. A packet above 512 KiB gets a buffer of exactly its size as
  /// soon as its length is known (and within the largest size accepted), which is then filled to
  /// its end: it is never in memory twice. Ends all views, unless overtake() was called since.
  /// Until received() next() and overtake() leave the bytes alone.
  std::span<std::byte> receive_space();

  /// `count` bytes were read into receive_space(). Then pull next().
  void received(std::size_t count, time_point now) noexcept;

  /// Copies `bytes` in; for tests and small inputs.
  void feed(bytes_view bytes, time_point now);

  /// The next event, or need_more when the bytes are used up.
  ///
  /// Zero or more of connected, message_received, delivered, subscribed, authentication; at most
  /// one closed per connection, after which only need_more follows. Under ack_policy::on_next
  /// pulling acknowledges the message before. A packet that breaks the rules yields closed with
  /// the error, and for MQTT 5 a DISCONNECT with its reason code is left in the output.
  const event& next();

  /// The next event that is no message. Messages in front of it are put aside, in order, and come
  /// with next(), on this connection or a later one; nothing is acknowledged by this. The message
  /// pulled last stays valid. Only what is overtaken is copied.
  ///
  /// Over a reconnect messages that waited are still shown, each once: those at QoS 1 and 2 only if
  /// the broker has lost the session and so will not repeat them.
  const event& overtake();
  /// What overtake() put aside and next() has not shown: how many, and how many bytes of packets.
  /// The driver bounds both by not reading.
  std::size_t waiting_messages() const noexcept;
  std::size_t waiting_bytes() const noexcept;

  /// Acknowledges every message pulled so far (ack_policy::manual).
  void settle();
  /// The same without the message pulled last: it is not dealt with yet.
  void settle_previous();
  /// From here on next() acknowledges nothing by itself, whatever the policy: the consumer is
  /// leaving, and what is still pulled is thrown away to reach the answers behind it. The broker
  /// keeps those messages if it keeps the session.
  void withhold() noexcept;

  // ---- bytes out

  /// Bytes waiting to be written.
  std::size_t output_size() const noexcept;

  /// Of output_size(): what packets from the broker made us say. A broker that sends and does not
  /// read makes this grow, at most by what it sends (the data of AUTH apart), until the driver
  /// stops pulling and reading.
  std::size_t answer_bytes() const noexcept;
  /// Acknowledgements that wait for the consumer. As many as there are identifiers, at four bytes
  /// each, unless the broker repeats itself; again the driver stops reading.
  std::size_t unsettled_bytes() const noexcept;

  /// Swaps everything waiting into `into`, which must be empty and whose memory is used next.
  /// Call sent() when it has been written.
  void take_output(byte_buffer& into) noexcept;

  /// What take_output() gave has been written; keep alive counts from here.
  void sent(time_point now) noexcept;

  /// A part of what take_output() gave has been written. A large packet on a slow link may take
  /// longer than the keep alive interval; while it moves, the connection is alive.
  void sent_some(time_point now) noexcept;

  /// Between take_output() and sent().
  bool is_writing() const noexcept;

  // ---- time

  /// When expire() wants to be called; time_point::max() when never. Only transport_up(), next()
  /// (CONNACK) and expire() may move it to an earlier time.
  time_point deadline() const noexcept;

  /// Sends PINGREQ when due, again while the last one has no answer yet. Returns connack_timeout or
  /// keep_alive_timeout when the connection must be given up, else success.
  std::error_code expire(time_point now);

  /// While the driver does not read (its consumer is busy) an unanswered PINGREQ proves nothing:
  /// the timeout is suspended.
  void set_reading(bool reading, time_point now) noexcept;

  // ---- requests

  /// Publishes (MQTT 5.0 §3.3). `message.packet_id` and `dup` are ignored. Everything is copied.
  ///
  /// `token` comes back in `delivered`; at QoS 0 no event follows. Errors (with refused): what
  /// encode() reports, qos_not_supported, retain_not_supported, packet_too_large. A topic alias
  /// among the properties is sent, and not kept for sending again: topic_alias_invalid above the
  /// broker's maximum, invalid_topic_name when nothing else names the topic at QoS 1 and 2.
  /// @see MQTT 5.0 §4.4 (delivery retry), §4.9 (flow control), [MQTT-4.6.0-1] (order)
  admission publish(const publish_packet& message, std::uint64_t token, std::error_code& error);

  /// Subscribes, now or as soon as the connection stands; asked again after a lost connection until
  /// `subscribed` answers. Errors: what encode_subscribe() reports, no_packet_id, and, when
  /// connected, wildcard_not_supported, shared_not_supported, subscription_ids_not_supported,
  /// packet_too_large.
  std::error_code subscribe(std::span<const subscription> filters, properties_view with,
                            std::uint64_t token);
  std::error_code unsubscribe(std::span<const subscription> filters, properties_view with,
                              std::uint64_t token);

  /// Sends AUTH (MQTT 5.0 §3.15): `reason` is continue_authentication or re_authenticate. Errors:
  /// not_connected, what encode() reports.
  std::error_code authenticate(reason_code reason, properties_view with);

  /// Queues DISCONNECT; nothing is sent after it. Acknowledges nothing: call settle() before, when
  /// the last message was dealt with. Errors: what encode() reports.
  std::error_code disconnect(std::uint8_t reason = 0, properties_view with = {});

  // ---- state

  const session_options& options() const noexcept;
  const broker_limits& limits() const noexcept;
  /// The client identifier in use: ours, or the one the broker assigned.
  const std::string& client_id() const noexcept;
  /// QoS 1 and 2 publishes without their final acknowledgement.
  std::size_t inflight() const noexcept;
  /// QoS 2 messages that were settled and that the broker has not released yet (PUBREL). A broker
  /// that keeps the session may repeat them to the next client, which knows nothing of them.
  std::size_t unreleased() const noexcept;
  /// SUBSCRIBE and UNSUBSCRIBE without answer.
  std::size_t pending_requests() const noexcept;
  /// Whether the broker owes something: CONNACK, an acknowledgement, SUBACK, PINGRESP.
  bool awaits_answer() const noexcept;
  /// Whether publish() at QoS 1 or 2 would answer full.
  bool window_full() const noexcept;

  /// Called with every packet encoded (outgoing) or decoded; for --debug. Costs nothing when unset.
  using trace_function = std::function<void(bool outgoing, const frame&)>;
  void set_trace(trace_function trace);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace mqttkit
