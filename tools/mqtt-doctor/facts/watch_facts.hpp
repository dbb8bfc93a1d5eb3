// What two connections that were held for a while went through.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/facts/hops.hpp"
#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The end of one connection, or a silence it did not survive.
struct watch_parting {
  std::string flag;    ///< "FIN" or "RST" of the broker's side; "" when its packets were not seen
  int ttl = -1;        ///< it came with
  int usual_ttl = -1;  ///< of the broker's other packets

  bool operator==(const watch_parting&) const = default;
  /// Sent by somebody else in the broker's name.
  bool is_foreign() const noexcept { return is_foreign_ttl(ttl, usual_ttl); }
};

struct watch_drop {
  bool is_steady = true;  ///< the one that pings in time; else the one that pauses
  double at_s = 0;        ///< since the watch began
  double stood_s = 0;     ///< since CONNACK
  double idle_s = 0;      ///< without a byte either way, up to the end or to the ping that ended it
  fact_word<connection_end> end;  ///< silent: a ping was not answered
  int reason = -1;                ///< of the broker's DISCONNECT
  bool was_pinged = false;        ///< the end came after a ping that followed the silence
  int refusals = 0;               ///< attempts to come back that failed
  bool was_port_closed = false;   ///< TCP refused one of them
  double away_s = -1;             ///< until it was let in again; -1: it was not
  watch_parting parting;          ///< where packets may be captured
};

/// A silence on the connection that pauses, and whether it was answered after it.
struct watch_pause {
  double seconds = 0;
  bool survived = false;
};

struct watch_facts {
  fact_word<doctor::scheme> scheme;
  fact_word<mqtt_version> version;
  bool has_users_id = false;     ///< -i
  int keep_alive_s = 60;         ///< asked for
  int server_keep_alive_s = -1;  ///< MQTT 5's answer; -1: none
  double lasted_s = 0;
  int connections = 0;  ///< accepted ones, of both
  int refusals = 0;     ///< attempts after a drop that were not accepted
  int pings = 0;        ///< answered
  /// A connection that never says anything: its keep alive, how long it stood, and when the broker
  /// ended it; 0: there was none, -1: it did not.
  int mute_keep_alive_s = 0;
  double mute_stood_s = 0;
  double mute_dropped_s = -1;
  double mute_ended_at_s = -1;  ///< the same, since the watch began
  std::vector<watch_drop> drops;
  std::vector<watch_pause> pauses;
};

}  // namespace mqttkit::doctor
