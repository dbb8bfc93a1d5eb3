// Networks whose proxies carry web traffic and take raw connections as well.
#pragma once

#include <string>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

/// The network of the address, or the platform that the dialled name belongs to, which passes only
/// web traffic on: "Cloudflare", "Heroku"; "" for none.
std::string web_network_of(const view& known, const std::string& address);

/// The network whose proxy for web traffic took a raw MQTT connection, "Cloudflare"; "" for none.
std::string web_proxy_of(const view& known);

/// Adds how a broker is reached beside the proxy of that network.
void lead_around(made_finding& made, const view& known, const std::string& network);

}  // namespace mqttkit::doctor
