// How long the way back to a client of UDP stays open when nothing passes.
//
// An address translation, a firewall with a memory, or a mobile network keeps a client's port for
// some time after its last datagram: RFC 4787 wants two minutes at least, Linux keeps half a minute
// before the first answer and two minutes after it. Later what the gateway sends is lost, and
// nobody is told. So one client is silent, longer each time, and another one that speaks every
// second publishes what both subscribe to: what comes to the one alone was lost on the way to the
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
  /// @param make   options of a client with an identifier of its own, each time
  /// @param topic  of the doctor's own
  gateway_idle_probe(std::function<sn::client_options()> make, std::string topic);

  /// @param keep_alive  seconds, of a client as the user asked
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

/// The silence to try next, seconds; 0: nothing more is to be learnt.
/// @param left  seconds there are
double next_pause(const gateway_idle_fact& known, double left);

}  // namespace mqttkit::doctor
