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

/// Ends the connection of a publisher whose input has ended: at a signal so that the will is
/// published (mosquitto_pub dies of it, and whoever set a will waits for it). What is in flight is
/// waited for then; when not all was `drained`, it has been waited for already.
asio::awaitable<failure> leave_broker(client& from, bool is_signalled, bool is_drained,
                                      properties_view with);

}  // namespace mqttkit::tools
