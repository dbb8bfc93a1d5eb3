#pragma once

#include <system_error>

namespace mqttkit::sn {

/// What MQTT-SN adds to mqttkit::errc. Message texts complete the sentence "failed because ...".
enum class errc {
  invalid_topic_id = 1,     ///< 0x0000 and 0xFFFF are reserved (MQTT-SN 1.2 §5.3.11)
  topic_id_needed,          ///< QoS -1 needs a predefined id or a topic of two bytes (§6.8)
  not_accepted,             ///< the gateway's return code says why (§5.3.10)
  gateway_lost,             ///< no answer after Nretry retransmissions (§6.13)
  disconnected_by_gateway,  ///< DISCONNECT that nobody asked for (§5.4.21)
  not_asleep,               ///< waking needs a client that sleeps (§6.14)
  busy,                     ///< one request of its kind at a time; the last has no answer yet
};

const std::error_category& category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace mqttkit::sn

template <>
struct std::is_error_code_enum<mqttkit::sn::errc> : std::true_type {};
