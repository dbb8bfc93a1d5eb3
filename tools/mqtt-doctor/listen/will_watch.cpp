#include "mqtt-doctor/listen/will_watch.hpp"

#include <algorithm>
#include <iterator>

#include "mqtt-doctor/listen/inflight_tracker.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto given_within = 3s;   // a will so soon after DISCONNECT is that client's
constexpr auto farewell_time = 5s;  // a status published so shortly before DISCONNECT says goodbye

}  // namespace

void will_watch::accepted(std::uint64_t connection, const std::string& key, const std::string& who,
                          const std::string& address, const will& of, moment now) {
  if (holders_.size() >= most_holders) return;
  holder& made = holders_[connection];
  made.key = key;
  made.who = who;
  made.address = address;
  made.of = of;
  made.accepted = now;
}

void will_watch::published(std::uint64_t connection, const std::string& topic, std::size_t content,
                           bool is_retained, moment now) {
  std::erase_if(late_, [&](const late_will& each) { return each.topic == topic; });
  std::erase_if(taken_back_, [&](const taken_back& each) { return each.of.topic == topic; });
  const auto at = holders_.find(connection);
  if (at == holders_.end() || at->second.of.topic != topic) return;
  holder& by = at->second;
  by.said = content;
  by.said_at = now;
  ++by.times_said;
  if (content == by.of.content) return;
  by.has_said = true;
  by.is_status_retained = is_retained;
}

void will_watch::delivered(const std::string& topic, std::size_t content, moment now) {
  for (late_will& each : late_)
    each.is_given = each.is_given || (each.topic == topic && each.content == content);
  for (auto& [connection, each] : holders_)
    if (each.of.topic == topic && each.of.content == content) each.given = now;
  std::erase_if(taken_back_, [&](const taken_back& each) {
    const bool is_it = each.of.topic == topic && each.of.content == content;
    if (is_it && now - each.since < given_within)
      given_.push_back(
          {each.connection, each.key, each.who,
           observation{noticed::will_despite_goodbye, {{"topic", shown(topic)}}, topic + ' '}});
    return is_it || now - each.since >= given_within;
  });
}

void will_watch::said_goodbye(std::uint64_t connection, std::size_t readers, moment now,
                              found& out) {
  const auto at = holders_.find(connection);
  if (at == holders_.end()) return;
  const holder by = std::move(at->second);
  holders_.erase(at);
  const bool says_so = by.times_said != 0 && by.said == by.of.content;
  // The same may be said in other words than the will's.
  const bool may_say_so = by.times_said > 1 && now - by.said_at < farewell_time;
  if (says_so || may_say_so) return;
  const bool is_anothers = std::any_of(holders_.begin(), holders_.end(), [&](const auto& other) {
    return other.second.of.topic == by.of.topic;
  });
  std::erase_if(taken_back_,
                [&](const taken_back& each) { return now - each.since >= given_within; });
  if (!is_anothers && taken_back_.size() < most_holders)
    taken_back_.push_back({connection, by.key, by.who, by.of, now});
  remark_places with{{"topic", shown(by.of.topic)}, {"count", std::to_string(readers)}};
  if (by.has_said && by.is_status_retained) {
    out.push_back({connection, by.key, by.who,
                   observation{noticed::will_taken_back_status, std::move(with), by.of.topic}});
  } else if (readers != 0) {
    out.push_back({connection, by.key, by.who,
                   observation{noticed::will_taken_back, std::move(with), by.of.topic}});
  }
}

/// A client at the same address, or of the same name, that came later with a will for that topic.
const will_watch::holder* will_watch::successor_of(std::uint64_t connection,
                                                   std::uint64_t& number) const {
  const auto at = holders_.find(connection);
  if (at == holders_.end()) return nullptr;
  const holder& old = at->second;
  const holder* newest = nullptr;
  for (const auto& [other, each] : holders_) {
    const bool is_same = each.address == old.address || each.key == old.key;
    if (other == connection || !is_same || each.of.topic != old.of.topic) continue;
    if (each.accepted <= old.accepted) continue;
    if (newest != nullptr && newest->accepted > each.accepted) continue;
    newest = &each;
    number = other;
  }
  return newest;
}

bool will_watch::was_left_behind(std::uint64_t connection) const {
  std::uint64_t number = 0;
  return successor_of(connection, number) != nullptr;
}

void will_watch::ended(std::uint64_t connection, moment now) {
  const auto at = holders_.find(connection);
  if (at == holders_.end()) return;
  std::uint64_t number = 0;
  const holder* const successor = successor_of(connection, number);
  if (successor == nullptr || late_.size() >= most_holders) {
    holders_.erase(at);
    return;
  }
  const bool is_takeover = successor->key == at->second.key;
  const bool has_said = successor->has_said;
  const moment said_at = successor->said_at;
  const holder by = std::move(at->second);
  holders_.erase(at);
  if (by.of.is_delayed || (is_takeover && !has_said)) return;
  // The will may be heard before the end that it tells of.
  constexpr auto just_before = 1s;
  const bool is_given = has_said && by.given > said_at && now - by.given < just_before;
  late_.push_back({number, by.who, by.of.topic, by.of.content, now, is_given, is_takeover});
}

void will_watch::heard_in_part(std::uint64_t connection) {
  const auto at = holders_.find(connection);
  if (at == holders_.end()) return;
  std::erase_if(late_, [&](const late_will& each) { return each.connection == connection; });
  holders_.erase(at);
}

void will_watch::look(moment now, bool is_end, found& out) {
  std::move(given_.begin(), given_.end(), std::back_inserter(out));
  given_.clear();
  for (auto at = late_.begin(); at != late_.end();) {
    const bool is_due = now - at->since >= (is_end ? 500ms : 2000ms) || (is_end && at->is_given);
    const bool is_it = is_due && (at->is_given || !at->is_takeover);
    const auto there = holders_.find(at->connection);
    if (is_it && there != holders_.end())
      out.push_back({at->connection, there->second.key, there->second.who,
                     observation{noticed::will_of_older,
                                 {{"topic", shown(at->topic)}, {"other", at->other}},
                                 at->topic}});
    at = is_due ? late_.erase(at) : at + 1;
  }
}

}  // namespace mqttkit::doctor
