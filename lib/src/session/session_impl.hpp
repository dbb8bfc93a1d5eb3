// The state of a session, shared by the units that implement it: session.cpp (connections, output,
// time), send.cpp (publishes and requests), receive.cpp (one handle_ function a packet).
#pragma once

#include <bitset>
#include <memory>
#include <string>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/encode.hpp"
#include "mqttkit/session/session.hpp"
#include "session/packet_slots.hpp"
#include "session/receive_buffer.hpp"
#include "session/topic_aliases.hpp"
#include "session/waiting_packets.hpp"

namespace mqttkit {

using session_detail::packet_slots;
using session_detail::slot;
using session_detail::waiting_packets;
using session_detail::waits_for;

struct session::impl {
  explicit impl(session_options from);

  enum class link_state : std::uint8_t { down, connecting, up, ended };

  bool is_v5() const noexcept { return options.version == protocol_version::v5; }
  protocol_version version() const noexcept { return options.version; }

  // session.cpp
  void settle(std::size_t but_last_bytes = 0);
  time_point ping_due() const noexcept;
  std::chrono::milliseconds ping_patience() const noexcept;
  void trace_from(const byte_buffer& buffer, std::size_t offset) const;

  // send.cpp
  admission publish(const publish_packet& message, std::uint64_t token, std::error_code& error);
  admission publish_with_properties(const publish_packet& message, std::uint64_t token,
                                    std::error_code& error);
  void keep(const publish_packet& packet, std::uint64_t token) noexcept;
  std::error_code refusal_of(qos_t qos, bool retain, std::size_t size) const noexcept;
  std::error_code refusal_of_alias(std::uint32_t alias,
                                   const publish_packet& message) const noexcept;
  bool alias_fits(const publish_packet& packet) const noexcept;
  std::error_code request(packet_type type, std::span<const subscription> filters,
                          properties_view with, std::uint64_t token);
  void resume(bool session_present);
  void send_queued();
  void release(std::uint16_t id) noexcept;
  bool window_full() const noexcept;
  void send_ack(byte_buffer& into, packet_type type, std::uint16_t id, std::uint8_t reason);

  // receive.cpp
  const event& next();
  const event& overtake();
  const event& take_apart(bool puts_messages_aside);
  const event* next_failure();
  void keep_shown();
  bool show_waiting();
  bool handle(const frame& in);
  bool handle_connack(const frame& in);
  bool handle_short_ack(bytes_view packet, bool& has_event);
  bool handle_ack(const ack_packet& ack);
  bool handle_publish(const frame& in);
  bool put_aside(const frame& in, bool has_buffer);
  enum class arrival : std::uint8_t { fresh, passed_over, failed };
  arrival arrives(const frame& in, publish_packet& message);
  void show(const publish_packet& message, waiting_packets::origin from);
  bool exceeds_receive_maximum(const publish_packet& message);
  bool handle_puback(const ack_packet& ack);
  bool handle_pubrec(const ack_packet& ack);
  bool handle_pubrel(const ack_packet& ack);
  bool handle_pubcomp(const ack_packet& ack);
  bool handle_suback(const frame& in);
  bool handle_disconnect(const frame& in);
  bool handle_auth(const frame& in);
  bool finish(std::uint16_t id, std::uint8_t reason, properties_view properties);
  bool fail(std::error_code why);
  void take_limits(properties_view properties);
  std::uint32_t receive_limit() const noexcept;
  void refuse(const frame& too_large);

  session_options options;
  broker_limits limits;
  std::string client_id;
  link_state link = link_state::down;
  bool connected_before = false;
  bool asked_clean = false;  // clean start, in the CONNECT of this connection

  // out
  byte_buffer out;
  byte_buffer unsettled;         // acknowledgements of messages the consumer is not done with
  std::size_t answer_bytes = 0;  // bytes of `out` that answer packets of the broker
  std::size_t last_unsettled_bytes = 0;  // bytes of `unsettled` for the message pulled last
  std::uint16_t unsettled_count = 0;  // acknowledgements in `unsettled` that end a message (PUBACK)
  packet_slots slots;
  std::vector<std::uint16_t> queue;  // identifiers to be sent on this connection, in order
  std::size_t queue_next = 0;
  std::uint64_t next_sequence = 1;
  std::size_t inflight = 0;
  std::size_t inflight_bytes = 0;
  std::uint32_t outstanding = 0;       // publishes the broker's receive maximum counts
  std::uint32_t outstanding_qos2 = 0;  // how many of these are at QoS 2
  std::uint32_t window = 0;
  std::uint32_t window_qos2 = 65'535;
  std::size_t pending_requests = 0;
  session_detail::outbound_aliases aliases_out;

  // in
  receive_buffer in;
  bool withholding = false;   // see withhold()
  bool holding = false;       // a QoS 2 message was shown and not settled, on whatever connection
  bool last_is_qos2 = false;  // the message pulled last
  bool is_read_into = false;  // between receive_space() and received(): the buffer stays as it is
  bool is_shown_from_in = false;  // the message pulled last stands in the receive buffer
  waiting_packets set_aside;
  std::unique_ptr<std::bitset<65536>> waiting_qos2;  // QoS 2 identifiers in set_aside
  event current;
  std::uint64_t received_messages = 0;
  std::int64_t unacknowledged = 0;  // QoS 1 and 2 messages we have not acknowledged fully; less
                                    // than none after exchanges that began on an earlier connection
  // Identifiers counted in `unacknowledged` until PUBREL.
  std::unique_ptr<std::bitset<65536>> counted_qos2;
  std::uint32_t receive_size = 0;
  session_detail::inbound_aliases aliases_in;
  std::unique_ptr<std::bitset<65536>> received_qos2;  // identifiers received, not yet released
  struct local_failure {
    std::uint64_t token;
    std::error_code error;
  };
  std::vector<local_failure> failures;  // messages a new connection cannot carry
  std::size_t failures_told = 0;

  // time
  time_point connect_sent{};
  time_point last_sent{};
  time_point last_received{};
  time_point ping_sent{};  // the first that has no answer yet
  time_point last_ping{};  // when expire() last had reason for one
  bool ping_outstanding = false;
  bool writing = false;  // take_output() gave something that is not sent() yet
  enum class ping_place : std::uint8_t { out, being_written, sent };
  ping_place ping = ping_place::sent;  // where an outstanding PINGREQ is
  bool reading = true;

  trace_function trace;
};

}  // namespace mqttkit
