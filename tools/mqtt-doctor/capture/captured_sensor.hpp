#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/listen/sensor_story.hpp"

namespace mqttkit::doctor {

/// A client of MQTT-SN as a vantage point: there is one conversation, and what it shows of the
/// gateway is judged as if that had been asked.
/// @param steps  its ladder
/// @param began  RFC 3339, as `ended`
/// @param end    when the capture ended
captured_client captured_sensor(const sensor_story& sensor, std::vector<stream_step_fact> steps,
                                const std::string& began, const std::string& ended,
                                const capture_facts& about, const std::string& file, moment end);

}  // namespace mqttkit::doctor
