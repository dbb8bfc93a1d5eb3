// Services that lend a host name and port on the Internet, and hand connections down a tunnel to a
// program on the broker's machine.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

struct tunnel_service {
  std::string_view host;  ///< the whole name, or its end with a dot: ".proxy.rlwy.net"
  std::string_view part;  ///< what the name has before that end, ".tcp."; "" for anything
  const char* name;
  const char* command = nullptr;  ///< that opens one for MQTT; null where it takes more than a line
};

/// The service whose tunnels for raw TCP have such names; null for any other host.
const tunnel_service* tunnel_of(std::string_view host) noexcept;

/// What hands connections down a tunnel or another way to somebody else: "an SSH tunnel", for the
/// name of a program; null for other programs.
const char* tunnel_program(std::string_view process) noexcept;

}  // namespace mqttkit::doctor
