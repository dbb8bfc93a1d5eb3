// The address that the phone has to dial, as far as this machine can tell.
#pragma once

#include <string>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// SSH_CONNECTION, "client port server port", of the session that this program runs in.
struct ssh_ends {
  std::string client;
  std::string server;
};
/// Empty when the text has another form.
ssh_ends read_ssh_connection(const std::string& text);
/// SSH_CONNECTION of this process or, since sudo removes it, of one of its parents.
std::string ssh_connection();

struct address_guess {
  std::string address;  ///< the best guess; "" for none
  /// A router or cloud may translate the address, so a person has to say it.
  bool must_ask = false;
  bool is_private = false;  ///< of a private network, as far as known
};
/// @param route_address  this machine's address on its default route; may be empty
address_guess guess_address(const ssh_ends& ssh, const std::string& route_address,
                            const facts& server);

/// The address packets of this machine to the Internet have; "" without a route. Sends nothing.
std::string default_route_address();

}  // namespace mqttkit::doctor
