// Finds where packets of MQTT begin when the start of a connection was not seen.
//
// One packet that fits is chance; a packet that ends where a segment ends, or several in a row, is
// none. Until that is met nothing is told: better late than wrong.
#pragma once

#include <cstddef>
#include <optional>

#include "mqtt-doctor/listen/event.hpp"
#include "mqttkit/codec/decode.hpp"

namespace mqttkit::doctor {

/// Whether a packet is one that this side may send, and keeps the rules of that version.
bool is_plausible(const frame& packet, protocol_version version, side from);

struct sync_point {
  std::size_t offset = 0;
  protocol_version version = protocol_version::v3_1_1;
  bool is_version_sure = false;
};

/// Longer stretches are searched piece by piece.
inline constexpr std::size_t most_unsynchronised = 16 * 1024;

/// The first packet in what `from` sent, or nothing when that is not sure yet.
/// @param bytes  begin with a segment
/// @param last   where the last segment begins in `bytes`
/// @param known  the version, when a CONNECT was seen
std::optional<sync_point> find_packets(bytes_view bytes, std::size_t last, side from,
                                       std::optional<protocol_version> known);

/// Likewise, where the first byte is known to begin what was said.
std::optional<sync_point> begin_with_packets(bytes_view bytes, side from,
                                             std::optional<protocol_version> known);

}  // namespace mqttkit::doctor
