// Packets to bytes: each function appends one whole packet to a buffer, or nothing at all.
//
// The size is computed first, the buffer extended once, the bytes stored plainly. Arguments are
// checked against the specification, so that what is appended is always valid in `version`:
// properties before MQTT 5 are an error (property_not_allowed), not silently dropped.
#pragma once

#include <cstdint>
#include <span>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit {

// Errors of all of them: malformed_utf8, string_too_long, packet_too_large (remaining length above
// 268,435,455), property_not_allowed. More beside each. After an error `out` is unchanged.

/// Errors: client_id_required (3.1.1 without clean session), invalid_client_id (3.1),
/// password_without_username (before 5), invalid_topic_name (will).
std::error_code encode(byte_buffer& out, const connect_packet& packet);
std::error_code encode(byte_buffer& out, protocol_version version, const connack_packet& packet);

/// Appends a PUBLISH. The topic must be a valid topic name, or empty when the properties hold a
/// topic alias. `topic_alias` other than 0 is added to the properties on the fly.
/// Errors: invalid_topic_name, malformed_packet (QoS above 0 without packet identifier).
std::error_code encode(byte_buffer& out, protocol_version version, const publish_packet& packet,
                       std::uint16_t topic_alias = 0);

/// PUBACK, PUBREC, PUBREL, PUBCOMP. MQTT 5's short form is used when reason and properties allow.
std::error_code encode(byte_buffer& out, protocol_version version, const ack_packet& packet);

/// Errors: invalid_topic_filter, protocol_error (no filter; no local on a shared subscription),
/// property_not_allowed (MQTT 5 options in an older version).
std::error_code encode_subscribe(byte_buffer& out, protocol_version version,
                                 std::uint16_t packet_id, std::span<const subscription> filters,
                                 properties_view properties = {});
/// Only the filter of each subscription counts.
std::error_code encode_unsubscribe(byte_buffer& out, protocol_version version,
                                   std::uint16_t packet_id, std::span<const subscription> filters,
                                   properties_view properties = {});
/// `type` is suback or unsuback.
std::error_code encode(byte_buffer& out, protocol_version version, packet_type type,
                       const suback_packet& packet);
/// `type` is pingreq or pingresp.
void encode_ping(byte_buffer& out, packet_type type);
/// `type` is disconnect or auth. Before MQTT 5 a DISCONNECT has no reason: it is left out.
std::error_code encode(byte_buffer& out, protocol_version version, packet_type type,
                       const reason_packet& packet);

/// Bytes encode() would append for this PUBLISH, without checking it.
std::size_t encoded_size(protocol_version version, const publish_packet& packet,
                         std::uint16_t topic_alias = 0) noexcept;

}  // namespace mqttkit
