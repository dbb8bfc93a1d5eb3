// Which address the phone has to dial: what this machine can tell of that.
#pragma once

#include <string>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// What ssh says of the connection this program was started from: "client port server port".
struct ssh_ends {
  std::string client;
  std::string server;
};
/// Empty when `text` has not its form.
ssh_ends read_ssh_connection(const std::string& text);
/// SSH_CONNECTION of this process, or, for sudo takes it away, of one it was started by.
std::string ssh_connection();

struct address_guess {
  std::string address;  ///< the best there is; "" for none
  /// Behind a router or a cloud that translates, or nothing tells: somebody has to say it.
  bool must_ask = false;
  bool is_private = false;  ///< of a network at home, as far as can be told
};
/// @param route_address  this machine's address on its default route; may be empty
address_guess guess_address(const ssh_ends& ssh, const std::string& route_address,
                            const facts& server);

/// This machine's address on the way to the world; "" when there is no such way. Nothing is sent.
std::string default_route_address();

}  // namespace mqttkit::doctor
