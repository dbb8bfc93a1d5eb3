// Networks whose proxies carry web traffic and take raw connections as well.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {

/// The network whose proxy for web traffic took a raw MQTT connection, "Cloudflare"; "" for none.
inline std::string web_proxy_of(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || client->websocket ||
      has_websocket(known.at.scheme.value()))
    return {};
  return proxy_network_of(client->address);
}

}  // namespace mqttkit::doctor
