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
  const kept_at at{message.place, message.topic};
  blanks_.erase(at);
  if (message.is_retained) {
    cleared_.erase(at);
    // Another one is kept only if the broker takes it.
    kept_.erase(at);
    if (is_empty && cleared_.size() < most_topics) cleared_[at] = message.by;
  }
  if (!is_empty && is_blank(message.payload) && blanks_.size() < most_topics)
    blanks_[at] = {message.by, message.now};
}

void kept_messages::keep(const kept_at& at, std::size_t size) {
  if (kept_.size() < most_topics || kept_.contains(at)) kept_[at] = size;
}

void kept_messages::taken(const std::string& place, const std::string& topic, std::size_t size) {
  if (!cleared_.contains({place, topic})) keep({place, topic}, size);
}

std::optional<kept_messages::whose> kept_messages::came(const std::string& place,
                                                        const std::string& topic, std::size_t size,
                                                        moment now) {
  keep({place, topic}, size);
  const auto at = blanks_.find({place, topic});
  if (at == blanks_.end() || at->second.at >= now) return {};
  return at->second.by;
}

std::optional<kept_messages::whose> kept_messages::cleared(const std::string& place,
                                                           const std::string& topic) const {
  const auto at = cleared_.find({place, topic});
  return at == cleared_.end() ? std::nullopt : std::optional<whose>(at->second);
}

std::optional<std::pair<std::string, std::size_t>> kept_messages::larger_for(
    const std::string& place, std::string_view filter, std::size_t limit) const {
  for (const auto& [at, payload] : kept_) {
    const std::size_t size = at.second.size() + payload;
    if (at.first == place && size > limit && topic_matches(filter, at.second))
      return std::pair(at.second, size);
  }
  return {};
}

std::string kept_messages::kept_for(const std::string& place, std::string_view filter) const {
  const auto at = std::find_if(kept_.begin(), kept_.end(), [&](const auto& each) {
    return each.first.first == place && topic_matches(filter, each.first.second);
  });
  return at == kept_.end() ? std::string() : at->first.second;
}

}  // namespace mqttkit::doctor
