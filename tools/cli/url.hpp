#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqttkit::tools {

/// A URL taken apart; every part percent-decoded but the path.
struct url_parts {
  std::string scheme;  ///< lower case
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
