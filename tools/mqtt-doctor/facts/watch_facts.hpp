// What two connections went through that were held for a while (delivery --watch).
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/facts/hops.hpp"
#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The packet that ended a connection.
struct watch_parting {
  std::string flag;    ///< "FIN" or "RST" from the broker's side; "" when it was not captured
  int ttl = -1;        ///< of that packet
  int usual_ttl = -1;  ///< of the broker's other packets

  bool operator==(const watch_parting&) const = default;
  /// Whether a third party sent it in the broker's name.
  bool is_foreign() const noexcept { return is_foreign_ttl(ttl, usual_ttl); }
};

struct watch_drop {
  bool is_steady = true;  ///< of the connection that pings in time; else of the one that pauses
  double at_s = 0;        ///< since the watch began
  double stood_s = 0;     ///< since CONNACK
  double idle_s = 0;      ///< silence in both directions, up to the end or to the ping that met it
  fact_word<connection_end> end;  ///< silent: a ping was not answered
  int reason = -1;                ///< reason code of the broker's DISCONNECT
  bool was_pinged = false;        ///< the end came after a ping behind the silence
  int refusals = 0;               ///< attempts to reconnect that failed
  bool was_port_closed = false;   ///< TCP refused one of those
  double away_s = -1;             ///< until it was accepted again; -1: it was not
  watch_parting parting;          ///< where packets can be captured
};

/// A silence of the pausing connection, and whether the broker answered afterwards.
struct watch_pause {
  double seconds = 0;
  bool survived = false;
};

struct watch_facts {
  fact_word<doctor::scheme> scheme;
  fact_word<mqtt_version> version;
  bool has_users_id = false;     ///< -i
  int keep_alive_s = 60;         ///< of CONNECT
  int server_keep_alive_s = -1;  ///< Server Keep Alive of MQTT 5's CONNACK; -1: none
  double lasted_s = 0;
  int connections = 0;  ///< accepted connections of both kinds
  int refusals = 0;     ///< attempts after a drop that were not accepted
  int pings = 0;        ///< answered pings
  /// The connection that keeps silent: its keep alive (0: there was none), how long it stood, and
  /// after how long the broker ended it (-1: it did not).
  int mute_keep_alive_s = 0;
  double mute_stood_s = 0;
  double mute_dropped_s = -1;
  double mute_ended_at_s = -1;  ///< since the watch began
  std::vector<watch_drop> drops;
  std::vector<watch_pause> pauses;
};

}  // namespace mqttkit::doctor
