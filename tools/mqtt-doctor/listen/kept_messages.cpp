#include "mqtt-doctor/listen/kept_messages.hpp"

#include <algorithm>
#include <functional>

#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_topics = 200;
constexpr auto at_once = 100ms;  // between two copies of one message
constexpr std::uint64_t no_accident = 2;

/// Nothing but what a person takes for nothing: blanks, quotes, "null".
bool is_blank(std::string_view text) {
  return text == "null" || text.find_first_not_of(" \t\r\n\"'") == std::string_view::npos;
}

std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

void kept_messages::published(const sent& message) {
  using kind = attempt::kind;
  const bool is_empty = message.payload.empty();
  if (message.is_retained) {
    attempts_.erase(message.topic);
    cleared_.erase(message.topic);
    if (is_empty) {
      kept_.erase(message.topic);
      if (cleared_.size() < most_topics) cleared_[message.topic] = message.by;
    } else if (kept_.size() < most_topics) {
      kept_[message.topic] = true;
    }
    if (is_empty || !is_blank(message.payload)) return;
  }
  if (attempts_.size() == most_topics && !attempts_.contains(message.topic)) return;
  attempts_[message.topic] = {is_empty                    ? kind::empty
                              : is_blank(message.payload) ? kind::blank
                                                          : kind::newer,
                              message.by, hash_of(message.payload), message.now};
}

std::optional<kept_messages::attempt> kept_messages::came(const std::string& topic,
                                                          std::string_view payload, moment now) {
  if (kept_.size() < most_topics) kept_[topic] = true;
  const auto at = attempts_.find(topic);
  if (at == attempts_.end() || at->second.at >= now) return {};
  const bool is_same = at->second.payload == hash_of(payload);
  if (at->second.what == attempt::kind::newer && is_same) return {};
  return at->second;
}

std::optional<kept_messages::whose> kept_messages::cleared(const std::string& topic) const {
  const auto at = cleared_.find(topic);
  return at == cleared_.end() ? std::nullopt : std::optional<whose>(at->second);
}

std::string kept_messages::kept_for(std::string_view filter) const {
  const auto at = std::find_if(kept_.begin(), kept_.end(),
                               [&](const auto& each) { return topic_matches(filter, each.first); });
  return at == kept_.end() ? std::string() : at->first;
}

std::uint64_t kept_messages::sent_again(const sent& message) {
  constexpr std::uint64_t no_habit = 3;  // fewer pairs may be chance
  constexpr auto apart = 500ms;          // between two pairs
  const std::string key = message.by.key + '\0' + message.topic;
  if (repeats_.size() == most_topics && !repeats_.contains(key)) return 0;
  copies& of = repeats_[key];
  const std::size_t payload = hash_of(message.payload);
  const auto since = message.now - of.at;
  const bool is_second = of.published % 2 == 1;
  if (is_second && of.payload == payload && since < at_once) ++of.twins;
  if (!is_second && of.published != 0 && since < apart) of.is_burst = true;
  ++of.published;
  of.payload = payload;
  of.at = message.now;
  return !of.is_burst && of.twins >= no_habit && of.published == 2 * of.twins ? of.twins : 0;
}

void kept_messages::copies_due(const std::string& client, const std::string& topic,
                               std::size_t filters) {
  const std::string key = client + '\0' + topic;
  if (filters < 2) {
    copies_.erase(key);
  } else if (copies_.size() < most_topics || copies_.contains(key)) {
    ++copies_[key].published;
  }
}

std::uint64_t kept_messages::copy_came(const std::string& client, const std::string& topic,
                                       std::size_t payload, moment now) {
  const auto at = copies_.find(client + '\0' + topic);
  if (at == copies_.end()) return 0;
  copies& of = at->second;
  const bool is_twin = !of.is_twin && of.payload == payload && now - of.at < at_once;
  if (is_twin) ++of.twins;
  of.is_twin = is_twin;
  of.payload = payload;
  of.at = now;
  // More twins than messages: another publisher is not heard.
  const bool is_known = of.twins >= no_accident && of.twins <= of.published;
  return is_known && 2 * of.twins >= of.published ? of.twins : 0;
}

}  // namespace mqttkit::doctor
