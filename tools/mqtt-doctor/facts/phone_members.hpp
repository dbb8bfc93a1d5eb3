// The members of the facts about a phone.
#pragma once

#include "mqtt-doctor/facts/pass.hpp"
#include "mqtt-doctor/facts/phone_facts.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, phone_step_fact>& fact) {
  at("at_s", fact.at_s);
  at("close", fact.close);
  at("code", fact.code);
  at("count", fact.count);
  at("detail", fact.detail);
  at("hidden_ms", fact.hidden_ms);
  at("kind", fact.kind);
  at("ms", fact.ms);
  at("outcome", fact.outcome);
  at("own_topic", fact.own_topic);
  at("path", fact.path);
  at("port", fact.port);
  at("reason", fact.reason);
  at("seconds", fact.seconds);
  at("step", fact.step);
  at("subprotocol", fact.subprotocol);
  at("topic", fact.topic);
  at("user", fact.user);
  at("variant", fact.variant);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_port_fact>& fact) {
  at("address", fact.address);
  at("alert", fact.alert);
  at("arrival", fact.arrival);
  at("finished_tls", fact.finished_tls);
  at("kind", fact.kind);
  at("left_tls", fact.left_tls);
  at("path", fact.path);
  at("port", fact.port);
  at("said_hello", fact.said_hello);
  at("status", fact.status);
  at("was_greeted", fact.was_greeted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_facts>& fact) {
  at("address", fact.address);
  at("browser", fact.browser);
  at("has_findings", fact.has_findings);
  at("has_page", fact.has_page);
  at("host", fact.host);
  at("language", fact.language);
  at("machine_addresses", fact.machine_addresses);
  at("network", fact.network);
  at("ports", fact.ports);
  at("seconds", fact.seconds);
  at("steps", fact.steps);
  at("system", fact.system);
  at("watched_by", fact.watched_by);
}

}  // namespace mqttkit::doctor
