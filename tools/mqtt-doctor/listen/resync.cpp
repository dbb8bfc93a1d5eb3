#include "mqtt-doctor/listen/resync.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_topic = 1024;  // bytes; longer ones cost time at every offset
constexpr int enough_packets = 3;         // packets in a row that suffice anywhere
constexpr int enough_at_end = 2;          // packets that suffice if the last ends with the segment

bool is_sent_by(packet_type type, side from) {
  switch (type) {
    case packet_type::connect:
    case packet_type::subscribe:
    case packet_type::unsubscribe:
    case packet_type::pingreq:
      return from == side::client;
    case packet_type::connack:
    case packet_type::suback:
    case packet_type::unsuback:
    case packet_type::pingresp:
      return from == side::broker;
    default:
      return true;
  }
}

struct chain {
  int packets = 0;
  bool is_to_the_end = false;  // the last one ends with the bytes
  bool has_publish = false;
};

chain follow(bytes_view bytes, protocol_version version, side from) {
  chain frames;
  while (!bytes.empty() && frames.packets < 8) {
    frame packet;
    if (next_frame(bytes, 0, packet) != framing::complete) return frames;
    if (!is_plausible(packet, version, from)) return chain();
    frames.has_publish = frames.has_publish || packet.type == packet_type::publish;
    ++frames.packets;
    bytes = bytes.subspan(packet.size);
  }
  frames.is_to_the_end = bytes.empty();
  return frames;
}

/// Packets at the first byte; `is_likely`: packets mostly begin at such a place.
std::optional<sync_point> packets_at(bytes_view bytes, bool is_likely, side from,
                                     std::optional<protocol_version> known) {
  const auto is_enough = [&](const chain& frames) {
    if (frames.packets >= enough_packets) return true;
    if (!frames.is_to_the_end) return false;
    return frames.packets >= (is_likely ? 1 : enough_at_end);
  };
  if (known) {
    if (!is_enough(follow(bytes, *known, from))) return std::nullopt;
    return sync_point{0, *known, true};
  }
  const chain older = follow(bytes, protocol_version::v3_1_1, from);
  const chain newer = follow(bytes, protocol_version::v5, from);
  const bool is_older = is_enough(older), is_newer = is_enough(newer);
  if (!is_older && !is_newer) return std::nullopt;
  // A payload of 3.1.1 seldom begins like properties of MQTT 5, so a PUBLISH decides for MQTT 5.
  if (is_older && is_newer && !newer.has_publish)
    return sync_point{0, protocol_version::v3_1_1, false};
  return sync_point{0, is_newer ? protocol_version::v5 : protocol_version::v3_1_1, true};
}

}  // namespace

bool is_plausible(const frame& packet, protocol_version version, side from) {
  if (!is_sent_by(packet.type, from)) return false;
  switch (packet.type) {
    case packet_type::connect: {
      connect_packet read;
      return !decode(packet, read);
    }
    case packet_type::connack: {
      connack_packet read;
      return !decode(packet, version, read);
    }
    case packet_type::publish: {
      if (packet.body.size() < 2) return false;
      const std::size_t topic = std::to_integer<std::size_t>(packet.body[0]) << 8 |
                                std::to_integer<std::size_t>(packet.body[1]);
      if (topic > most_topic) return false;
      publish_packet read;
      return !decode(packet, version, read);
    }
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp: {
      ack_packet read;
      return !decode(packet, version, read);
    }
    case packet_type::subscribe:
    case packet_type::unsubscribe: {
      subscribe_packet read;
      return !decode(packet, version, read);
    }
    case packet_type::suback:
    case packet_type::unsuback: {
      suback_packet read;
      return !decode(packet, version, read);
    }
    case packet_type::disconnect:
    case packet_type::auth: {
      // Before MQTT 5 a broker sends no DISCONNECT.
      if (from == side::broker && version != protocol_version::v5) return false;
      reason_packet read;
      return !decode(packet, version, read);
    }
    case packet_type::pingreq:
    case packet_type::pingresp:
      return true;
  }
  return false;
}

std::optional<sync_point> find_packets(bytes_view bytes, std::size_t last, side from,
                                       std::optional<protocol_version> known) {
  const auto weigh = [&](std::size_t offset) {
    // Packets mostly begin with a segment.
    auto found = packets_at(bytes.subspan(offset), offset == last || offset == 0, from, known);
    if (found) found->offset = offset;
    return found;
  };
  if (auto found = weigh(last)) return found;
  for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
    if (offset == last) continue;
    if (auto found = weigh(offset)) return found;
  }
  return std::nullopt;
}

std::optional<sync_point> begin_with_packets(bytes_view bytes, side from,
                                             std::optional<protocol_version> known) {
  return packets_at(bytes, true, from, known);
}

}  // namespace mqttkit::doctor
