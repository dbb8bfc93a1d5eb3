#include "mqtt-doctor/causes/meant_rule.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether a filter with this slip can be meant as it is written; a name in other letters can.
bool means_nothing_else(topic_slip slip) {
  constexpr std::array slips{
      topic_slip::misplaced_hash, topic_slip::misplaced_plus, topic_slip::control_characters,
      topic_slip::quotes,         topic_slip::percent,        topic_slip::asterisk,
      topic_slip::foreign_pattern};
  return std::find(slips.begin(), slips.end(), slip) != slips.end();
}

}  // namespace

bool gives(const acl_rule_fact& rule, topic_right what) {
  return rule.access == acl_access::readwrite ||
         (what == topic_right::read && rule.access == acl_access::read) ||
         (what == topic_right::write && rule.access == acl_access::write);
}

std::optional<meant_rule> find_meant_rule(const configuration_fact& from, const std::string& user,
                                          topic_right what, const std::string& topic) {
  for (const acl_rule_fact& rule : from.acl) {
    if (rule.is_pattern || rule.is_newer || rule.user != user || !gives(rule, what)) continue;
    const topic_mismatch slip = find_topic_mismatch(rule.topic, topic);
    if (!means_nothing_else(slip.slip) || !is_topic_filter(slip.filter) ||
        !topic_matches(slip.filter, topic))
      continue;
    std::string filter = slip.filter;
    // At the end a star is for all that follows, as in file names and in the policies of clouds.
    if (rule.topic.ends_with("/*") && filter.ends_with("/+")) filter.back() = '#';
    return meant_rule{&rule, "topic " + rule.access.word() + " " + filter, mended_by::correction};
  }
  // What the broker tells of itself is another matter, and nobody may write it.
  const bool is_of_system =
      topic.starts_with('$') && !topic.starts_with("$SYS") && !topic.starts_with("$CONTROL");
  for (const acl_rule_fact& rule : from.acl) {
    const bool is_broad = rule.topic == "#" || rule.topic.starts_with("+/");
    if (!is_of_system || !is_broad || rule.is_newer || !gives(rule, what)) continue;
    if (!rule.is_pattern && rule.user != user) continue;
    const std::string branch = topic.substr(0, topic.find('/')) + "/#";
    return meant_rule{&rule, "topic " + rule.access.word() + " " + branch, mended_by::addition};
  }
  if (user.empty()) return std::nullopt;
  for (const acl_rule_fact& rule : from.acl) {
    if (rule.is_pattern || rule.is_newer || !rule.user.empty() || !gives(rule, what)) continue;
    if (!is_topic_filter(rule.topic) || !topic_matches(rule.topic, topic)) continue;
    return meant_rule{&rule, "topic " + rule.access.word() + " " + rule.topic, mended_by::copy};
  }
  return std::nullopt;
}

}  // namespace mqttkit::doctor
