// Bytes to packets, in two layers: next_frame() finds one packet's bytes, decode_*() reads them.
// Nothing is copied and nothing is allocated; every length is checked before it is used.
#pragma once

#include <cstdint>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit {

/// One packet's bytes: the fixed header taken apart, the rest as it came.
struct frame {
  packet_type type{};
  std::uint8_t flags = 0;  ///< low four bits of the first byte
  bytes_view body{};       ///< variable header and payload
  std::size_t size = 0;    ///< of the whole packet, fixed header included
};

enum class framing : std::uint8_t {
  complete,    ///< `out` is filled
  incomplete,  ///< more bytes are needed; `out.size` is the whole size when known, else 0
  malformed,   ///< type 0, flags the type does not allow, a remaining length over four bytes, or
               ///< a PINGREQ or PINGRESP that has one
  too_large,   ///< larger than `max_size`; `out.size` says how large, `out.body` is what has come
};

/// Finds the first packet in `in` (MQTT 5.0 §2.1).
///
/// Flags are checked per [MQTT-2.1.3-1]; for PUBLISH that QoS is not 3. MQTT 3.1's DUP bit on
/// PUBREL, SUBSCRIBE and UNSUBSCRIBE is accepted in every version.
/// @param max_size  bytes, fixed header included; 0 means no limit beyond the protocol's own.
framing next_frame(bytes_view in, std::uint32_t max_size, frame& out) noexcept;

// Each reads a frame of the type it is named for. Errors: malformed_packet, protocol_error,
// malformed_utf8, and what check_properties() reports. `out` is undefined after an error.

/// The version is taken from the packet; an unknown level is protocol_error, with `out.version`
/// holding it, so that a server can answer "unsupported protocol version".
std::error_code decode(const frame& in, connect_packet& out) noexcept;
std::error_code decode(const frame& in, protocol_version version, connack_packet& out) noexcept;
/// Checks the topic (UTF-8, no wildcard; empty only with a topic alias) and the packet identifier
/// (not 0 at QoS 1 and 2, [MQTT-2.2.1-2]). The payload is not looked at.
std::error_code decode(const frame& in, protocol_version version, publish_packet& out) noexcept;
/// PUBACK, PUBREC, PUBREL and PUBCOMP. A reason below 0x80 that the packet does not have (Table
/// 2-6) is protocol_error; a failure is read whatever its number.
std::error_code decode(const frame& in, protocol_version version, ack_packet& out) noexcept;
/// SUBSCRIBE and UNSUBSCRIBE. Filters are checked; at least one is required [MQTT-3.8.3-2].
std::error_code decode(const frame& in, protocol_version version, subscribe_packet& out) noexcept;
/// SUBACK and UNSUBACK. At least one code is required where there are codes. Codes that are neither
/// a failure nor in the table are malformed_packet in SUBACK, protocol_error in UNSUBACK.
std::error_code decode(const frame& in, protocol_version version, suback_packet& out) noexcept;
/// DISCONNECT and AUTH (which is malformed before MQTT 5). Reasons as in acknowledgements.
std::error_code decode(const frame& in, protocol_version version, reason_packet& out) noexcept;

}  // namespace mqttkit
