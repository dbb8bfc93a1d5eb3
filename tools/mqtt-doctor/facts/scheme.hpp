// The schemes a broker is reached by, and what each stands for.
#pragma once

#include <array>
#include <cstdint>

#include "mqtt-doctor/facts/fact_word.hpp"

namespace mqttkit::doctor {

enum class scheme : std::uint8_t { none, mqtt, mqtts, ws, wss };

struct scheme_row {
  scheme value;
  const char* word;
  int port;  ///< where none is given
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
});
static_assert(is_in_order(word_rows<scheme>));

constexpr const scheme_row& row_of(scheme value) noexcept {
  return word_rows<scheme>[static_cast<std::size_t>(value)];
}
constexpr int default_port(scheme value) noexcept { return row_of(value).port; }
constexpr bool has_tls(scheme value) noexcept { return row_of(value).has_tls; }
constexpr bool has_websocket(scheme value) noexcept { return row_of(value).has_websocket; }

constexpr scheme scheme_with(bool tls, bool websocket) noexcept {
  if (websocket) return tls ? scheme::wss : scheme::ws;
  return tls ? scheme::mqtts : scheme::mqtt;
}

}  // namespace mqttkit::doctor
