// Finds the beginning of a WebSocket frame, when earlier frames or the start of the connection were
// not captured.
//
// Two bytes that look like a frame's head may be chance. Only a row of frames counts, each valid
// for its side (RFC 6455 §5.2, §5.4), with packets of MQTT from the first byte of its payload, and
// which is long or ends with a segment. Before that nothing is told.
#pragma once

#include <cstddef>
#include <optional>

#include "mqtt-doctor/listen/resync.hpp"

namespace mqttkit::doctor {

/// The first frame sent by `from` that begins a message and a packet of MQTT; nothing until that is
/// certain.
/// @param bytes  begin with a segment
/// @param last   offset of the last segment in `bytes`
/// @param known  the version of MQTT, when CONNECT was captured
std::optional<sync_point> find_frames(bytes_view bytes, std::size_t last, side from,
                                      std::optional<protocol_version> known);

}  // namespace mqttkit::doctor
