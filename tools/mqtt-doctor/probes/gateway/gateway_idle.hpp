// How long the way back to a silent UDP client stays open.
//
// A NAT, a stateful firewall or a mobile network keeps a client's port for some time after
// its last datagram: RFC 4787 wants at least two minutes, Linux keeps 30 s before the first
// answer and two minutes after it. Then the gateway's messages are lost, and nobody is told.
// So one client is silent, longer each time, while another speaks every second and publishes
// what both subscribe to: a message that reaches only the speaker was lost on the way to the
// other.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mqtt-doctor/probes/endpoint/endpoint.hpp"
#include "mqtt-doctor/probes/gateway/gateway_client.hpp"

namespace mqttkit::doctor {

class gateway_idle_probe {
 public:
  /// @param make   makes options for a client, with a new identifier each time
  /// @param topic  one of the doctor's own
  gateway_idle_probe(std::function<sn::client_options()> make, std::string topic);

  /// @param keep_alive  in seconds, as the user asked
  gateway_idle_fact run(const idle_request& what, int keep_alive);

 private:
  std::unique_ptr<gateway_client> client(std::chrono::seconds keep_alive);
  bool stays_silent(double seconds, const idle_request& what);
  gateway_pause_fact send_after(double seconds);
  bool is_healed();

  std::function<sn::client_options()> make_;
  std::string topic_;
  std::unique_ptr<gateway_client> speaker_;
  std::unique_ptr<gateway_client> sleeper_;
};

/// The next silence to try, in seconds; 0: nothing is left to learn.
/// @param left  seconds that are left
double next_pause(const gateway_idle_fact& known, double left);

}  // namespace mqttkit::doctor
