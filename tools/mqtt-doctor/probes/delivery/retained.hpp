// Whether the broker keeps a retained message, and clears it.
#pragma once

#include <chrono>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"

namespace mqttkit::doctor {

/// Publishes a retained message, subscribes to see it, also with + for the topic's last level,
/// clears it and looks again.
retained_fact keep_message(channel& over, const std::string& topic,
                           std::chrono::milliseconds limit);

/// Publishes an empty retained message, which clears the topic.
void clear_message(channel& over, const std::string& topic, std::chrono::milliseconds limit);

}  // namespace mqttkit::doctor
