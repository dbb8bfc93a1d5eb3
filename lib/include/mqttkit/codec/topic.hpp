// Topic names and topic filters (MQTT 5.0 §4.7, §4.8).
#pragma once

#include <optional>
#include <string_view>

namespace mqttkit {

/// Whether `name` may be published to: 1 to 65,535 bytes of MQTT string without + and #.
bool is_topic_name(std::string_view name) noexcept;

/// Whether `filter` may be subscribed to: as above, with + alone in its level and # alone in the
/// last one [MQTT-4.7.1-1, -2]. A filter that starts with "$share/" must be a well-formed shared
/// subscription: a ShareName without / + #, then a topic filter [MQTT-4.8.2-1, -2].
bool is_topic_filter(std::string_view filter) noexcept;

bool has_wildcard(std::string_view filter) noexcept;

/// "$share/{share_name}/{filter}" taken apart.
struct shared_subscription {
  std::string_view share_name;
  std::string_view filter;
};
/// nullopt when `filter` is not a well-formed shared subscription.
std::optional<shared_subscription> parse_shared(std::string_view filter) noexcept;

/// Whether a valid `filter` matches a valid `name`. Topics that begin with $ are not matched by a
/// wildcard in the first level [MQTT-4.7.2-1]; "a/#" matches "a" (§4.7.1.2). A shared subscription
/// matches what the filter in it matches.
bool topic_matches(std::string_view filter, std::string_view name) noexcept;

}  // namespace mqttkit
