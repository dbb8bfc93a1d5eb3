// Messages that were sent while their subscriber was away.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// A subscriber's absence, the messages sent meanwhile, and its return.
struct offline_fact {
  std::string topic;
  bool is_users_topic = false;
  fact_word<mqtt_version> version;                   ///< of the subscriber
  fact_word<mqtt_version> publisher_version;         ///< none: the publisher was not let in
  fact_word<doctor::client_id_kind> client_id_kind;  ///< of the subscriber: own or user
  bool clean = true;                                 ///< clean session or clean start, as asked for
  std::int64_t expiry_s = -1;                        ///< Session Expiry Interval sent; -1: none
  std::int64_t granted_s = -1;                       ///< the one in CONNACK; -1: none, so as sent
  int wanted = 0;                                    ///< QoS asked for in SUBSCRIBE
  int suback = -1;                                   ///< as in delivery_fact
  std::int64_t message_expiry_s = -1;
  double away_s = 0;                     ///< from its DISCONNECT until CONNACK on its return
  bool session_present = false;          ///< in that CONNACK
  fact_word<delivery_stage> stopped_at;  ///< the step that failed; none: all succeeded

  /// The messages of one QoS.
  struct run {
    int qos = 0;
    int sent = 0;
    int acknowledged = 0;
    int ack = -1;      ///< highest reason in PUBACK or PUBREC; -1: none came
    int arrived = 0;   ///< messages that came on its return
    int first_no = 0;  ///< number of the first that arrived, then of the last; 0: none
    int last_no = 0;
  };
  std::vector<run> runs;

  bool is_done() const { return stopped_at.empty(); }
  /// Messages of QoS 1 and 2 that were sent, and those that arrived.
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
  std::string client_id;                    ///< -i, when its session was looked up; else ""
  bool was_found = false;                   ///< the broker had a session of that identifier
  int waiting = 0;                          ///< messages sent before any SUBSCRIBE
  std::vector<std::string> waiting_topics;  ///< their topics, the first few
  double uptime_s = -1;                     ///< the broker's, from $SYS; -1: unknown
  std::string broker_version;               ///< from $SYS; "" if unknown
  std::vector<offline_fact> tries;
};

}  // namespace mqttkit::doctor
