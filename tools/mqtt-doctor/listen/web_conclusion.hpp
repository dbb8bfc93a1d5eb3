// What a web server in front of a broker says about a client of WebSocket: its status, its Close.
#pragma once

#include <map>
#include <string>

#include "mqtt-doctor/listen/conclusion.hpp"

namespace mqttkit::doctor {

/// What the code of a Close frame means (RFC 6455 §7.4.1, IANA).
const char* meaning_of_close(int code);
/// Whether a client that closes with it dislikes what it was sent; leaving a page is none.
bool is_complaint(int close_code) noexcept;

/// Whether the server refuses the upgrade, or hangs up on it, since its headers are too large.
bool is_request_too_large(const connection_summary& summary);
/// @param named  as below
conclusion too_large_request(const connection_summary& summary,
                             std::map<std::string, std::string> named);

/// The upgrade was answered by another status than 101.
/// @param named  the places {client} and {broker}
conclusion web_status_conclusion(const connection_summary& summary,
                                 std::map<std::string, std::string> named);

}  // namespace mqttkit::doctor
