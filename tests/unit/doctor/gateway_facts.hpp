// Facts about an MQTT-SN gateway that accepted a client, for tests to change.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor::test {

inline facts gateway_facts() {
  facts made;
  made.asked.host = "gateway.example";
  made.asked.port = 1884;
  made.asked.scheme = scheme::mqtt_sn;
  made.name.addresses = {"9.9.0.7"};
  endpoint_facts at;
  at.scheme = scheme::mqtt_sn;
  at.port = 1884;
  gateway_fact& gateway = at.gateway.emplace();
  gateway.address = "9.9.0.7";
  gateway.port = 1884;
  gateway.answer = gateway_answer::connack;
  gateway.code = 0;
  made.endpoints.push_back(at);
  return made;
}

}  // namespace mqttkit::doctor::test
