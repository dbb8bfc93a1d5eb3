// The members of the facts about a gateway of MQTT-SN.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/facts/pass.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_info_fact>& fact) {
  at("from", fact.from);
  at("id", fact.id);
  at("ms", fact.ms);
  at("names", fact.names);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_trip_fact>& fact) {
  at("arrived", fact.arrived);
  at("is_users_topic", fact.is_users_topic);
  at("ms", fact.ms);
  at("puback", fact.puback);
  at("published", fact.published);
  at("regack", fact.regack);
  at("suback", fact.suback);
  at("subscribed", fact.subscribed);
  at("topic", fact.topic);
  at("way", fact.way);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_sleep_fact>& fact) {
  at("arrived", fact.arrived);
  at("fell_asleep", fact.fell_asleep);
  at("ms", fact.ms);
  at("published", fact.published);
  at("was_too_early", fact.was_too_early);
  at("woke", fact.woke);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_pause_fact>& fact) {
  at("arrived", fact.arrived);
  at("other_got_it", fact.other_got_it);
  at("s", fact.s);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_idle_fact>& fact) {
  at("ended", fact.ended);
  at("keep_alive_s", fact.keep_alive_s);
  at("pauses", fact.pauses);
  at("ping_heals", fact.ping_heals);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_fact>& fact) {
  at("address", fact.address);
  at("answer", fact.answer);
  at("answered_from", fact.answered_from);
  at("client_id", fact.client_id);
  at("code", fact.code);
  at("elsewhere", fact.elsewhere);
  at("ended_ms", fact.ended_ms);
  at("error", fact.error);
  at("found", fact.found);
  at("icmp", fact.icmp);
  at("idle", fact.idle);
  at("is_group", fact.is_group);
  at("is_users_id", fact.is_users_id);
  at("ms", fact.ms);
  at("nearby", fact.nearby);
  at("own_id_code", fact.own_id_code);
  at("own_id_stayed", fact.own_id_stayed);
  at("port", fact.port);
  at("received", fact.received);
  at("sent", fact.sent);
  at("sleep", fact.sleep);
  at("tcp", fact.tcp);
  at("text", fact.text);
  at("trips", fact.trips);
  at("will_asked", fact.will_asked);
  at("will_changed", fact.will_changed);
  at("will_updated", fact.will_updated);
  at("will_wanted", fact.will_wanted);
}

}  // namespace mqttkit::doctor
