#include "mqtt-doctor/listen/will_watch.hpp"

#include <algorithm>

#include "mqtt-doctor/listen/inflight_tracker.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

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
  remark_places with{{"topic", shown(by.of.topic)}, {"count", std::to_string(readers)}};
  if (by.has_said && by.is_status_retained) {
    out.emplace_back(connection,
                     observation{noticed::will_taken_back_status, std::move(with), by.of.topic});
  } else if (readers != 0) {
    out.emplace_back(connection,
                     observation{noticed::will_taken_back, std::move(with), by.of.topic});
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
  const bool has_successor = successor != nullptr;
  // Of one identifier the broker ends the older connection before it answers the newer one.
  const bool is_takeover = has_successor && successor->key == at->second.key;
  const holder by = std::move(at->second);
  holders_.erase(at);
  if (has_successor && !is_takeover && late_.size() < most_holders && !by.of.is_delayed)
    late_.push_back({number, by.who, by.of.topic, now});
}

void will_watch::heard_in_part(std::uint64_t connection) {
  const auto at = holders_.find(connection);
  if (at == holders_.end()) return;
  std::erase_if(late_, [&](const late_will& each) { return each.connection == connection; });
  holders_.erase(at);
}

void will_watch::look(moment now, bool is_end, found& out) {
  for (auto at = late_.begin(); at != late_.end();) {
    const bool is_due = now - at->since >= (is_end ? 500ms : 2000ms);
    if (is_due && holders_.contains(at->connection))
      out.emplace_back(at->connection,
                       observation{noticed::will_of_older,
                                   {{"topic", shown(at->topic)}, {"other", at->other}},
                                   at->topic});
    at = is_due ? late_.erase(at) : at + 1;
  }
}

}  // namespace mqttkit::doctor
