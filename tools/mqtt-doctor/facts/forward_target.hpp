// Where a NAT rule of a firewall sends the connections to a port.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// The target in firewall_fact::forwarded_to: "172.17.0.2:1883", or "port 1910" for another port of
/// the same machine, "127.0.0.1:1910" where the rule names its loopback address.
struct forward_target {
  std::string address;   ///< of another machine or a container; "" for this machine
  int port = 0;          ///< 0: nothing is forwarded, or the text names no port
  std::string loopback;  ///< this machine's loopback address, where the rule names one

  bool is_own_port() const noexcept { return address.empty() && port != 0; }
  bool is_elsewhere() const noexcept { return !address.empty(); }
};

/// Reads firewall_fact::forwarded_to, which may come from a file that anybody wrote.
forward_target read_forward_target(std::string_view text);
/// The text that read_forward_target() reads.
std::string text_of(const forward_target& target);

}  // namespace mqttkit::doctor
