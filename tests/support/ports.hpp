#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mqttkit::testing {

/// A TCP port that nobody listened on a moment ago, on 127.0.0.1 and on every other address.
///
/// It lies below the ports the kernel gives to outgoing connections, so that only another
/// free_port() can take it before it is used; whoever listens on it must cope with that.
std::uint16_t free_port();

/// Whether something accepts connections on 127.0.0.1.
bool port_answers(std::uint16_t port);

/// Whether something accepts connections on the Unix socket.
bool socket_answers(const std::string& path);

/// Whether an MQTT 3.1.1 CONNECT is answered with a CONNACK, whatever it says.
bool speaks_mqtt(std::uint16_t port, std::chrono::milliseconds patience);

}  // namespace mqttkit::testing
