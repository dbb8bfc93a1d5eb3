#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "mqttkit/sn/session.hpp"
#include "sn/topic_table.hpp"

namespace mqttkit::sn {

/// A message that the gateway answers, under Tretry and Nretry (§6.13).
struct attempt {
  std::vector<std::byte> datagram;
  time_point due = time_point::max();  ///< max(): none is outstanding
  unsigned left = 0;

  bool is_active() const noexcept { return due != time_point::max(); }
  void end() noexcept { due = time_point::max(); }
};

/// The message in flight (§6.6).
struct outgoing {
  enum class stage : std::uint8_t {
    none,
    waiting,      ///< nothing is outstanding: congestion, or no connection
    registering,  ///< REGISTER
    publishing,   ///< PUBLISH
    releasing,    ///< PUBREL
  };

  stage at = stage::none;
  std::uint64_t token = 0;
  std::string topic;  ///< to be registered; empty with the other kinds of ids
  std::vector<std::byte> payload;
  qos_level qos = qos_level::at_most_once;
  bool retain = false;
  topic_id_type type = topic_id_type::normal;
  std::uint16_t topic_id = 0;
  std::uint16_t message_id = 0;  ///< of the REGISTER first, then of the PUBLISH
  bool was_published = false;
  bool was_released = false;
  bool registered_again = false;  ///< after an "invalid topic id"; once is enough
};

struct pending_request {
  std::uint64_t token = 0;
  std::string filter;
  topic_id_type type = topic_id_type::normal;
  std::uint16_t topic_id = 0;
  qos_level qos = qos_level::at_most_once;
  bool is_unsubscribe = false;
  std::uint16_t message_id = 0;
};

/// A message from the gateway that the consumer has, or had (QoS 2, until PUBREL).
struct incoming {
  qos_level qos = qos_level::at_least_once;
  std::uint16_t message_id = 0;
  std::uint16_t topic_id = 0;
  bool is_settled = false;
};

// The gateway may have one message in flight (§6.6). One that has more is borne up to here; what
// goes beyond is not answered, so that it comes again.
inline constexpr std::size_t most_incoming = 16;
// PUBLISHes that overtook the SUBACK or REGISTER with their topic id (§6.9 allows the first).
inline constexpr std::size_t most_held = 16;

struct session::impl {
  explicit impl(session_options with);

  // connections
  std::error_code start(time_point now);
  void stop() noexcept;
  void close(closed why);
  void activate(time_point now);

  // in
  void feed(bytes_view datagram, time_point now);
  const event& next(time_point now);
  bool take_input();
  bool take(const message& any, time_point now);
  void handle(const connack_message& answer, time_point now);
  void handle(const willtopicreq_message&, time_point now);
  void handle(const willmsgreq_message&, time_point now);
  void handle(const willtopicresp_message& answer, time_point now);
  void handle(const willmsgresp_message& answer, time_point now);
  void handle(const pingreq_message&, time_point now);
  void handle_will_request(bool is_topic, time_point now);
  void handle(const register_message& asked, time_point now);
  void handle(const regack_message& answer, time_point now);
  bool handle_publish(const publish_message& got);
  void handle(const puback_message& answer, time_point now);
  void handle(const pubrec_message& answer, time_point now);
  void handle(const pubrel_message& released, time_point now);
  void handle(const pubcomp_message& answer, time_point now);
  void handle(const suback_message& answer, time_point now);
  void handle(const unsuback_message& answer, time_point now);
  void handle(const pingresp_message&, time_point now);
  void handle(const disconnect_message&, time_point now);
  void handle_will_response(bool is_topic, return_code code, time_point now);
  bool hold(const publish_message& got);

  // out
  void put(const message& any);
  void begin(attempt& each, const message& any, time_point now);
  void settle();

  // the message in flight
  std::error_code name_topic(const publish_request& request, publish_message& into) const;
  void advance(time_point now);
  void send_register(time_point now);
  void send_publish(time_point now);
  void finish(return_code code, std::error_code error = {});

  // requests
  std::error_code request(const subscribe_request& asked, std::uint64_t token, bool is_unsubscribe,
                          time_point now);
  void ask(time_point now);
  void answer_request(const subscribed& with, time_point now);

  // time
  void congest(message_type what, time_point now);
  void expire(time_point now);
  bool retry(attempt& each, time_point now);
  time_point deadline() const noexcept;
  time_point next_ping() const noexcept;
  time_point next_waking() const noexcept;
  std::chrono::milliseconds early(std::chrono::seconds interval) const noexcept;
  std::error_code wake(time_point now);

  bool is_linked() const noexcept;
  bool is_congested() const noexcept { return congested_until != time_point::max(); }
  std::uint16_t new_id() noexcept;
  std::string_view topic_of(topic_id_type type, std::uint16_t id) const noexcept;

  session_options options;
  topic_table topics;
  session_state state = session_state::disconnected;
  trace_function trace;

  byte_buffer out;                // datagrams, one after the other
  std::deque<std::size_t> sizes;  // the size of each datagram in `out`
  std::vector<event> events;      // events that view nothing; shown before anything else is read
  std::size_t events_shown = 0;
  event current = need_more{};
  std::vector<std::byte> input;  // the datagram that the views of `current` point into
  bool has_input = false;
  mutable short_topic_name short_name{0};  // what topic_of() views
  std::deque<std::vector<std::byte>> held;
  std::size_t held_due = 0;  // how many held messages are to be handled again

  attempt connecting;  // CONNECT, then WILLTOPIC, then WILLMSG
  bool will_topic_asked = false;
  bool will_message_asked = false;
  attempt publishing;  // REGISTER, PUBLISH, PUBREL
  attempt requesting;  // SUBSCRIBE, UNSUBSCRIBE
  attempt pinging;
  attempt updating;  // WILLTOPICUPD, then WILLMSGUPD
  std::optional<will_options> new_will;
  attempt leaving;  // DISCONNECT

  outgoing slot;
  std::deque<pending_request> requests;
  std::vector<incoming> received;
  std::uint16_t last_id = 0;
  std::uint64_t messages = 0;
  std::uint32_t messages_awake = 0;
  std::uint64_t repeats = 0;

  time_point last_sent{};
  time_point congested_until = time_point::max();
  std::chrono::seconds sleep_duration{0};
  time_point slept_at{};
};

}  // namespace mqttkit::sn
