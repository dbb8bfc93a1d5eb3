// What became of messages that were sent while their subscriber was away.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// A subscriber that left, messages that were sent meanwhile, and its return.
struct offline_fact {
  std::string topic;
  bool is_users_topic = false;
  fact_word<mqtt_version> version;                   ///< of the subscriber
  fact_word<mqtt_version> publisher_version;         ///< none: the publisher was not let in
  fact_word<doctor::client_id_kind> client_id_kind;  ///< own or user
  bool clean = true;            ///< clean session, clean start: as it was asked for
  std::int64_t expiry_s = -1;   ///< Session Expiry Interval that was sent; -1: none
  std::int64_t granted_s = -1;  ///< that of CONNACK; -1: none, which means as asked
  int wanted = 0;               ///< QoS of the subscription
  int suback = -1;              ///< as in delivery_fact
  std::int64_t message_expiry_s = -1;
  double away_s = 0;                     ///< from its DISCONNECT to the CONNACK on its return
  bool session_present = false;          ///< on its return
  fact_word<delivery_stage> stopped_at;  ///< what could not be done; none: all was

  /// What became of those of one QoS.
  struct run {
    int qos = 0;
    int sent = 0;
    int acknowledged = 0;
    int ack = -1;      ///< the highest reason of PUBACK or PUBREC; -1: none came
    int arrived = 0;   ///< different ones, on its return
    int first_no = 0;  ///< numbers of the first and the last that arrived; 0: none did
    int last_no = 0;
  };
  std::vector<run> runs;

  bool is_done() const { return stopped_at.empty(); }
  /// Sent and arrived, of QoS 1 and 2.
  int sent() const {
    int count = 0;
    for (const auto& each : runs) count += each.qos > 0 ? each.sent : 0;
    return count;
  }
  int arrived() const {
    int count = 0;
    for (const auto& each : runs) count += each.qos > 0 ? each.arrived : 0;
    return count;
  }
};

struct offline_facts {
  std::string client_id;   ///< -i, when a session was looked for under it; "" otherwise
  bool was_found = false;  ///< the broker had a session of that name
  int waiting = 0;         ///< messages it sent before anything was subscribed to
  std::vector<std::string> waiting_topics;  ///< different ones, the first few
  double uptime_s = -1;                     ///< of the broker, from $SYS; -1: it did not say
  std::string broker_version;               ///< likewise
  std::vector<offline_fact> tries;
};

}  // namespace mqttkit::doctor
