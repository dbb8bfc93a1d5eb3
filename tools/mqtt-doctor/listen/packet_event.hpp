// Packets of MQTT as events.
#pragma once

#include <optional>

#include "mqtt-doctor/facts/symptom.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqttkit/codec/decode.hpp"

namespace mqttkit::doctor {

struct packet_style {
  bool shows_payload = false;    ///< -v
  symptom seen = symptom::none;  ///< --symptom: what explains it is no note but a cause
};

/// A valid packet, as it passed.
struct heard_packet {
  frame what;
  std::size_t whole = 0;  ///< bytes on the wire; more than in the frame when it was cut
  side from = side::client;
  protocol_version version = protocol_version::v3_1_1;
};

/// A CONNECT, read even when its level has the bit that marks a mosquitto bridge.
struct heard_connect {
  connect_packet packet;
  bool is_bridge = false;
  int level = -1;  ///< the protocol level that was sent; -1: none behind a name of MQTT
  std::error_code error;
};
/// @param room  holds the bytes of `heard_connect` when they had to be changed
heard_connect read_connect(const frame& packet, byte_buffer& room);

event connect_event(const heard_connect& connect, const packet_style& style);

/// The event for any packet but CONNECT.
/// @param whole  bytes on the wire; more than in the frame when it was cut
/// @return nullopt, with `error` set, when the packet breaks a rule of MQTT
std::optional<event> packet_event(const frame& packet, std::size_t whole, protocol_version version,
                                  side from, const packet_style& style, std::error_code& error);

/// The name of a return or reason code, "Bad User Name or Password"; "unknown" for others.
const char* connack_meaning(std::uint8_t code, protocol_version version);

}  // namespace mqttkit::doctor
