#pragma once

#include <cstddef>
#include <string_view>

namespace mqttkit {

/// Offset of the first byte that is not part of well-formed UTF-8, or npos when all of it is.
///
/// Well-formed per RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF.
/// U+0000 counts as well-formed here; see is_mqtt_string. ASCII is skipped eight bytes at a time.
std::size_t utf8_error_at(std::string_view text) noexcept;

inline bool is_utf8(std::string_view text) noexcept {
  return utf8_error_at(text) == std::string_view::npos;
}

/// Whether `text` may be sent as an MQTT UTF-8 Encoded String: well-formed, no U+0000, at most
/// 65,535 bytes (MQTT 5.0 §1.5.4, [MQTT-1.5.4-1], [MQTT-1.5.4-2]). Control characters and
/// non-characters SHOULD NOT appear but are allowed.
bool is_mqtt_string(std::string_view text) noexcept;

}  // namespace mqttkit
