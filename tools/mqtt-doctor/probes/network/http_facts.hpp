// Facts from the answer of an HTTP server.
#pragma once

#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/wire/http1.hpp"

namespace mqttkit::doctor {

/// Takes the status and the headers that tell something.
void take_response(const http_response_head& head, websocket_fact& out);

/// The title of an HTML page, or its beginning without tags.
std::string title_of(std::string_view page);

}  // namespace mqttkit::doctor
