#include "mqtt-doctor/listen/never_answered.hpp"

#include <algorithm>
#include <optional>

#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto overdue = 500ms;  // brokers answer these at once
constexpr std::size_t longest_name = 256;

constexpr std::array remarks{noticed::never_puback, noticed::never_pubrec, noticed::never_pubcomp,
                             noticed::never_suback};

}  // namespace

void never_answered::asked(const end& by, kind for_it, std::uint16_t id, const std::string& name,
                           moment now) {
  if (talks_.size() >= most_clients && !talks_.contains(by.connection)) return;
  talk& on = talks_[by.connection];
  on.by = by;
  const auto same = std::find_if(on.open.begin(), on.open.end(), [&](const question& each) {
    return each.for_it == for_it && each.id == id;
  });
  if (same != on.open.end() || on.open.size() >= most_open) return;
  on.open.push_back({for_it, id, name.substr(0, longest_name), now});
}

void never_answered::answered(const end& by, kind with, std::uint16_t id) {
  if (answers_.size() < most_places || answers_.contains(by.place))
    ++answers_[by.place][static_cast<std::size_t>(with)];
  const auto on = talks_.find(by.connection);
  if (on == talks_.end()) return;
  std::erase_if(on->second.open,
                [&](const question& each) { return each.for_it == with && each.id == id; });
}

void never_answered::spoke(std::uint64_t connection, moment now) {
  const auto on = talks_.find(connection);
  if (on != talks_.end()) on->second.heard = now;
}

void never_answered::forget(std::uint64_t connection) { talks_.erase(connection); }

void never_answered::ended(const end& by, bool is_hung_up, moment now) {
  const auto on = talks_.find(by.connection);
  if (on == talks_.end()) return;
  const std::string whose = by.place + '\n' + by.key;
  std::array<bool, kinds> is_seen{};
  const bool has_room = silent_.size() < most_clients || silent_.contains(whose);
  for (const question& each : on->second.open) {
    // What the broker hung up on it did not leave unanswered.
    if (!has_room || is_hung_up || now - each.since < overdue) continue;
    const auto which = static_cast<std::size_t>(each.for_it);
    silence& of = silent_[whose][which];
    of.last = by;
    of.id = each.id;
    of.name = each.name;
    ++of.times;
    if (!std::exchange(is_seen[which], true)) ++of.connections;
    of.was_heard_since = of.was_heard_since || on->second.heard > each.since;
  }
  talks_.erase(on);
}

std::vector<never_answered::found> never_answered::finish(moment now) {
  while (!talks_.empty()) ended(end(talks_.begin()->second.by), false, now);
  std::vector<found> all;
  for (const auto& [whose, each] : silent_) {
    for (std::size_t which = 0; which < kinds; ++which) {
      const silence& of = each[which];
      constexpr std::uint64_t several = 3;
      // Coming back and being let in shows that the broker lives, and so does what it says after.
      const bool is_enough =
          of.connections >= several || (of.times >= several && of.was_heard_since);
      const auto answers = answers_.find(of.last.place);
      const bool is_place_known = answers != answers_.end();
      if (!is_enough || (is_place_known && answers->second[which] != 0)) continue;
      if (!is_place_known && answers_.size() >= most_places) continue;
      observation made{remarks[which],
                       {{"count", std::to_string(of.times)},
                        {"connections", std::to_string(of.connections)},
                        {"which", std::to_string(of.id)},
                        {"topic", shown(of.name)}}};
      made.how = strength::measured;
      constexpr auto puback = static_cast<std::size_t>(kind::puback);
      const bool takes_lower = is_place_known && answers->second[puback] != 0;
      if (remarks[which] == noticed::never_pubrec && takes_lower)
        made.more.push_back(words(N_("It acknowledges messages of QoS 1.")));
      all.push_back({of.last, std::move(made)});
    }
  }
  return all;
}

}  // namespace mqttkit::doctor
