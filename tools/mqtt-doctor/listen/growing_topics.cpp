#include "mqtt-doctor/listen/growing_topics.hpp"

namespace mqttkit::doctor {

std::optional<growing_topics::growth> growing_topics::passed(side from, const std::string& address,
                                                             const std::string& topic,
                                                             std::size_t payload) {
  constexpr std::uint64_t enough = 4;  // rounds: nobody maps a topic so often on purpose
  if (chains_.size() == most_payloads && !chains_.contains(payload)) chains_.clear();
  chain& of = chains_[payload];
  if (from == side::broker) {
    if (!of.address.empty() && of.address != address) return std::nullopt;  // another's copy
    if (of.times != 0 && topic != of.published) return std::nullopt;  // a copy of an earlier round
    of.address = address;
    if (of.times == 0) of.first = topic;
    of.given = topic;
    return std::nullopt;
  }
  if (of.address != address || of.given.empty() || topic.size() <= of.given.size()) {
    if (of.times == 0) of = {};
    return std::nullopt;
  }
  // The longer topic has not come back yet: that is a bridge with a prefix, and no round.
  if (of.times != 0 && of.given != of.published) return std::nullopt;
  const std::size_t more = topic.size() - of.given.size();
  const bool is_in_front = topic.ends_with(of.given);
  const std::string added = is_in_front ? topic.substr(0, more) : topic.substr(of.given.size());
  const bool is_longer = is_in_front || topic.starts_with(of.given);
  if (!is_longer || (of.times != 0 && added != of.added)) {
    of = {};
    return std::nullopt;
  }
  of.added = added;
  of.published = topic;
  if (++of.times < enough || of.is_told) return std::nullopt;
  of.is_told = true;
  return growth{of.first, topic, added};
}

}  // namespace mqttkit::doctor
