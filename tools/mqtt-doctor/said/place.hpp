// The broker that a pasted text names.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

struct named_broker {
  std::string scheme;  ///< mqtt, mqtts, ws or wss; "" when the text has none
  std::string host;    ///< "" when the text names no broker
  std::string port;    ///< "" when the text has none
  std::string path;    ///< of a WebSocket, "/mqtt"

  named_broker() = default;
};

/// The first URL, or address and port, of a plain text; places in source files (net.js:1144:16),
/// times and names of classes are none.
named_broker broker_in(std::string_view text);

}  // namespace mqttkit::doctor
