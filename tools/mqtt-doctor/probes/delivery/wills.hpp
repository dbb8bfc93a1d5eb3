// Wills of the doctor's own: whether the broker publishes them when it should, and only then.
#pragma once

#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/contact.hpp"

namespace mqttkit::doctor {

struct wills_request {
  contact_request how;  ///< of the clients with a will
  std::string topic;    ///< of the doctor's own; each will has one below it
  qos_t qos = qos_t::at_least_once;
  std::chrono::milliseconds limit{2000};

  wills_request() = default;
};

struct wills_outcome {
  std::vector<will_fact> wills;
  std::vector<contact> contacts;  ///< of the clients with a will

  wills_outcome() = default;
};

/// Three clients leave a will each. One breaks its connection, one says DISCONNECT, and one keeps
/// silent for longer than its keep alive of two seconds. No will is retained.
/// @param watcher  an accepted connection, which subscribes to the wills
wills_outcome try_wills(const target& to, const wills_request& what, channel& watcher);

}  // namespace mqttkit::doctor
