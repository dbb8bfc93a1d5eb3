// The part of arrival_watch about how far messages came: to their reader, or to nobody, by what
// they have.
#include <algorithm>
#include <numeric>
#include <sstream>
#include <string>

#include "mqtt-doctor/listen/arrival_watch.hpp"
#include "mqtt-doctor/listen/first_of.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

std::string text(std::uint64_t number) { return std::to_string(number); }

}  // namespace

/// Whether this reader, and no other, is the one whose messages are looked for.
bool arrival_watch::is_meant(const client& of) const {
  return std::none_of(ways_.begin(), ways_.end(), [&](const auto& each) {
    return each.first != of.end.key && !each.second.empty();
  });
}

/// Says of a reader that was sent all, and of no other, that it is past the broker.
bool arrival_watch::has_reached(const client& of, const remark_places& with) {
  const auto& its = ways_.at(of.end.key);
  const std::uint64_t came =
      std::accumulate(its.begin(), its.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& each) { return sum + each.second.came; });
  remark_places more = with;
  std::vector<std::string> topics;
  for (const auto& [topic, each] : its)
    if (each.came != 0) topics.push_back(topic);
  more["topics"] = first_of(topics);
  const bool is_acknowledged = of.acknowledged >= came && of.open.empty() && !of.is_open_partial;
  const char* const id = seen_ == symptom::nothing_arrives ? "auth-acl-read-denied-silently"
                                                           : "delivery-queue-overflow";
  if (is_acknowledged) {
    exclude(of, id,
            N_("{who} was sent each of the {count} messages that were published for it while it "
               "was connected (topics: {topics}), and acknowledged them all: they have reached "
               "that app, and what it makes of them is its own matter."),
            std::move(more), is_meant(of));
    return true;
  }
  // Who takes in all below a level may look on only; who names the topic wants its messages.
  const bool is_named = std::all_of(topics.begin(), topics.end(), [&](const std::string& topic) {
    std::istringstream filters(of.filters);
    for (std::string filter; std::getline(filters, filter);)
      if (filter.find('#') == filter.npos && topic_matches(filter, topic)) return true;
    return false;
  });
  if (seen_ != symptom::nothing_arrives || of.to_acknowledge != 0 || !is_named || !is_meant(of))
    return false;
  exclude(of, id,
          N_("{who} was sent each of the {count} messages that were published for it while it was "
             "connected (topics: {topics}), at QoS 0, at which nobody acknowledges them: the "
             "broker has delivered them, and what becomes of them in that app is its own matter."),
          std::move(more));
  excluded_.back().is_sent = true;
  return true;
}

/// What the broker passes on to nobody, and by what that differs from what it passes on.
void arrival_watch::finish_passage(moment now) {
  ended_ = now;
  if (misses_some_) return;
  passage_verdict_ = passage_.judge(now);
  if (!passage_verdict_) return;
  const passage_watch::verdict& is = *passage_verdict_;
  const client* const reader = find(is.reader);
  if (reader == nullptr) return;
  tell(reader->end, noticed::not_passed_on, is.how,
       {{"count", text(is.missing)},
        {"came", text(is.came)},
        {"topic", shown(is.topic)},
        {"other", name_of(is.by)},
        {"what", is.what}},
       "");
  if (!is.is_conjunction || out_.empty() || out_.back().found.what != noticed::not_passed_on)
    return;
  out_.back().found.more.push_back(
      words(N_("Empty ones without the flag come, and so do those with it that are not empty: the "
               "broker takes an empty retained message for the order to delete and keeps it to "
               "itself, where MQTT wants it sent on as well (3.1.1 §3.3.1.3).")));
  out_.back().found.cure =
      N_("Tell the readers by a message that is not empty, or by an empty one without retain "
         "beside; or update the broker, or take another one.");
}

}  // namespace mqttkit::doctor
