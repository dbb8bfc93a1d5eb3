#pragma once

#include <memory>

#include "common/stderr_log.hpp"
#include "io/runner.hpp"
#include "message/sink.hpp"
#include "mqtt-sub/responder.hpp"
#include "mqtt-sub/settings.hpp"

namespace mqttkit::tools {

/// Where and how the settings want the messages to go.
/// @param log  must outlive the sink.
std::unique_ptr<sink> make_sink(runner& on, const sub_settings& settings, const stderr_log& log,
                                responder* replies = nullptr);

}  // namespace mqttkit::tools
