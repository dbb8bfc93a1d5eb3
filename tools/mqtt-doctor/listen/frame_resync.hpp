// Finds where frames of WebSocket begin when some of them, or the start of the connection, were not
// seen.
//
// Two bytes that look like a frame's head are chance. What counts is a row of frames, each by the
// rules for its side (RFC 6455 §5.2, §5.4), that carries packets of MQTT from its first byte on,
// and that ends where a segment ends or is long. Until that is met nothing is told.
#pragma once

#include <cstddef>
#include <optional>

#include "mqtt-doctor/listen/resync.hpp"

namespace mqttkit::doctor {

/// The first frame of a message in what `from` sent at which a packet of MQTT begins; nothing when
/// that is not sure yet.
/// @param bytes  begin with a segment
/// @param last   where the last segment begins in `bytes`
/// @param known  the version, when a CONNECT was seen
std::optional<sync_point> find_frames(bytes_view bytes, std::size_t last, side from,
                                      std::optional<protocol_version> known);

}  // namespace mqttkit::doctor
