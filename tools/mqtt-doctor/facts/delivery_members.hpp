// The members of the facts about messages on their way.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/facts/pass.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, delivery_fact>& fact) {
  at("disconnect", fact.disconnect);
  at("echo_ms", fact.echo_ms);
  at("echo_topic", fact.echo_topic);
  at("echoed", fact.echoed);
  at("end", fact.end);
  at("ended_after", fact.ended_after);
  at("is_users_topic", fact.is_users_topic);
  at("others", fact.others);
  at("payload_bytes", fact.payload_bytes);
  at("ping_answered", fact.ping_answered);
  at("puback", fact.puback);
  at("published", fact.published);
  at("qos", fact.qos);
  at("retransmits", fact.retransmits);
  at("suback", fact.suback);
  at("subscribed", fact.subscribed);
  at("topic", fact.topic);
  at("unacknowledged", fact.unacknowledged);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, exchange_fact::run>& fact) {
  at("ack", fact.ack);
  at("acknowledged", fact.acknowledged);
  at("arrived", fact.arrived);
  at("arrived_qos", fact.arrived_qos);
  at("arrived_topic", fact.arrived_topic);
  at("as_qos_1", fact.as_qos_1);
  at("disordered", fact.disordered);
  at("duplicates", fact.duplicates);
  at("fastest_ms", fact.fastest_ms);
  at("half_way", fact.half_way);
  at("lost", fact.lost);
  at("qos", fact.qos);
  at("sent", fact.sent);
  at("slowest_ms", fact.slowest_ms);
}

template <class Pass>
void each_member(Pass& at, part<Pass, exchange_fact>& fact) {
  at("filter", fact.filter);
  at("is_search", fact.is_search);
  at("is_users_topic", fact.is_users_topic);
  at("near", fact.near);
  at("others", fact.others);
  at("payload_bytes", fact.payload_bytes);
  at("publisher", fact.publisher);
  at("publisher_address", fact.publisher_address);
  at("publisher_at", fact.publisher_at);
  at("publisher_disconnect", fact.publisher_disconnect);
  at("publisher_end", fact.publisher_end);
  at("publisher_pinged", fact.publisher_pinged);
  at("retained", fact.retained);
  at("retained_text", fact.retained_text);
  at("retained_topic", fact.retained_topic);
  at("runs", fact.runs);
  at("suback", fact.suback);
  at("subscriber", fact.subscriber);
  at("subscriber_disconnect", fact.subscriber_disconnect);
  at("subscriber_end", fact.subscriber_end);
  at("subscriber_limit", fact.subscriber_limit);
  at("subscriber_pinged", fact.subscriber_pinged);
  at("topic", fact.topic);
  at("version", fact.version);
  at("wanted", fact.wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, retained_fact>& fact) {
  at("ack", fact.ack);
  at("by_wildcard", fact.by_wildcard);
  at("cleared", fact.cleared);
  at("disconnect", fact.disconnect);
  at("end", fact.end);
  at("kept", fact.kept);
  at("topic", fact.topic);
  at("tried_wildcard", fact.tried_wildcard);
  at("version", fact.version);
}

}  // namespace mqttkit::doctor
