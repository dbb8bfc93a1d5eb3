// One client and its broker: which messages are unacknowledged between them, which limits the
// broker announced, and which side fell silent. Pure: packets and the time go in, observations
// come out.
// The memory is bounded: of each direction most_open messages are followed, further ones are not
// looked at. Where the capture lacks packets, or reordered them, the tracker accuses neither side.
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

/// The span as a text, like "17 s".
std::string time_between(moment from, moment to);

/// The message that an acknowledgement ended, and its reason code.
struct acknowledged {
  std::string topic;
  qos_t qos = qos_t::at_most_once;
  std::uint8_t reason = 0;
};

class inflight_tracker {
 public:
  static constexpr std::size_t most_open = 1024;
  static constexpr std::size_t most_topics = 32;

  /// Bytes of this side arrived, of whatever kind: the side lives.
  void spoke(side who, moment now) noexcept { (who == side::client ? client_ : broker_) = now; }

  /// The client sent a packet other than DISCONNECT: it is at work, not asleep.
  void worked(moment now) noexcept { worked_ = now; }

  void connect(const connect_packet& packet);
  void connack(const connack_packet& packet);
  /// @param topic  with the topic alias resolved; "" where the alias is unknown
  void publish(side from, const publish_packet& packet, const std::string& topic, std::size_t size,
               moment now, observations& out);
  /// PUBACK, PUBREC, PUBREL or PUBCOMP arrived. The end of a client's message is returned.
  std::optional<acknowledged> acknowledge(side from, const ack_packet& packet, moment now,
                                          observations& out);
  /// The client sent a packet that is no PUBLISH.
  void did_otherwise() noexcept { last_was_publish_ = false; }
  /// The broker sent DISCONNECT.
  void dismissed(std::uint8_t reason, observations& out);
  /// Both sides were read up to the same moment: only now the numbers of open messages are right.
  void caught_up(observations& out);
  void look(moment now, observations& out);
  /// Before ends(), where the user sees that messages do not come: whether the client ever read one
  /// of those that were sent to it.
  void look_at_silence(moment now, observations& out) const;
  /// The connection, or listening to it, ended.
  /// @param is_all_heard  whether every packet up to the end is known to have been heard
  void ends(bool is_all_heard, moment now, observations& out);
  /// The broker closed the connection.
  /// @param unfinished  size of the packet that the client was still sending; 0: none
  void hung_up(std::size_t unfinished, moment now, observations& out);

  /// The forwarder holds bytes that the client does not read: its silence proves nothing then.
  void block(bool is_blocked) noexcept { is_blocked_ = is_blocked; }
  bool is_blocked() const noexcept { return is_blocked_; }
  /// Packets are missing in the capture: identifiers that look new may be old, and messages that
  /// look open may be finished.
  void heard_in_part() noexcept;
  /// The client resumed a session: its acknowledgements may belong to messages of the one before.
  void came_back() noexcept { is_whole_ = false; }
  /// CONNECT and CONNACK came before the capture.
  void joined_late() noexcept {
    is_whole_ = false;
    is_accepted_ = true;
  }
  bool is_whole() const noexcept { return is_whole_; }
  /// As CONNECT says it, in seconds.
  std::uint32_t keep_alive() const noexcept { return keep_alive_; }
  bool is_accepted() const noexcept { return is_accepted_; }
  /// When the client last sent something.
  moment last_of_client() const noexcept { return client_; }
  /// A CONNACK arrived, with whatever reason code.
  bool was_answered() const noexcept { return was_answered_; }
  /// How many messages the client has to acknowledge.
  std::size_t owed_by_client() const noexcept { return to_client_.size(); }

