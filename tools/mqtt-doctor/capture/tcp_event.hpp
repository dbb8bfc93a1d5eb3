// How a connection fared below MQTT, as an event of `listen`.
#pragma once

#include <optional>

#include "mqtt-doctor/capture/local_rules.hpp"
#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {

/// What is wrong with a connection as far as it went; nullopt when nothing is, or too little time
/// passed to tell.
/// @param place  where the packets were seen
std::optional<event> tcp_event(const stream_fact& story, capture_place place,
                               const stopping_rule* rule = nullptr);

/// "12, 15 and 18": packets by their numbers.
std::string packet_numbers(const std::vector<std::int64_t>& packets);

}  // namespace mqttkit::doctor
