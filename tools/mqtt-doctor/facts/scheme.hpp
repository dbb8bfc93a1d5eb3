// The URL schemes for brokers, and what each stands for.
#pragma once

#include <array>
#include <cstdint>

#include "mqtt-doctor/facts/fact_word.hpp"

namespace mqttkit::doctor {

enum class scheme : std::uint8_t { none, mqtt, mqtts, ws, wss, mqtt_sn };

struct scheme_row {
  scheme value;
  const char* word;
  int port;  ///< when the URL names none
  bool has_tls;
  bool has_websocket;
};
template <>
inline constexpr auto word_rows<scheme> = std::to_array<scheme_row>({
    {scheme::none, "", 0, false, false},
    {scheme::mqtt, "mqtt", 1883, false, false},
    {scheme::mqtts, "mqtts", 8883, true, false},
    {scheme::ws, "ws", 80, false, true},
    {scheme::wss, "wss", 443, true, true},
    {scheme::mqtt_sn, "mqtt-sn", 1884, false, false},
});
static_assert(is_in_order(word_rows<scheme>));

constexpr const scheme_row& row_of(scheme value) noexcept {
  return word_rows<scheme>[static_cast<std::size_t>(value)];
}
constexpr int default_port(scheme value) noexcept { return row_of(value).port; }
constexpr bool has_tls(scheme value) noexcept { return row_of(value).has_tls; }
constexpr bool has_websocket(scheme value) noexcept { return row_of(value).has_websocket; }
/// Whether the scheme leads to a gateway over UDP; the others lead to a broker over TCP.
constexpr bool is_of_gateway(scheme value) noexcept { return value == scheme::mqtt_sn; }

/// The scheme that brokers by custom offer on a port.
struct usual_port {
  int port;
  scheme by;
  bool is_theirs;  ///< other services do not use this port
};
inline constexpr auto usual_ports = std::to_array<usual_port>({
    {1883, scheme::mqtt, true},
    {8883, scheme::mqtts, true},
    {8083, scheme::ws, true},
    {9001, scheme::ws, true},
    {15675, scheme::ws, true},
    {8000, scheme::ws, false},  // HiveMQ's, and any web server's
    {8084, scheme::wss, true},
    {443, scheme::wss, true},
    {15676, scheme::wss, true},
    {8884, scheme::wss, false},  // HiveMQ's; MQTT with client certificates on test.mosquitto.org
});
/// The scheme to try on a port when none was given; none where a broker is unusual.
constexpr scheme usual_scheme(int port) noexcept {
  for (const usual_port& row : usual_ports) {
    if (row.port == port) return row.by;
  }
  return scheme::none;
}
/// The scheme a port stands for; none for ports that other services use as well.
constexpr scheme expected_scheme(int port) noexcept {
  for (const usual_port& row : usual_ports) {
    if (row.port == port && row.is_theirs) return row.by;
  }
  return scheme::none;
}

constexpr scheme scheme_with(bool tls, bool websocket) noexcept {
  if (websocket) return tls ? scheme::wss : scheme::ws;
  return tls ? scheme::mqtts : scheme::mqtt;
}

}  // namespace mqttkit::doctor
