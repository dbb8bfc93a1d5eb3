// The members of the facts about a watch.
#pragma once

#include "mqtt-doctor/facts/pass.hpp"
#include "mqtt-doctor/facts/watch_facts.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, watch_parting>& fact) {
  at("flag", fact.flag);
  at("ttl", fact.ttl);
  at("usual_ttl", fact.usual_ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_drop>& fact) {
  at("at_s", fact.at_s);
  at("away_s", fact.away_s);
  at("end", fact.end);
  at("idle_s", fact.idle_s);
  at("is_steady", fact.is_steady);
  at("parting", fact.parting);
  at("reason", fact.reason);
  at("refusals", fact.refusals);
  at("stood_s", fact.stood_s);
  at("was_pinged", fact.was_pinged);
  at("was_port_closed", fact.was_port_closed);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_pause>& fact) {
  at("seconds", fact.seconds);
  at("survived", fact.survived);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_facts>& fact) {
  at("connections", fact.connections);
  at("drops", fact.drops);
  at("has_users_id", fact.has_users_id);
  at("keep_alive_s", fact.keep_alive_s);
  at("lasted_s", fact.lasted_s);
  at("mute_dropped_s", fact.mute_dropped_s);
  at("mute_ended_at_s", fact.mute_ended_at_s);
  at("mute_keep_alive_s", fact.mute_keep_alive_s);
  at("mute_stood_s", fact.mute_stood_s);
  at("pauses", fact.pauses);
  at("pings", fact.pings);
  at("refusals", fact.refusals);
  at("scheme", fact.scheme);
  at("server_keep_alive_s", fact.server_keep_alive_s);
  at("version", fact.version);
}

}  // namespace mqttkit::doctor
