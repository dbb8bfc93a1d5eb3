// Messages of each kind and of growing size, to see which the broker does not take.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"

namespace mqttkit::doctor {

struct sendings_request {
  /// Makes a connection; null when it may not, or was not let in.
  std::function<std::unique_ptr<channel>()> connect;
  std::string own_topic;
  std::string users_topic;      ///< gets small messages that are not retained; empty: none
  int highest_qos = 2;          ///< that the broker announced
  bool takes_retained = true;   ///< as it announced
  std::int64_t most_bytes = 0;  ///< its Maximum Packet Size; 0: none announced
  std::chrono::milliseconds limit{2000};
  probe::deadline until = probe::deadline::max();

  sendings_request() = default;
};

/// Tries them one after the other. What it retains on its own topic is cleared.
std::vector<sending_fact> try_sendings(const sendings_request& what);

}  // namespace mqttkit::doctor
