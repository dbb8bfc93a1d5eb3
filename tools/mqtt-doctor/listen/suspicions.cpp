// The part of traffic_monitor about what is told only when the broker has not just been stopped:
// what a message or a subscription had that it hung up on.
#include <algorithm>
#include <utility>

#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/listen/end_words.hpp"
#include "mqtt-doctor/listen/traffic_monitor.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {

/// Takes a cause back that was told of this client when less was known.
void traffic_monitor::take_back(noticed what, const std::string& id) {
  for (std::size_t place = causes_.size(); place-- > 0;) {
    if (causes_[place].what != what || causes_[place].client != shown(id)) continue;
    causes_.erase(causes_.begin() + static_cast<std::ptrdiff_t>(place));
    std::erase_if(told_, [&](const auto& each) { return each.second.place == place; });
    for (auto& [mark, told] : told_)
      if (told.place != no_cause && told.place > place) --told.place;
  }
}

/// Where the broker hung up on the same client at the same topic without a trait as well, that
/// trait is not why.
void traffic_monitor::doubt_traits(const suspicion& suspected, std::vector<std::string>& unlike) {
  constexpr std::size_t most_ends = 8;
  const auto topic = suspected.finding.with.find("topic");
  if (suspected.sent.empty() || topic == suspected.finding.with.end()) return;
  const std::string whose = suspected.key + '\n' + topic->second;
  if (ended_at_.size() >= most_clients && !ended_at_.contains(whose)) return;
  auto& before = ended_at_[whose];
  const auto lacks = [](const std::vector<std::string>& has, const std::string& trait) {
    return std::find(has.begin(), has.end(), trait) == has.end();
  };
  std::erase_if(unlike, [&](const std::string& trait) {
    return std::any_of(before.begin(), before.end(),
                       [&](const auto& has) { return lacks(has, trait); });
  });
  const bool had_more = std::any_of(before.begin(), before.end(), [&](const auto& has) {
    return std::any_of(has.begin(), has.end(),
                       [&](const std::string& each) { return lacks(suspected.sent, each); });
  });
  // What was told of the earlier ones is contradicted by this one.
  if (unlike.empty() && had_more)
    for (const noticed each :
         {noticed::retain_closes, noticed::qos_closes, noticed::odd_message_closes})
      take_back(each, suspected.id);
  if (before.size() < most_ends) before.push_back(suspected.sent);
}

/// What the filter has that none had which was taken: the levels, a wildcard, its length.
void traffic_monitor::compare_filters(suspicion& suspected) {
  if (suspected.finding.what != noticed::subscribe_closes) return;
  std::string lacked = place_of(suspected.place).filters.lacked_by_all(suspected.asked);
  if (lacked.empty()) return;
  suspected.finding.what = noticed::odd_filter_closes;
  suspected.finding.with["what"] = std::move(lacked);
}

/// Reports suspicions older than that moment.
void traffic_monitor::tell_suspicions(moment until) {
  while (!suspected_.empty() && suspected_.front().since <= until) {
    suspicion suspected = std::move(suspected_.front());
    suspected_.erase(suspected_.begin());
    const std::set<std::string>& taken = place_of(suspected.place).taken;
    std::set<std::string> named;
    const auto unlike_of = [&](const std::vector<std::string>& has) {
      std::vector<std::string> out;
      for (const std::string& each : has)
        if (!taken.empty() && !taken.contains(each) && named.insert(each).second)
          out.push_back(each);
      return out;
    };
    std::vector<std::string> unlike = unlike_of(suspected.sent);
    const std::vector<std::string> before = unlike_of(suspected.before);
    const bool is_known_topic = suspected.finding.what == noticed::taken_topic_closes;
    if (unlike.empty() && is_known_topic) continue;
    doubt_traits(suspected, unlike);
    compare_filters(suspected);
    if (unlike.empty() && is_known_topic) suspected.finding.what = noticed::publish_closes;
    if (!unlike.empty()) {
      const bool has_room =
          hung_up_unlike_.size() < most_clients || hung_up_unlike_.contains(suspected.key);
      const std::uint64_t times = has_room ? ++hung_up_unlike_[suspected.key] : 1;
      tell_what_is_unlike(suspected.finding, unlike, times);
      if (!place_of(suspected.place).taken_from.contains(suspected.key)) {
        suspected.finding.how = strength::leaning;
        suspected.finding.more.push_back(
            words(N_("None of its own messages was taken here before: it may be that it may not "
                     "publish to that topic at all.")));
      }
      take_back(noticed::publish_closes, suspected.id);
    }
    if (!before.empty()) {
      std::string list;
      for (const std::string& each : before) list += (list.empty() ? "" : ", ") + say(each.c_str());
      suspected.finding.more.push_back(words(
          N_("Messages just before it were not answered either, and may be why. What they had "
             "and none that was taken: {what}."),
          {{"what", list}}));
    }
    tell(suspected.connection, suspected.key, "", suspected.id, std::move(suspected.finding));
  }
}

}  // namespace mqttkit::doctor
