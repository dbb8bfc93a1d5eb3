// What one client of MQTT-SN and its gateway said to each other, as facts: those that a look at the
// gateway would have given, as far as listening shows them. Pure: the time comes with the messages.
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

/// Between whom. A client behind a forwarder (MQTT-SN 1.2 §5.5) is told apart by its node.
struct sensor_ends {
  std::string client;          ///< "203.0.113.9:50211", with " node 0A 0B" behind a forwarder
  std::string client_address;  ///< "203.0.113.9"
  int client_port = 0;
  std::string gateway_address;  ///< "" where nobody is behind the port that is listened on
  int gateway_port = 0;
};

struct sensor_summary {
  const char* id = "";  ///< stable: "sn-accepted"; "" with an empty text
  sentence text;
};

class sensor_story {
 public:
  static constexpr std::size_t most_topics = 256;  ///< ids of a client whose names are kept
  /// A gateway that has to reach its broker first may take some seconds to answer CONNECT.
  static constexpr std::chrono::seconds answer_limit{5};

  sensor_story(sensor_ends ends, moment now) : ends_(std::move(ends)), first_(now), last_(now) {}

  /// True when it says that something does not work that was not said before.
  bool take(const sn::message& said, side from, moment now);
  /// What the network, or the own system, says in place of the gateway.
  void refused(const std::optional<icmp_fact>& icmp, const std::string& error, moment now);
  /// What is no message of MQTT-SN.
  void take_strange(bytes_view datagram, side from, moment now);

  /// CONNECT waits for its answer for longer than answer_limit.
  bool is_unanswered(moment now) const;
  /// DISCONNECT without a duration came from the client last.
  bool has_left() const noexcept { return has_left_; }
  /// CONNECT was seen, or nothing that needs one.
  bool is_late() const noexcept {
    return gateway_.sent == 0 && without_connection_ == 0 && !only_searches_ && spoke_;
  }
  bool spoke() const noexcept { return spoke_; }
  std::string topic_of(sn::topic_id_type type, std::uint16_t id) const;

  /// As if the gateway had been asked by this client.
  facts known(moment now) const;
  /// Whether it is known what came of it: an answer, or that none came.
  bool is_judged(moment now) const;
  /// What it came to where nothing is wrong; empty where too little was seen.
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
  moment asked_{};  // CONNECT
  gateway_fact gateway_;
  int keep_alive_s_ = -1;
  bool spoke_ = false;           // MQTT-SN
  bool only_searches_ = true;    // so far
  bool is_leaving_ = false;      // the client's DISCONNECT was seen
  bool has_left_ = false;        // and it does not only sleep
  std::uint64_t count_[2] = {};  // datagrams of client and gateway
  std::uint64_t published_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t without_connection_ = 0;  // QoS -1
  std::string strange_;                   // the first bytes of what is no MQTT-SN, in hex
  std::map<std::uint16_t, std::string> topics_;
  std::map<std::uint16_t, std::string> asked_topics_;  // by message id, not answered yet
};

}  // namespace mqttkit::doctor
