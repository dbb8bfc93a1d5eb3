#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mqttkit {

/// Protocol level as it stands in CONNECT (MQTT 5.0 §3.1.2.2).
///
/// 3.1 differs from 3.1.1 in this library only in: protocol name "MQIsdp", client identifiers of 1
/// to 23 bytes, no SUBACK failure code, DUP allowed on PUBREL, SUBSCRIBE and UNSUBSCRIBE.
enum class protocol_version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5 = 5 };

/// "MQIsdp" for 3.1, "MQTT" for the others.
std::string_view protocol_name(protocol_version version) noexcept;

/// "3.1", "3.1.1" or "5".
std::string_view to_string(protocol_version version) noexcept;

/// What a client of this version offers in a WebSocket upgrade, best first: "mqtt" [MQTT-6.0.0-3].
/// Brokers of before 3.1.1 know "mqttv3.1" only, some of today take that version under "mqtt" only.
std::string_view websocket_subprotocols(protocol_version version) noexcept;

/// Reads "3.1", "31", "mqttv31", "3.1.1", "311", "mqttv311", "5", "5.0" or "mqttv5".
std::optional<protocol_version> parse_protocol_version(std::string_view text) noexcept;

}  // namespace mqttkit
