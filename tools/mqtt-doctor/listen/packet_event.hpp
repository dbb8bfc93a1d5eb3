// MQTT packets as events.
#pragma once

#include <optional>

#include "mqtt-doctor/listen/event.hpp"
#include "mqttkit/codec/decode.hpp"

namespace mqttkit::doctor {

struct packet_style {
  bool shows_payload = false;  ///< -v
};

/// A packet that keeps the rules, as it passes by.
struct heard_packet {
  frame what;
  std::size_t whole = 0;  ///< size on the wire; more than the frame has when it was cut
  side from = side::client;
  protocol_version version = protocol_version::v3_1_1;
};

/// A CONNECT, read also where its level has the bit by which mosquitto's bridges tell loops.
struct seen_connect {
  connect_packet packet;
  bool is_bridge = false;
  int level = 0;  ///< protocol level as it was sent
  std::error_code error;
};
/// @param room  keeps the bytes `seen_connect` points into, where they had to be changed.
seen_connect read_connect(const frame& packet, byte_buffer& room);

event connect_event(const seen_connect& connect, const packet_style& style);

/// Everything but CONNECT.
/// @param whole  size on the wire; more than the frame has when it was cut
/// @return nullopt, with `error` set, when the packet breaks the rules of MQTT
std::optional<event> packet_event(const frame& packet, std::size_t whole, protocol_version version,
                                  side from, const packet_style& style, std::error_code& error);

/// What connection codes and reason codes are called: "Bad User Name or Password"; "unknown".
const char* connack_meaning(std::uint8_t code, protocol_version version);

}  // namespace mqttkit::doctor
