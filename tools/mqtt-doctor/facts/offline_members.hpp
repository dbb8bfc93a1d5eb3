// The members of the facts about messages for a client that is away.
#pragma once

#include "mqtt-doctor/facts/offline_facts.hpp"
#include "mqtt-doctor/facts/pass.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, offline_fact::run>& fact) {
  at("ack", fact.ack);
  at("acknowledged", fact.acknowledged);
  at("arrived", fact.arrived);
  at("first_no", fact.first_no);
  at("last_no", fact.last_no);
  at("qos", fact.qos);
  at("sent", fact.sent);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_fact>& fact) {
  at("away_s", fact.away_s);
  at("clean", fact.clean);
  at("client_id_kind", fact.client_id_kind);
  at("expiry_s", fact.expiry_s);
  at("granted_s", fact.granted_s);
  at("is_users_topic", fact.is_users_topic);
  at("message_expiry_s", fact.message_expiry_s);
  at("publisher_version", fact.publisher_version);
  at("runs", fact.runs);
  at("session_present", fact.session_present);
  at("stopped_at", fact.stopped_at);
  at("suback", fact.suback);
  at("topic", fact.topic);
  at("version", fact.version);
  at("wanted", fact.wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_facts>& fact) {
  at("broker_version", fact.broker_version);
  at("client_id", fact.client_id);
  at("tries", fact.tries);
  at("uptime_s", fact.uptime_s);
  at("waiting", fact.waiting);
  at("waiting_topics", fact.waiting_topics);
  at("was_found", fact.was_found);
}

}  // namespace mqttkit::doctor
