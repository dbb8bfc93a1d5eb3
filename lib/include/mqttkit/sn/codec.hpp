// Datagrams to messages and back (MQTT-SN 1.2 §5.2).
//
// A datagram is one message: what stands behind its length is refused, and so is a length beyond
// the datagram. Lengths are read in both forms, one octet and three; the shorter one is written.
#pragma once

#include <cstddef>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::sn {

/// Reads one message. `out` has views into `datagram`.
///
/// Errors: malformed_packet (lengths that do not fit, a reserved type, a reserved topic id type, a
/// message identifier of 0 where one is needed), malformed_utf8, invalid_topic_name,
/// invalid_topic_filter; `out` is unspecified then. Client identifiers of any length and topic ids
/// of any value are read: whether they are taken is for who receives them to say. Bits and bytes
/// that the specification says to ignore are ignored.
std::error_code decode(bytes_view datagram, message& out);

/// Appends one message, or nothing at all.
///
/// Errors: packet_too_large (above 65,535 bytes), malformed_utf8, invalid_topic_name,
/// invalid_topic_filter, invalid_client_id (not 1 to 23 bytes; PINGREQ may have none),
/// malformed_packet (no message identifier where one is needed, a QoS that the message cannot have,
/// a node address above 252 bytes), sn::errc::invalid_topic_id.
std::error_code encode(byte_buffer& out, const message& any);

/// Bytes encode() appends for a PUBLISH with so much payload.
constexpr std::size_t publish_size(std::size_t payload_bytes) noexcept {
  return payload_bytes + (payload_bytes + 7 > 255 ? 9 : 7);
}

/// Sets DUP in an encoded PUBLISH or SUBSCRIBE (§5.3.4, §5.4.15); others stay as they are.
void set_dup(std::byte* encoded, std::size_t size) noexcept;

}  // namespace mqttkit::sn