 private:
  enum class waits_for : std::uint8_t { puback, pubrec, pubrel, pubcomp };
  struct exchange {
    waits_for next = waits_for::puback;
    qos_t qos = qos_t::at_least_once;
    moment since;
    std::string topic;
    std::size_t size = 0;     ///< the packet's size
    moment first{};           ///< when it was first sent on this connection
    moment again{};           ///< when it was sent again on it; none: it was not
    std::uint8_t reason = 0;  ///< of PUBREC
  };
  struct last_publish {
    std::string topic;
    std::size_t size = 0;
    qos_t qos = qos_t::at_most_once;
    std::uint16_t packet_id = 0;
    bool is_known_topic = false;
  };
  using exchanges = std::map<std::uint16_t, exchange>;
  /// An acknowledgement without a message, so far: the message may be heard after it.
  struct stray {
    std::uint16_t id = 0;
    moment since;
  };
  /// The strays of one direction of messages.
  struct strays {
    std::set<std::uint16_t> used;  // every packet identifier of a message so far
    std::deque<stray> early;       // acknowledgements before their message, the latest ones
    std::vector<stray> answers;    // PUBACK and PUBREC whose message was never sent
    std::vector<stray> releases;   // PUBREL whose message was never sent
    std::vector<stray> endings;    // PUBCOMP whose message was never sent
    std::uint64_t count = 0;       // how many answers there were
    std::uint64_t fitting = 0;     // answers whose message was sent
    bool is_told = false;
  };
  void note_stray(const ack_packet& packet, strays& to, moment now);
  bool was_answered_early(strays& to, std::uint16_t id, moment now);
  void look_at_strays(bool is_clients_ack, std::chrono::milliseconds patience, moment now,
                      observations& out);
  void tell_handshake(noticed what, const exchange& in_flight, moment now, observations& out) const;

  void look_at_stall(moment now, observations& out);
  bool look_at_sizes(moment now, observations& out);
  void look_at_sizes_passed(moment until, observations& out) const;
  bool look_at_large_of_client(std::chrono::seconds patience, moment until,
                               observations& out) const;
  void look_at_left_out(moment until, std::chrono::seconds patience, observations& out) const;
  bool never_completes(moment until) const;
  void tell_repeated(bool is_clients, const exchange& done, moment now, observations& out) const;
  void look_at_handshakes(moment now, observations& out);
  void look_at_what_stays_open(observations& out) const;
  void hold_to_limits(const publish_packet& packet, std::size_t size, observations& out);

  exchanges to_broker_;
  exchanges to_client_;
  std::size_t unacknowledged_ = 0;     // messages in to_client_ without PUBACK or PUBREC
  moment stall_begin_;                 // since when the client acknowledged none
  moment last_given_;                  // when the client last got a message of QoS 1 or 2
  moment latest_taken_{};              // when the latest message came that the client acknowledged
  std::size_t largest_taken_ = 0;      // the largest packet that the client acknowledged
  moment latest_of_client_{};          // when the latest message came that the broker acknowledged
  std::size_t largest_of_client_ = 0;  // the largest packet that the broker acknowledged
  bool has_completed_ = false;         // the client sent a PUBCOMP
  moment client_;                      // when the client last sent something
  moment worked_;                      // when the client last sent something but DISCONNECT
  moment broker_;
  std::optional<last_publish> last_publish_;
  bool last_was_publish_ = false;
  std::size_t largest_ = 0;         // of the client's packets
  std::size_t largest_before_ = 0;  // without the last packet
  std::set<std::string> topics_;
  std::set<std::string> taken_;  // topic and QoS of messages that the broker acknowledged

  // What CONNECT and CONNACK agreed on.
  bool is_accepted_ = false;
  bool was_answered_ = false;
  std::uint32_t keep_alive_ = 0;
  std::optional<std::uint32_t> server_keep_alive_;
  std::uint32_t client_receive_maximum_ = 0;  // 0: not said in CONNECT
  std::uint32_t receive_maximum_ = 0;
  std::uint32_t maximum_packet_ = 0;
  std::uint32_t maximum_qos_ = 2;
  bool keeps_retained_ = true;

  strays of_client_, of_broker_;  // by whose messages the strays are about
  bool is_whole_ = true;
  bool is_resumed_ = false;
  bool is_blocked_ = false;
  bool is_dismissed_ = false;
  bool breaks_a_limit_ = false;
};

}  // namespace mqttkit::doctor
