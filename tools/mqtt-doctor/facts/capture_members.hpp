// The members of the facts about a capture.
#pragma once

#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/facts/pass.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, stream_side_fact>& fact) {
  at("address", fact.address);
  at("again", fact.again);
  at("again_in", fact.again_in);
  at("bytes", fact.bytes);
  at("first_data_in", fact.first_data_in);
  at("held_back", fact.held_back);
  at("held_back_in", fact.held_back_in);
  at("held_back_s", fact.held_back_s);
  at("hole", fact.hole);
  at("hole_in", fact.hole_in);
  at("hole_s", fact.hole_s);
  at("is_shut", fact.is_shut);
  at("largest", fact.largest);
  at("largest_acknowledged", fact.largest_acknowledged);
  at("largest_lost", fact.largest_lost);
  at("later_came", fact.later_came);
  at("lost_in", fact.lost_in);
  at("missed", fact.missed);
  at("mss", fact.mss);
  at("packets", fact.packets);
  at("port", fact.port);
  at("shut_in", fact.shut_in);
  at("shut_s", fact.shut_s);
  at("ttl", fact.ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_icmp_fact>& fact) {
  at("code", fact.code);
  at("from", fact.from);
  at("in", fact.in);
  at("is_v6", fact.is_v6);
  at("mtu", fact.mtu);
  at("size", fact.size);
  at("type", fact.type);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_step_fact>& fact) {
  at("at_s", fact.at_s);
  at("detail", fact.detail);
  at("from_client", fact.from_client);
  at("in", fact.in);
  at("is_bad", fact.is_bad);
  at("what", fact.what);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_fact>& fact) {
  at("attempts", fact.attempts);
  at("began", fact.began);
  at("broker", fact.broker);
  at("by_client", fact.by_client);
  at("came_in", fact.came_in);
  at("client", fact.client);
  at("client_id", fact.client_id);
  at("ended_in", fact.ended_in);
  at("ended_with", fact.ended_with);
  at("ending", fact.ending);
  at("icmp", fact.icmp);
  at("id_before", fact.id_before);
  at("idle_s", fact.idle_s);
  at("is_late", fact.is_late);
  at("keep_alive_s", fact.keep_alive_s);
  at("other_reset_in", fact.other_reset_in);
  at("other_reset_ttl", fact.other_reset_ttl);
  at("outlived_idle_s", fact.outlived_idle_s);
  at("reset_id", fact.reset_id);
  at("reset_left_here", fact.reset_left_here);
  at("reset_ttl", fact.reset_ttl);
  at("said_goodbye", fact.said_goodbye);
  at("seconds", fact.seconds);
  at("speaks", fact.speaks);
  at("steps", fact.steps);
  at("usual_ttl", fact.usual_ttl);
  at("waited_s", fact.waited_s);
  at("was_let_in", fact.was_let_in);
  at("was_passed_on", fact.was_passed_on);
  at("was_replaced", fact.was_replaced);
}

template <class Pass>
void each_member(Pass& at, part<Pass, capture_facts>& fact) {
  at("connections", fact.connections);
  at("dropped", fact.dropped);
  at("file", fact.file);
  at("flood_addresses", fact.flood_addresses);
  at("flood_answered", fact.flood_answered);
  at("flood_s", fact.flood_s);
  at("flood_syns", fact.flood_syns);
  at("flood_watched", fact.flood_watched);
  at("is_flood", fact.is_flood);
  at("is_place_said", fact.is_place_said);
  at("mqtt_ports", fact.mqtt_ports);
  at("others_answered", fact.others_answered);
  at("own_answered", fact.own_answered);
  at("packets", fact.packets);
  at("place", fact.place);
  at("seconds", fact.seconds);
  at("served", fact.served);
  at("streams", fact.streams);
  at("unserved", fact.unserved);
}

}  // namespace mqttkit::doctor
