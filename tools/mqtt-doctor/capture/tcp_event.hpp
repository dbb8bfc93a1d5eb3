// An event of `listen` for a connection that failed below MQTT.
#pragma once

#include <optional>

#include "mqtt-doctor/capture/local_rules.hpp"
#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {

/// What is wrong with a connection so far; nullopt when nothing is, or when too little time has
/// passed to tell.
/// @param place  where the packets were captured
std::optional<event> tcp_event(const stream_fact& story, capture_place place,
                               const stopping_rule* rule = nullptr);

/// Numbers of packets in words: "12, 15 and 18".
std::string packet_numbers(const std::vector<std::int64_t>& packets);

}  // namespace mqttkit::doctor
