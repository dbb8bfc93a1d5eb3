#include "mqtt-sub/message_filter.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

// Most topics, about 50 MB. At more all are forgotten, and each may be printed once too often.
constexpr std::size_t most_topics = 1u << 20;

}  // namespace

message_filter::message_filter(const sub_settings& settings)
    : filtered_out_(settings.filtered_out),
      changed_only_(settings.changed_only),
      sample_(settings.sample) {
  if (settings.where.empty()) return;
  where_.emplace();
  where_->parse(settings.where);
}

// Only a hash of 64 bits is kept of a payload. That two payloads differ and their hashes do not is
// less likely than a broken disk.
bool message_filter::is_changed(const publish_packet& message) {
  const std::hash<std::string_view> hash;
  if (last_.size() >= most_topics) last_.clear();
  const std::uint64_t now = hash(as_text(message.payload));
  const auto [at, is_new] = last_.try_emplace(hash(message.topic), now);
  if (is_new) return true;
  if (at->second == now) return false;
  at->second = now;
  return true;
}

bool message_filter::passes(const publish_packet& message) {
  const auto matches = [&](const std::string& filter) {
    return topic_matches(filter, message.topic);
  };
  if (std::any_of(filtered_out_.begin(), filtered_out_.end(), matches)) return false;
  if (changed_only_ && !is_changed(message)) return false;
  if (where_ && !where_->holds(as_text(message.payload))) return false;
  return sample_ <= 1 || sampled_++ % sample_ == 0;
}

}  // namespace mqttkit::tools
