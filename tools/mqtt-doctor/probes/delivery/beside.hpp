// Messages beside a filter that gets none: on topics that a person would take for the same.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"

namespace mqttkit::doctor {

/// Filters around this one. What comes by `close` is near in itself: below it, with a prefix,
/// written in another case. What comes by `wide`, with one level left open, may be a neighbour that
/// has nothing to do with it: see is_alike().
struct filters_around {
  std::vector<std::string> close;
  std::vector<std::string> wide;
};
filters_around filters_beside(const std::string& filter);

/// Whether a topic differs from the filter by no more than case, signs, empty levels or a slip of
/// the finger. Numbers tell devices apart, and must be the same.
bool is_alike(std::string_view filter, std::string_view topic);

/// Listens for messages whose topics the filter just misses, and for those that it matches.
/// @param into  gets the other topics, and how many messages came for the filter itself
void listen_beside(channel& subscriber, const std::string& filter, std::chrono::milliseconds limit,
                   exchange_fact& into);

}  // namespace mqttkit::doctor
