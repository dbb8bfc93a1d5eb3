// The members of the facts about what a symptom is looked for with.
#pragma once

#include "mqtt-doctor/facts/pass.hpp"
#include "mqtt-doctor/facts/symptom_facts.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, sending_fact>& fact) {
  at("ack", fact.ack);
  at("disconnect", fact.disconnect);
  at("end", fact.end);
  at("is_users_topic", fact.is_users_topic);
  at("ms", fact.ms);
  at("payload_bytes", fact.payload_bytes);
  at("qos", fact.qos);
  at("retain", fact.retain);
  at("topic", fact.topic);
  at("was_taken", fact.was_taken);
}

template <class Pass>
void each_member(Pass& at, part<Pass, will_fact>& fact) {
  at("after_ms", fact.after_ms);
  at("end", fact.end);
  at("how", fact.how);
  at("keep_alive_s", fact.keep_alive_s);
  at("server_keep_alive_s", fact.server_keep_alive_s);
  at("topic", fact.topic);
  at("waited_ms", fact.waited_ms);
  at("was_let_in", fact.was_let_in);
  at("was_published", fact.was_published);
}

template <class Pass>
void each_member(Pass& at, part<Pass, overlap_fact>& fact) {
  at("copies", fact.copies);
  at("filters", fact.filters);
  at("topic", fact.topic);
}

}  // namespace mqttkit::doctor
