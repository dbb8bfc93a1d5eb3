#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/capture/recording.hpp"
#include "mqtt-doctor/listen/sensor_story.hpp"

namespace mqttkit::doctor {

/// A client of MQTT-SN as a vantage point: its one conversation tells about the gateway, and is
/// judged as if the doctor had asked that itself.
/// @param steps  the packets, as the report's ladder shows them
/// @param began  a time in RFC 3339, like `ended`
/// @param end    the time at which the capture ended
captured_client captured_sensor(const sensor_story& sensor, std::vector<stream_step_fact> steps,
                                const std::string& began, const std::string& ended,
                                const capture_facts& about, const std::string& file, moment end);

}  // namespace mqttkit::doctor
