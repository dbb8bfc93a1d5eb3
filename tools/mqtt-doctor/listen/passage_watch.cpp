#include "mqtt-doctor/listen/passage_watch.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "mqtt-doctor/listen/connect_traits.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto on_its_way = 1s;  // what is newer may still come
constexpr const char* trait_of_empty = N_("an empty message");
constexpr const char* trait_of_slash = N_("a topic that begins with a slash");
constexpr const char* trait_of_dollar = N_("a topic that begins with $");

std::size_t hash_of(const publish_packet& packet) {
  return std::hash<std::string_view>{}(
      {reinterpret_cast<const char*>(packet.payload.data()), packet.payload.size()});
}

}  // namespace

void passage_watch::published(const std::string& by, const std::string& broker,
                              const publish_packet& packet, const std::string& topic,
                              std::size_t size, std::set<std::string> readers, moment now) {
  if (readers.empty() || readers.size() > most_readers) return;
  // Sent again: the first one stands for both.
  if (packet.dup) return;
  if (messages_.size() >= most_messages) messages_.pop_front();
  const bool is_acknowledged = packet.qos != qos_t::at_most_once;
  messages_.push_back({hash_of(packet),
                       topic,
                       by,
                       broker,
                       packet.packet_id,
                       packet.qos,
                       packet.retain,
                       packet.payload.empty(),
                       !is_acknowledged,
                       size,
                       now,
                       std::move(readers),
                       {}});
}

void passage_watch::accepted(const std::string& by, std::uint16_t packet_id, bool is_taken) {
  const auto at = std::find_if(messages_.rbegin(), messages_.rend(), [&](const message& each) {
    return each.by == by && each.id == packet_id && each.qos == qos_t::at_least_once;
  });
  if (at != messages_.rend()) at->is_taken = is_taken;
}

void passage_watch::completed(const std::string& by, std::uint16_t packet_id) {
  const auto at = std::find_if(messages_.rbegin(), messages_.rend(), [&](const message& each) {
    return each.by == by && each.id == packet_id && each.qos == qos_t::exactly_once;
  });
  if (at != messages_.rend()) at->is_taken = true;
}

void passage_watch::delivered(const std::string& to, const publish_packet& packet,
                              const std::string& topic) {
  const std::size_t hash = hash_of(packet);
  // Of equal ones the newest came: what is long overdue seldom comes at all.
  const auto at = std::find_if(messages_.rbegin(), messages_.rend(), [&](const message& each) {
    return each.hash == hash && each.topic == topic && each.waiting.contains(to);
  });
  if (at == messages_.rend()) return;
  at->waiting.erase(to);
  at->came.insert(to);
}

void passage_watch::left(const std::string& reader, moment now) {
  for (auto at = messages_.rbegin(); at != messages_.rend(); ++at) {
    if (now - at->at >= on_its_way) return;
    at->waiting.erase(reader);
  }
}

bool passage_watch::is_missing(const message& of, moment now) const {
  return of.is_taken && of.came.empty() && !of.waiting.empty() && now - of.at >= on_its_way;
}

bool passage_watch::misses(const std::string& reader, moment now) const {
  return std::any_of(messages_.begin(), messages_.end(), [&](const message& each) {
    return is_missing(each, now) && each.waiting.contains(reader);
  });
}

std::vector<std::string> passage_watch::traits_of(const message& of) const {
  std::vector<std::string> has{"QoS " + std::to_string(static_cast<int>(of.qos))};
  if (of.is_empty) has.emplace_back(trait_of_empty);
  if (of.is_retained) has.emplace_back(trait_of_retain);
  if (of.topic.starts_with('/')) has.emplace_back(trait_of_slash);
  if (of.topic.starts_with('$')) has.emplace_back(trait_of_dollar);
  return has;
}

std::optional<passage_watch::verdict> passage_watch::judge(moment now) const {
  verdict made;
  std::map<std::string, std::uint64_t> of_missing, of_came;
  std::set<std::string> missing_topics, came_topics;
  std::size_t least = 0, largest = 0, conjunctions = 0;
  bool has_both = false;  // one that came is empty and retained
  for (const message& each : messages_) {
    const bool is_conjunction = each.is_empty && each.is_retained;
    if (!each.came.empty()) {
      ++made.came;
      for (const std::string& trait : traits_of(each)) ++of_came[trait];
      came_topics.insert(each.topic);
      largest = std::max(largest, each.size);
      has_both = has_both || is_conjunction;
    } else if (is_missing(each, now)) {
      ++made.missing;
      for (const std::string& trait : traits_of(each)) ++of_missing[trait];
      missing_topics.insert(each.topic);
      least = least == 0 ? each.size : std::min(least, each.size);
      if (is_conjunction) ++conjunctions;
      made.topic = each.topic;
      made.by = each.by;
      made.reader = *each.waiting.begin();
      for (const std::string& reader : each.waiting) made.ways.emplace(reader, each.topic);
    }
  }
  constexpr std::uint64_t several = 2;
  if (made.missing < several || made.came == 0) return {};
  std::vector<std::string> differing;
  for (const auto& [trait, times] : of_missing)
    if (times == made.missing && !of_came.contains(trait)) differing.push_back(say(trait.c_str()));
  // Any two messages differ by size.
  constexpr std::size_t large = 128, far = 2;
  if (least >= large && least >= far * largest)
    differing.push_back(
        say(words(N_("{size} bytes or more (the largest that came: {limit})"),
                  {{"size", std::to_string(least)}, {"limit", std::to_string(largest)}})));
  if (differing.empty() && conjunctions == made.missing && !has_both) {
    made.is_conjunction = true;
    differing.push_back(say(N_("an empty message with the retain flag")));
  }
  if (differing.empty()) return {};
  for (const std::string& each : differing) made.what += (made.what.empty() ? "" : ", ") + each;
  // Where such ones of the same topic came, the topic and who may read it are not the reason.
  const bool is_same_topic =
      std::all_of(missing_topics.begin(), missing_topics.end(),
                  [&](const std::string& each) { return came_topics.contains(each); });
  const bool is_plain = is_same_topic && differing.size() == 1;
  made.how = is_plain                           ? strength::measured
             : missing_topics.size() >= several ? strength::seen
                                                : strength::leaning;
  return made;
}

}  // namespace mqttkit::doctor
