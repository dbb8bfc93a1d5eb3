// How the programs leave a broker that is to publish the will.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>

#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Ends the connection so that the broker publishes the will, if there is one: in MQTT 5 with
/// DISCONNECT 0x04, before it by hanging up, for there a DISCONNECT always discards the will. What
/// is in flight is waited for as in client::disconnect(), with the same outcomes.
asio::awaitable<failure> leave_with_will(client& from, std::chrono::milliseconds limit,
                                         properties_view with);

}  // namespace mqttkit::tools
