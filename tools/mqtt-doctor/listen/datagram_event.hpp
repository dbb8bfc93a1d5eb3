// Messages of MQTT-SN as events: what is of MQTT as well has the names it has there.
#pragma once

#include <functional>
#include <string>

#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {

/// The topic behind an id; "" where it is not known.
using topic_lookup = std::function<std::string(sn::topic_id_type type, std::uint16_t id)>;

/// Reads a message, also one that a forwarder wrapped (MQTT-SN 1.2 §5.5): then `node` is the
/// address of the client behind it, in hex. False for what is no message of MQTT-SN.
bool read_datagram(bytes_view datagram, sn::message& out, std::string& node);

event datagram_event(const sn::message& from_network, side from, const packet_style& style,
                     const topic_lookup& topic_of);

}  // namespace mqttkit::doctor
