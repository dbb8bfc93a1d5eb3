// Messages of MQTT-SN as events; fields shared with MQTT have the same names.
#pragma once

#include <functional>
#include <string>

#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {

/// The topic of an id; "" when it is not known.
using topic_lookup = std::function<std::string(sn::topic_id_type type, std::uint16_t id)>;

/// Reads a message, also one wrapped by a forwarder (MQTT-SN 1.2 §5.5): then `node` is the address
/// of the client behind the forwarder, in hex. False when the datagram is no message of MQTT-SN.
bool read_datagram(bytes_view datagram, sn::message& out, std::string& node);

event datagram_event(const sn::message& from_network, side from, const packet_style& style,
                     const topic_lookup& topic_of);

}  // namespace mqttkit::doctor
