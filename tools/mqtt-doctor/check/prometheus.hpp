// Metrics in Prometheus' text format, for the textfile collector of node_exporter.
#pragma once

#include <span>
#include <string>

#include "mqtt-doctor/check/outcome.hpp"

namespace mqttkit::doctor {

/// The whole file; mqtt-doctor(1) lists its metrics.
std::string prometheus_text(std::span<const checked> all);

}  // namespace mqttkit::doctor
