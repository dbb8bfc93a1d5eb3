// What one client of MQTT-SN and its gateway said to each other, as the facts that a probe of the
// gateway would give, as far as listening shows them. Pure: times come with the messages.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/inflight_tracker.hpp"
#include "mqtt-doctor/words/words.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {

/// The two ends. A client behind a forwarder (MQTT-SN 1.2 §5.5) is known by its node address.
struct sensor_ends {
  std::string client;          ///< "203.0.113.9:50211", and " node 0A 0B" behind a forwarder
  std::string client_address;  ///< "203.0.113.9"
  int client_port = 0;
  std::string gateway_address;  ///< "" without a gateway behind the port
  int gateway_port = 0;
};

struct sensor_summary {
  const char* id = "";  ///< stable: "sn-accepted"; "" with an empty text
  sentence text;
};

class sensor_story {
 public:
  static constexpr std::size_t most_topics = 256;  ///< ids of a client whose names are kept
  /// A gateway that connects to its broker first may take seconds to answer CONNECT.
  static constexpr std::chrono::seconds answer_limit{5};

  sensor_story(sensor_ends ends, moment now) : ends_(std::move(ends)), first_(now), last_(now) {}

  /// Takes a message; true when it shows a fault that was not told before.
  bool take(const sn::message& said, side from, moment now);
  /// Takes what the network (ICMP) or this system reported in place of the gateway.
  void refused(const std::optional<icmp_fact>& icmp, const std::string& error, moment now);
  /// Takes a datagram that is no message of MQTT-SN.
  void take_strange(bytes_view datagram, side from, moment now);

  /// Whether CONNECT has waited for its answer longer than answer_limit.
  bool is_unanswered(moment now) const;
  /// Whether the client's last message was a DISCONNECT without a duration.
  bool has_left() const noexcept { return has_left_; }
  /// Whether CONNECT came before listening began; messages that need none do not count.
  bool is_late() const noexcept {
    return gateway_.sent == 0 && without_connection_ == 0 && !only_searches_ && spoke_;
  }
  bool spoke() const noexcept { return spoke_; }
  std::string topic_of(sn::topic_id_type type, std::uint16_t id) const;

  /// The facts as if this client had probed the gateway.
  facts known(moment now) const;
  /// Whether the result is known: an answer came, or is overdue.
  bool is_judged(moment now) const;
  /// The result when nothing is wrong; empty when too little was heard.
  sensor_summary summary() const;

  const sensor_ends& ends() const noexcept { return ends_; }
  const gateway_fact& gateway() const noexcept { return gateway_; }
  int keep_alive_s() const noexcept { return keep_alive_s_; }
  moment first() const noexcept { return first_; }
  moment last() const noexcept { return last_; }
  std::uint64_t count(side from) const noexcept { return count_[from == side::client ? 0 : 1]; }
  std::uint64_t without_connection() const noexcept { return without_connection_; }

 private:
  void connects(const sn::connect_message& hello, moment now);
  bool is_answered(const sn::connack_message& connack, moment now);
  bool parts(const sn::disconnect_message& disconnect, side from, moment now);
  void learn(std::uint16_t id, const std::string& topic);
  void ask_for(std::uint16_t message_id, std::string topic);
  gateway_trip_fact* failed_trip(std::string topic);
  bool answers_topic(std::uint16_t message_id, std::uint16_t topic_id, sn::return_code code,
                     bool is_suback, side from);
  double ms_since(moment when, moment now) const;

  sensor_ends ends_;
  moment first_;
  moment last_;
  moment asked_{};  // time of CONNECT
  gateway_fact gateway_;
  int keep_alive_s_ = -1;
  bool spoke_ = false;           // a message of MQTT-SN came
  bool only_searches_ = true;    // nothing but SEARCHGW so far
  bool is_leaving_ = false;      // the client sent DISCONNECT
  bool has_left_ = false;        // without a duration, so it does not only sleep
  std::uint64_t count_[2] = {};  // datagrams of the client and of the gateway
  std::uint64_t published_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t without_connection_ = 0;  // PUBLISH with QoS -1
  std::string strange_;                   // hex of the first bytes that are no MQTT-SN
  std::map<std::uint16_t, std::string> topics_;
  std::map<std::uint16_t, std::string> asked_topics_;  // by message id, until they are answered
};

}  // namespace mqttkit::doctor
