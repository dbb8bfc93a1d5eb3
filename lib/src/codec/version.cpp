#include "mqttkit/codec/version.hpp"

namespace mqttkit {

std::string_view protocol_name(protocol_version version) noexcept {
  return version == protocol_version::v3_1 ? "MQIsdp" : "MQTT";
}

std::string_view to_string(protocol_version version) noexcept {
  switch (version) {
    case protocol_version::v3_1:
      return "3.1";
    case protocol_version::v3_1_1:
      return "3.1.1";
    case protocol_version::v5:
      return "5";
  }
  return {};
}

std::string_view websocket_subprotocols(protocol_version version) noexcept {
  return version == protocol_version::v3_1 ? "mqttv3.1, mqtt" : "mqtt";
}

std::optional<protocol_version> parse_protocol_version(std::string_view text) noexcept {
  if (text == "5" || text == "5.0" || text == "mqttv5") return protocol_version::v5;
  if (text == "3.1.1" || text == "311" || text == "mqttv311") return protocol_version::v3_1_1;
  if (text == "3.1" || text == "31" || text == "mqttv31") return protocol_version::v3_1;
  return std::nullopt;
}

}  // namespace mqttkit
