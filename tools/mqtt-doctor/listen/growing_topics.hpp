// Finds an address that publishes what it is sent under a longer topic, again and again: each round
// adds a prefix or a suffix. Pure, and bounded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {

class growing_topics {
 public:
  static constexpr std::size_t most_payloads = 64;
  struct growth {
    std::string first;
    std::string last;
    std::string added;  ///< by each round
  };

  /// A message passed between an address and the broker.
  std::optional<growth> passed(side from, const std::string& address, const std::string& topic,
                               std::size_t payload);

 private:
  struct chain {
    std::string address;
    std::string first;
    std::string given;      // the topic that the broker sent last
    std::string published;  // the longer one that the address made of the one before
    std::string added;
    std::uint64_t times = 0;
    bool is_told = false;
  };

  std::map<std::size_t, chain> chains_;  // by payload
};

}  // namespace mqttkit::doctor
