// Facts about a gateway of MQTT-SN, over UDP. Return codes are those of MQTT-SN 1.2 §5.3.10; -1
// means that the answer did not come.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The answer to CONNECT.
enum class gateway_answer : std::uint8_t {
  none,
  connack,
  silent,
  closed,       ///< ICMP: nothing listens on the port
  unreachable,  ///< another ICMP error, or no route from this machine
  disconnect,   ///< DISCONNECT in place of CONNACK
  other,        ///< a datagram that is no message of a gateway
  echo,         ///< the datagram that was sent came back
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

/// Where a message was published, and where it was awaited.
enum class trip_way : std::uint8_t {
  none,
  round,      ///< both at the gateway
  to_mqtt,    ///< published at the gateway, awaited at --sent-via's broker
  from_mqtt,  ///< published at that broker, awaited at the gateway
};
template <>
inline constexpr auto word_rows<trip_way> = std::to_array<row<trip_way>>({
    {trip_way::none, ""},
    {trip_way::round, "round"},
    {trip_way::to_mqtt, "to-mqtt"},
    {trip_way::from_mqtt, "from-mqtt"},
});
static_assert(is_in_order(word_rows<trip_way>));

/// A gateway that SEARCHGW found.
struct gateway_info_fact {
  int id = -1;
  std::string from;   ///< "192.0.2.1:1884"
  std::string names;  ///< the address named in another client's answer for the gateway; else ""
  double ms = 0;
};

/// One message on a topic.
struct gateway_trip_fact {
  fact_word<trip_way> way;
  std::string topic;
  bool is_users_topic = false;
  bool subscribed = false;  ///< the awaiting side subscribed
  int suback = -1;          ///< of the gateway, or of MQTT: 0 or a reason
  bool published = false;
  int regack = -1;  ///< 2 and above: the gateway gave the topic no id
  int puback = -1;  ///< as for suback
  bool arrived = false;
  double ms = 0;  ///< from PUBLISH to its arrival
};

/// A client that went to sleep, a message for it, and its waking (§6.14).
struct gateway_sleep_fact {
  bool fell_asleep = false;    ///< DISCONNECT with a duration was answered
  bool published = false;      ///< another client's message was acknowledged
  bool arrived = false;        ///< the message came after PINGREQ
  bool was_too_early = false;  ///< the message was sent to the sleeping client
  bool woke = false;           ///< PINGRESP came
  double ms = 0;               ///< from PINGREQ to PINGRESP
};

/// A client that was silent for a while, and a message for it afterwards. The same message went to
/// a client that had just spoken.
struct gateway_pause_fact {
  double s = 0;               ///< of silence, in seconds
  bool arrived = false;       ///< at the silent client
  bool other_got_it = false;  ///< if false, `arrived` proves nothing
  bool is_lost() const { return !arrived && other_got_it; }
};

/// delivery --watch: for how long of silence the network keeps the way back to a client open.
struct gateway_idle_fact {
  std::vector<gateway_pause_fact> pauses;  ///< in the order they were made
  int keep_alive_s = 0;                    ///< of the clients' CONNECT
  /// Whether the next message came once the client had pinged after the first lost one: 0 or 1; -1:
  /// not tried.
  int ping_heals = -1;
  std::string ended;  ///< why it ended early; "" when it did not

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
