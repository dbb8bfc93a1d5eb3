// MQTT-SN told in words.
#pragma once

#include <string>

#include "common/exit_code.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/net/observer.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::tools {

/// One line for a datagram: "PUBLISH (q1, r0, d0, m7, topic id 5, 3 bytes)".
std::string describe_datagram(bytes_view datagram);

/// One line for a failure of a sn::client, as describe() is for those of MQTT.
std::string describe_sn(const failure& why);

exit_code sn_exit_code(const failure& why) noexcept;

/// Why the gateway did not take something: "rejected: congestion; ...".
std::string describe_refusal(sn::return_code code);

}  // namespace mqttkit::tools
