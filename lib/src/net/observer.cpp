#include "mqttkit/net/observer.hpp"

namespace mqttkit {

std::string_view to_string(stage at) noexcept {
  switch (at) {
    case stage::set_up:
      return "set-up";
    case stage::resolve:
      return "resolve";
    case stage::connect:
      return "connect";
    case stage::proxy:
      return "proxy";
    case stage::tls:
      return "tls";
    case stage::websocket:
      return "websocket";
    case stage::connack:
      return "connack";
    case stage::session:
      return "session";
  }
  return "unknown";
}

}  // namespace mqttkit
