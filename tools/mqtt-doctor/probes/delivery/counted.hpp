// How many copies of a message come, and what the broker counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"

namespace mqttkit::doctor {

/// Subscribes to two filters that both match one topic, and sends it one message. Both
/// subscriptions are ended. Nothing when they were not granted, or nothing came.
std::optional<overlap_fact> try_overlap(channel& over, const std::string& topic, int qos,
                                        std::chrono::milliseconds limit);

/// The numbers below $SYS/broker of brokers that keep them there: clients, messages, sessions.
std::map<std::string, std::int64_t> ask_for_counters(channel& over,
                                                     std::chrono::milliseconds limit);

}  // namespace mqttkit::doctor
