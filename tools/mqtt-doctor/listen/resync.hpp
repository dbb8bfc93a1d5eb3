// Finds the beginning of a packet of MQTT when the start of a connection was not captured.
//
// One valid packet may be chance, but hardly one that ends with a segment, or several in a row.
// Until those are found nothing is told: late is better than wrong.
#pragma once

#include <cstddef>
#include <optional>

#include "mqtt-doctor/listen/event.hpp"
#include "mqttkit/codec/decode.hpp"

namespace mqttkit::doctor {

/// Whether this side may send such a packet, and the packet is valid in that version.
bool is_plausible(const frame& packet, protocol_version version, side from);

struct sync_point {
  std::size_t offset = 0;
  protocol_version version = protocol_version::v3_1_1;
  bool is_version_sure = false;
};

/// Bytes; longer stretches are searched in pieces.
inline constexpr std::size_t most_unsynchronised = 16 * 1024;

/// The first packet that `from` sent; nothing until that is certain.
/// @param bytes  begin with a segment
/// @param last   offset of the last segment in `bytes`
/// @param known  the version of MQTT, when CONNECT was captured
std::optional<sync_point> find_packets(bytes_view bytes, std::size_t last, side from,
                                       std::optional<protocol_version> known);

/// The same when the first byte is known to begin a packet.
std::optional<sync_point> begin_with_packets(bytes_view bytes, side from,
                                             std::optional<protocol_version> known);

}  // namespace mqttkit::doctor
