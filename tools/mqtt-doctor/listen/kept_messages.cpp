#include "mqtt-doctor/listen/kept_messages.hpp"

#include <algorithm>

#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_topics = 200;

/// Nothing but what a person takes for nothing: blanks, quotes, "null".
bool is_blank(std::string_view text) {
  return text == "null" || text.find_first_not_of(" \t\r\n\"'") == std::string_view::npos;
}

}  // namespace

void kept_messages::published(const sent& message) {
  const bool is_empty = message.payload.empty();
  blanks_.erase(message.topic);
  if (message.is_retained) {
    cleared_.erase(message.topic);
    if (is_empty) {
      kept_.erase(message.topic);
      if (cleared_.size() < most_topics) cleared_[message.topic] = message.by;
    } else if (kept_.size() < most_topics || kept_.contains(message.topic)) {
      kept_[message.topic] = message.payload.size();
    }
  }
  if (!is_empty && is_blank(message.payload) && blanks_.size() < most_topics)
    blanks_[message.topic] = {message.by, message.now};
}

std::optional<kept_messages::whose> kept_messages::came(const std::string& topic, std::size_t size,
                                                        moment now) {
  if (kept_.size() < most_topics || kept_.contains(topic)) kept_[topic] = size;
  const auto at = blanks_.find(topic);
  if (at == blanks_.end() || at->second.at >= now) return {};
  return at->second.by;
}

std::optional<kept_messages::whose> kept_messages::cleared(const std::string& topic) const {
  const auto at = cleared_.find(topic);
  return at == cleared_.end() ? std::nullopt : std::optional<whose>(at->second);
}

std::optional<std::pair<std::string, std::size_t>> kept_messages::larger_for(
    std::string_view filter, std::size_t limit) const {
  const auto at = std::find_if(kept_.begin(), kept_.end(), [&](const auto& each) {
    return each.first.size() + each.second > limit && topic_matches(filter, each.first);
  });
  if (at == kept_.end()) return {};
  return std::pair(at->first, at->second);
}

std::string kept_messages::kept_for(std::string_view filter) const {
  const auto at = std::find_if(kept_.begin(), kept_.end(),
                               [&](const auto& each) { return topic_matches(filter, each.first); });
  return at == kept_.end() ? std::string() : at->first;
}

}  // namespace mqttkit::doctor
