#include "session/topic_aliases.hpp"

namespace mqttkit::session_detail {

void outbound_aliases::reset(std::uint16_t maximum) {
  by_topic_.clear();
  by_use_.clear();
  maximum_ = maximum;
}

outbound_aliases::choice outbound_aliases::use(std::string_view topic) {
  if (maximum_ == 0 || topic.empty()) return {};
  if (const auto found = by_topic_.find(topic); found != by_topic_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return {found->second->alias, true};
  }
  if (by_use_.size() < maximum_) {
    by_use_.push_front({std::string(topic), static_cast<std::uint16_t>(by_use_.size() + 1)});
  } else {
    by_topic_.erase(by_use_.back().topic);
    by_use_.back().topic = topic;
    by_use_.splice(by_use_.begin(), by_use_, std::prev(by_use_.end()));
  }
  by_topic_.emplace(by_use_.front().topic, by_use_.begin());
  return {by_use_.front().alias, false};
}

}  // namespace mqttkit::session_detail
