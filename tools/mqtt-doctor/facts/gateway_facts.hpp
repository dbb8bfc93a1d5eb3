// What a gateway of MQTT-SN does, over UDP. Return codes are those of MQTT-SN 1.2 §5.3.10; -1
// stands for an answer that did not come.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// How CONNECT was answered.
enum class gateway_answer : std::uint8_t {
  none,
  connack,
  silent,
  closed,       ///< ICMP: nobody listens on the port
  unreachable,  ///< another ICMP message, or this machine knows no way
  disconnect,   ///< DISCONNECT in place of CONNACK
  other,        ///< what came is no message of a gateway
  echo,         ///< what was sent came back
};
template <>
inline constexpr auto word_rows<gateway_answer> = std::to_array<row<gateway_answer>>({
    {gateway_answer::none, ""},
    {gateway_answer::connack, "connack"},
    {gateway_answer::silent, "silent"},
    {gateway_answer::closed, "closed"},
    {gateway_answer::unreachable, "unreachable"},
    {gateway_answer::disconnect, "disconnect"},
    {gateway_answer::other, "other"},
    {gateway_answer::echo, "echo"},
});
static_assert(is_in_order(word_rows<gateway_answer>));

/// Where a message was sent, and where it was waited for.
enum class trip_way : std::uint8_t {
  none,
  round,      ///< both at the gateway
  to_mqtt,    ///< from the gateway to the broker of --sent-via
  from_mqtt,  ///< the other way
};
template <>
inline constexpr auto word_rows<trip_way> = std::to_array<row<trip_way>>({
    {trip_way::none, ""},
    {trip_way::round, "round"},
    {trip_way::to_mqtt, "to-mqtt"},
    {trip_way::from_mqtt, "from-mqtt"},
});
static_assert(is_in_order(word_rows<trip_way>));

/// Who answered SEARCHGW.
struct gateway_info_fact {
  int id = -1;
  std::string from;   ///< "192.0.2.1:1884"
  std::string names;  ///< the gateway's address where another client answered for it; else ""
  double ms = 0;
};

/// One message on a topic.
struct gateway_trip_fact {
  fact_word<trip_way> way;
  std::string topic;
  bool is_users_topic = false;
  bool subscribed = false;  ///< on the side that waits
  int suback = -1;          ///< of the gateway; of MQTT: 0 or the reason
  bool published = false;
  int regack = -1;  ///< 2 and more: the gateway gave no id for the topic
  int puback = -1;  ///< as suback
  bool arrived = false;
  double ms = 0;  ///< from PUBLISH until it arrived
};

/// A client that sleeps, a message meanwhile, and its waking (§6.14).
struct gateway_sleep_fact {
  bool fell_asleep = false;    ///< DISCONNECT with a duration was answered
  bool published = false;      ///< by another client, and acknowledged
  bool arrived = false;        ///< after PINGREQ
  bool was_too_early = false;  ///< it was sent to the sleeper
  bool woke = false;           ///< PINGRESP came
  double ms = 0;               ///< from PINGREQ until PINGRESP
};

/// A client that was silent for a while, and a message for it then. Another one that had just
/// spoken was sent the same.
struct gateway_pause_fact {
  double s = 0;               ///< of silence
  bool arrived = false;       ///< at the client that was silent
  bool other_got_it = false;  ///< otherwise it says nothing
  bool is_lost() const { return !arrived && other_got_it; }
};

/// delivery --watch: how long the network keeps a client's way back.
struct gateway_idle_fact {
  std::vector<gateway_pause_fact> pauses;  ///< in the order they were made
  int keep_alive_s = 0;                    ///< a client's, as asked
  /// After the first message that was lost the client pinged, and the next one came: 0 or 1; -1:
  /// not tried.
  int ping_heals = -1;
  std::string ended;  ///< why it ended before its time; "" when it did not

  /// The longest silence after which a message came; 0: none.
  double kept_s() const {
    double longest = 0;
    for (const gateway_pause_fact& pause : pauses)
      if (pause.arrived && pause.s > longest) longest = pause.s;
    return longest;
  }
  /// The shortest silence after which a message was lost; 0: none.
  double lost_s() const {
    double shortest = 0;
    for (const gateway_pause_fact& pause : pauses)
      if (pause.is_lost() && (shortest == 0 || pause.s < shortest)) shortest = pause.s;
    return shortest;
  }
};

}  // namespace mqttkit::doctor
