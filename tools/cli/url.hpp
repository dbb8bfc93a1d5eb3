#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqttkit::tools {

/// The schemes that mean something on our command lines.
enum class url_scheme : std::uint8_t {
  other,
  mqtt,
  mqtts,
  ws,
  wss,
  unix_socket,
  mqtt_sn,
  socks5,
  socks5h,
  http,
  https,
};

struct url_scheme_row {
  url_scheme value;
  std::string_view word;
  bool is_brokers;  ///< MQTT is spoken over it
  bool has_tls;
  bool has_websocket;
};
/// In the order of the values; behind them other words for some.
inline constexpr auto url_schemes = std::to_array<url_scheme_row>({
    {url_scheme::other, "", false, false, false},
    {url_scheme::mqtt, "mqtt", true, false, false},
    {url_scheme::mqtts, "mqtts", true, true, false},
    {url_scheme::ws, "ws", true, false, true},
    {url_scheme::wss, "wss", true, true, true},
    {url_scheme::unix_socket, "unix", true, false, false},
    {url_scheme::mqtt_sn, "mqtt-sn", true, false, false},
    {url_scheme::socks5, "socks5", false, false, false},
    {url_scheme::socks5h, "socks5h", false, false, false},
    {url_scheme::http, "http", false, false, false},
    {url_scheme::https, "https", false, true, false},
    {url_scheme::mqtt, "tcp", true, false, false},
    {url_scheme::mqtts, "ssl", true, true, false},
});
constexpr const url_scheme_row& row_of(url_scheme value) noexcept {
  return url_schemes[static_cast<std::size_t>(value)];
}
/// @param word  in lower case
constexpr url_scheme scheme_called(std::string_view word) noexcept {
  for (const url_scheme_row& row : url_schemes) {
    if (row.word == word) return row.value;
  }
  return url_scheme::other;
}

/// A URL taken apart; every part percent-decoded but the path.
struct url_parts {
  url_scheme scheme = url_scheme::other;
  std::string scheme_text;  ///< lower case
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  std::string host;  ///< an IPv6 address without its brackets
  std::optional<std::uint16_t> port;
  std::string path;                ///< from the first / on, as it stands, ? and # included
  std::string_view password_text;  ///< where the password stands in the text given, to wipe it

  url_parts() = default;
};

/// Takes `text` apart (RFC 3986, with # allowed in the path, where MQTT's wildcard may stand).
///
/// Returns what is wrong, without quoting `text`, which may hold a password; empty when all is
/// well.
std::string parse_url(std::string_view text, url_parts& out);

/// Replaces every %XX. nullopt when a % is not followed by two hex digits.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace mqttkit::tools
