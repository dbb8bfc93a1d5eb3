// The octets that are the same in many messages (MQTT-SN 1.2 §5.2, §5.3.4).
#pragma once

#include <cstddef>
#include <cstdint>

#include "mqttkit/sn/message.hpp"

namespace mqttkit::sn {

inline constexpr std::uint8_t long_length = 0x01;   // three octets of length: this one, then two
inline constexpr std::size_t short_header = 2;      // length and type
inline constexpr std::size_t long_header = 4;       // the same with a length of three octets
inline constexpr std::size_t max_short_size = 255;  // what fits one octet

inline constexpr std::uint8_t dup_flag = 0x80;
inline constexpr unsigned qos_shift = 5;
inline constexpr std::uint8_t qos_bits = 0x03;
inline constexpr std::uint8_t retain_flag = 0x10;
inline constexpr std::uint8_t will_flag = 0x08;
inline constexpr std::uint8_t clean_flag = 0x04;
inline constexpr std::uint8_t type_bits = 0x03;

inline constexpr std::uint8_t radius_bits = 0x03;                  // of Ctrl, §5.5
inline constexpr std::size_t max_node_bytes = max_short_size - 3;  // length, type and Ctrl

constexpr std::uint8_t flags_of(qos_level qos) noexcept {
  return static_cast<std::uint8_t>((static_cast<unsigned>(qos) & qos_bits) << qos_shift);
}

constexpr qos_level qos_of(std::uint8_t flags) noexcept {
  const unsigned bits = flags >> qos_shift & qos_bits;
  return bits == 3 ? qos_level::without_connection : static_cast<qos_level>(bits);
}

}  // namespace mqttkit::sn
