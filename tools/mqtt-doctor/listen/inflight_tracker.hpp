// One client and its broker: what is open between them, what the broker allows, who fell silent.
// Pure: packets and the time go in, what was noticed comes out.
//
// Bounded: of each direction most_open messages are followed, the others are not looked at. Where
// packets passed unseen, or in another order than they were sent, nobody is accused for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/remark.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::doctor {

using moment = std::chrono::steady_clock::time_point;

/// "17 s", of what lies between.
std::string time_between(moment from, moment to);

/// What an acknowledgement was for.
struct acknowledged {
  std::string topic;
  qos_t qos = qos_t::at_most_once;
  std::uint8_t reason = 0;
};

class inflight_tracker {
 public:
  static constexpr std::size_t most_open = 1024;
  static constexpr std::size_t most_topics = 32;

  /// Bytes came, of whatever kind.
  void spoke(side who, moment now) noexcept { (who == side::client ? client_ : broker_) = now; }

  void connect(const connect_packet& packet);
  void connack(const connack_packet& packet);
  /// @param topic  the alias resolved; "" when it is not known
  void publish(side from, const publish_packet& packet, const std::string& topic, std::size_t size,
               moment now, observations& out);
  /// PUBACK, PUBREC, PUBREL or PUBCOMP. What ends the exchange of a client's message is returned.
  std::optional<acknowledged> acknowledge(side from, const ack_packet& packet, moment now,
                                          observations& out);
  /// Another packet of the client's.
  void did_otherwise() noexcept { last_was_publish_ = false; }
  /// DISCONNECT of the broker.
  void dismissed(std::uint8_t reason, observations& out);
  /// All that came of both sides so far was told: now the numbers are right.
  void caught_up(observations& out);
  void look(moment now, observations& out);
  /// Nothing more comes.
  /// @param is_all_heard  what was sent before is known to have been heard
  void ends(bool is_all_heard, moment now, observations& out);
  /// The broker ended it.
  /// @param unfinished  size of the packet the client was sending; 0: none
  void hung_up(std::size_t unfinished, moment now, observations& out);

  /// The forwarder cannot get rid of what is for the client.
  void block(bool is_blocked) noexcept { is_blocked_ = is_blocked; }
  bool is_blocked() const noexcept { return is_blocked_; }
  /// Not all that was said was heard: numbers that seem to be new may be old, and what is open may
  /// be done with.
  void heard_in_part() noexcept;
  /// It was connected before: what it still answers to may be from then.
  void came_back() noexcept { is_whole_ = false; }
  bool is_whole() const noexcept { return is_whole_; }
  bool is_accepted() const noexcept { return is_accepted_; }
  /// CONNACK came, whatever it said.
  bool was_answered() const noexcept { return was_answered_; }
  /// Messages for the client that it has to acknowledge.
  std::size_t owed_by_client() const noexcept { return to_client_.size(); }

 private:
  enum class waits_for : std::uint8_t { puback, pubrec, pubrel, pubcomp };
  struct exchange {
    waits_for next = waits_for::puback;
    qos_t qos = qos_t::at_least_once;
    moment since;
    std::string topic;
    std::size_t size = 0;  ///< of the packet
  };
  struct last_publish {
    std::string topic;
    std::size_t size = 0;
    qos_t qos = qos_t::at_most_once;
    std::uint16_t packet_id = 0;
    bool is_known_topic = false;
  };
  using exchanges = std::map<std::uint16_t, exchange>;
  /// Acknowledgements of what was not sent, so far: the message may be heard after them.
  struct stray {
    std::uint16_t id = 0;
    moment since;
  };
  /// Those of one direction of messages.
  struct strays {
    std::set<std::uint16_t> used;  // every identifier of a message so far
    std::deque<stray> early;       // of what was not open, the last of them
    std::vector<stray> answers;    // PUBACK and PUBREC for what was never sent, the first of them
    std::vector<stray> releases;   // PUBREL
    std::vector<stray> endings;    // PUBCOMP
    std::uint64_t count = 0;       // of answers
    std::uint64_t fitting = 0;     // answers to what was sent
    bool is_told = false;
  };
  void note_stray(const ack_packet& packet, strays& to, moment now);
  bool was_answered_early(strays& to, std::uint16_t id, moment now);
  void look_at_strays(bool is_clients_ack, std::chrono::milliseconds patience, moment now,
                      observations& out);
  void tell_handshake(noticed what, const exchange& in_flight, moment now, observations& out) const;

  void look_at_stall(moment now, observations& out);
  bool look_at_sizes(moment now, observations& out);
  void look_at_handshakes(moment now, observations& out);
  void hold_to_limits(const publish_packet& packet, std::size_t size, observations& out);

  exchanges to_broker_;
  exchanges to_client_;
  std::size_t unacknowledged_ = 0;  // of to_client_: neither PUBACK nor PUBREC came
  moment stall_begin_;              // since when none was acknowledged
  moment last_given_;               // to the client, of QoS 1 or 2
  std::size_t largest_taken_ = 0;   // packet that the client acknowledged
  moment client_;                   // it last spoke
  moment broker_;
  std::optional<last_publish> last_publish_;
  bool last_was_publish_ = false;
  std::size_t largest_ = 0;         // of the client's packets
  std::size_t largest_before_ = 0;  // without the last one
  std::set<std::string> topics_;

  // what was agreed on
  bool is_accepted_ = false;
  bool was_answered_ = false;
  std::uint32_t keep_alive_ = 0;
  std::optional<std::uint32_t> server_keep_alive_;
  std::uint32_t client_receive_maximum_ = 0;  // 0: not said
  std::uint32_t receive_maximum_ = 0;
  std::uint32_t maximum_packet_ = 0;
  std::uint32_t maximum_qos_ = 2;
  bool keeps_retained_ = true;

  strays of_client_, of_broker_;  // about the messages of these
  bool is_whole_ = true;
  bool is_resumed_ = false;
  bool is_blocked_ = false;
  bool is_dismissed_ = false;
  bool breaks_a_limit_ = false;
};

}  // namespace mqttkit::doctor
