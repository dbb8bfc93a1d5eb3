// The part of meaning_watch that judges at the end of a connection, or of listening.
#include <algorithm>
#include <set>

#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/facts/topic_generations.hpp"
#include "mqtt-doctor/listen/meaning_watch.hpp"
#include "mqtt-doctor/listen/topic_roles.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto long_enough = 10s;  // to conclude from what did not come
constexpr auto short_patience = 2s;
constexpr auto brief_patience = 5s;  // the same, where the connection ends before
constexpr std::uint64_t burst_size = 5;

/// Whether the two differ by random letters alone: numbered names are those of several devices.
bool is_same_but_random(std::string_view one, std::string_view other) {
  constexpr std::size_t least_same = 3, least_random = 4;
  if (one.size() != other.size() || one == other) return false;
  const auto [first, second] = std::mismatch(one.begin(), one.end(), other.begin());
  const auto same = static_cast<std::size_t>(first - one.begin());
  const std::string_view rest = other.substr(same);
  const bool has_letter = std::any_of(rest.begin(), rest.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
  });
  return same >= least_same && rest.size() >= least_random && has_letter;
}

}  // namespace

void meaning_watch::left(const message_end& of, bool is_torn, moment now) {
  client* const is = find(of.key);
  if (is == nullptr || !is->is_on || is->end.connection != of.connection) return;
  look_at_will(*is, now);
  look_at_lacks(*is, now);
  look_at_expected(*is, now);
  look_at_owed(*is, now);
  look_at_unkept(*is);
  look_at_visit(*is, is_torn, now);
  is->is_on = false;
  is->off = now;
  if (!is_torn || !is->is_will_kept || is->is_will_delayed) return;
  if (told_topic* const at = topic_of(is->will_topic)) {
    at->is_kept = true;
    at->kept_hash = is->will_hash;
  }
}

/// A will that is retained needs its contradiction retained as well, and each time anew.
void meaning_watch::look_at_will(client& of, moment now) {
  if (of.will_topic.empty()) return;
  const remark_places with{{"topic", shown(of.will_topic)}, {"text", of.will_text}};
  if (of.is_will_kept && of.birth_plain != 0 && of.birth_kept == 0)
    return tell(of.end, noticed::will_kept_birth_not, with, "");
  if (!of.is_will_kept && of.birth_kept != 0)
    return tell(of.end, noticed::birth_kept_will_not, with, "");
  // Whoever has published other things since has had the time for that as well.
  constexpr std::uint64_t several = 3;
  look_at_stays(of, now, of.sent_now >= several ? short_patience : brief_patience);
}

/// It says that it is there on one topic, and its will goes to another, where it never says so.
void meaning_watch::look_at_elsewhere(const client& of, subscribers& all) {
  const bool is_so = !of.there_topic.empty() && of.birth_plain == 0 && of.birth_kept == 0 &&
                     presence_of(of.will_text) == presence::gone;
  if (!is_so || misses_some_) return;
  tell(of.end, noticed::will_elsewhere,
       {{"topic", shown(of.will_topic)},
        {"text", of.will_text},
        {"answer", shown(of.there_topic)},
        {"there", of.there_text}},
       "");
  // Two topics may be meant where somebody reads both.
  const bool is_unread =
      all.who_gets(of.will_topic).empty() && !all.who_gets(of.there_topic).empty();
  if (!is_unread) out_.back().found.is_warning = false;
}

/// The retained will stands, and its client is here again and says nothing.
void meaning_watch::look_at_stays(client& of, moment now, std::chrono::seconds patience) {
  if (!of.is_will_kept || of.birth_now != 0 || !of.is_on || of.is_stay_told) return;
  const auto at = topics_.find(of.will_topic);
  const bool is_said =
      at != topics_.end() && at->second.is_kept && at->second.kept_hash == of.will_hash;
  if (!is_said || now - of.on < patience) return;
  of.is_stay_told = true;
  tell(of.end, noticed::state_stays, {{"topic", shown(of.will_topic)}, {"text", of.will_text}}, "");
}

void meaning_watch::look(moment now) {
  constexpr auto soon = 2s;  // after its start, what waited has come
  for (auto& [key, is] : clients_) {
    look_at_stays(is, now, long_enough);
    if (is.is_on && now - is.on >= soon) look_at_unkept(is);
  }
}

void meaning_watch::heard_in_part(const std::string& key) {
  if (client* const is = find(key)) is->will_topic.clear();
}

/// States that were published before the client subscribed, and never again.
void meaning_watch::look_at_lacks(client& of, moment now) {
  if (misses_some_) return of.lacks.clear();
  for (const auto& [topic, since] : of.lacks) {
    const auto at = topics_.find(topic);
    if (at == topics_.end() || now - since < long_enough) continue;
    const remark_places with{{"topic", shown(topic)},
                             {"other", at->second.by.who},
                             {"text", at->second.text},
                             {"time", time_between(at->second.at, since)}};
    if (at->second.is_state) {
      tell(of.end, noticed::state_not_kept, with, "");
    } else if (of.got == 0) {
      tell(of.end, noticed::published_too_early, with, "");
    }
  }
  of.lacks.clear();
}

/// Several identifiers of one address, each once, one after the other, each with a session that
/// stays: the same app under a new name each time.
void meaning_watch::look_at_identifiers() {
  constexpr std::size_t enough = 3;
  for (const auto& [address, keys] : came_) {
    std::vector<const client*> alike;
    for (const std::string& key : keys) {
      const client* const is = find(key);
      if (is == nullptr || is->end.id.empty() || !is->stays || is->connections != 1 ||
          is->filters.empty())
        continue;
      const bool is_after = alike.empty() || (!alike.back()->is_on && alike.back()->off <= is->on);
      const bool is_same = alike.empty() || (is->filters == alike.back()->filters &&
                                             is_same_but_random(alike.back()->end.id, is->end.id));
      if (!is_after || !is_same) alike.clear();
      alike.push_back(is);
      if (alike.size() < enough) continue;
      std::string ids;
      for (const client* const each : alike) ids += (ids.empty() ? "" : ", ") + shown(each->end.id);
      tell(is->end, noticed::identifier_changes,
           {{"address", address}, {"ids", ids}, {"count", std::to_string(alike.size())}}, address);
      break;
    }
  }
}

void meaning_watch::look_at_shared(moment now, bool is_missed) {
  constexpr std::uint64_t enough = 4;
  for (const auto& [filter, of] : for_shared_) {
    const std::uint64_t count = of.messages;
    if (count < enough || of.is_partial) continue;
    look_at_unserved(filter, of, now);
    std::vector<const client*> members;
    for (const auto& [key, is] : clients_) {
      const auto at = is.shared.find(filter);
      // A member that waits for the others to fall out gets nothing, and is meant so.
      if (at != is.shared.end() &&
          (at->second != 0 || (is_missed && (is.is_on || now - is.off < 1s))))
        members.push_back(&is);
    }
    if (members.size() < 2) continue;
    const bool is_to_all = std::all_of(members.begin(), members.end(),
                                       [&filter = filter, count = count](const client* is) {
                                         return is->shared.at(filter) >= count;
                                       });
    if (is_to_all) {
      tell(members.front()->end, noticed::shared_to_all,
           {{"asked", shown(filter)}, {"members", std::to_string(members.size())}}, filter);
      continue;
    }
    for (const client* const is : members) {
      if (is->shared.at(filter) >= count) continue;
      tell(is->end, noticed::shared_turns,
           {{"asked", shown(filter)},
            {"count", std::to_string(is->shared.at(filter))},
            {"total", std::to_string(count)},
            {"members", std::to_string(members.size())}},
           filter);
    }
  }
}

/// Messages for a shared subscription that came to none of its members, although one was there.
void meaning_watch::look_at_unserved(const std::string& filter, const share& of, moment now) {
  constexpr auto on_their_way = 300ms, a_moment = 5ms;
  constexpr std::uint64_t several = 2, enough = 3;
  if (misses_some_) return;
  std::uint64_t came = 0, members = 0;
  const client* first = nullptr;
  for (const auto& [key, is] : clients_) {
    const auto at = is.shared.find(filter);
    if (at == is.shared.end()) continue;
    came += at->second;
    const bool is_here = is.is_on || now - is.off < 1s;  // all end where the capture does
    if (key == of.away || !is_here) continue;
    ++members;
    if (first == nullptr || at->second != 0) first = &is;
  }
  // What follows has the time of the one before: the last ones alone may still come.
  const auto at_last = static_cast<std::uint64_t>(std::count_if(
      of.last.begin(), of.last.end(), [&](moment at) { return now - at < a_moment; }));
  const bool is_flowing = !of.last.empty() && now - of.last.back() < on_their_way;
  const std::uint64_t fresh = std::max(at_last, is_flowing ? of.since : 0);
  if (first == nullptr || of.meant < came + fresh + several) return;
  const std::uint64_t lost = of.meant - fresh - came;
  const remark_places with{{"asked", shown(filter)},
                           {"count", std::to_string(lost)},
                           {"total", std::to_string(of.meant)},
                           {"members", std::to_string(members)}};
  const client* const away = of.away.empty() ? nullptr : find(of.away);
  if (away != nullptr) {
    tell(away->end, noticed::shared_waits, with, filter);
  } else if (came != 0) {
    tell(first->end, noticed::shared_lost, with, filter);
  } else if (lost >= enough) {
    tell(first->end, noticed::shared_unserved, with, filter);
  }
}

void meaning_watch::look_at_requests() {
  constexpr std::uint64_t enough = 2;
  for (const auto& [name, asked] : requests_) {
    if (asked.asked < enough) continue;
    const remark_places with{{"topic", shown(asked.topic)},
                             {"answer", shown(asked.answer)},
                             {"other", asked.reader.who},
                             {"count", std::to_string(asked.asked)}};
    if (asked.handed == 0 && asked.lost >= enough) {
      tell(asked.by, noticed::response_topic_lost, with, asked.topic);
    } else if (asked.handed == 0 && asked.unread >= enough && asked.answered == 0) {
      tell(asked.by, noticed::response_topic_unread, with, asked.topic);
    } else if (asked.unheard == asked.asked && !misses_some_) {
      tell(asked.by, noticed::response_unsubscribed, with, asked.topic);
    } else if (asked.handed >= enough && asked.answered == 0 && !misses_some_) {
      tell(asked.by, noticed::response_never_sent, with, asked.topic);
    }
  }
}

namespace {

/// The level of the filter that nobody filled in, where nothing else keeps it from matching.
std::string unfilled_in(const std::string& filter, const std::string& topic) {
  const topic_mismatch slip = find_topic_mismatch(filter, topic);
  return slip.slip == topic_slip::placeholder ? shown(slip.wanted) : std::string();
}

}  // namespace

/// A client that only reads and was sent nothing, while others published other topics.
void meaning_watch::look_at_silence(const client& of, moment now, subscribers& all,
                                    bool is_missed) {
  const known_client* const known = all.find(of.end.key);
  const bool is_reader = known != nullptr && !known->filters.empty() && of.published == 0;
  const bool is_here = of.is_on || now - of.off < 1s;  // all end where the capture does
  constexpr auto least = 2s;
  if (!is_reader || !is_here || of.got != 0 || now - of.on < least || misses_some_) return;
  std::string topics, filters;
  const char* why = nullptr;
  std::string unfilled;
  bool is_near = false;
  std::size_t count = 0;
  for (const auto& [topic, at] : topics_) {
    if (at.published == 0) continue;
    for (const known_filter& by : known->filters)
      if (topic_matches(by.filter, topic)) return;
    // A prefix too many, or one too few.
    for (const known_filter& by : known->filters) {
      is_near = is_near || topic.ends_with('/' + by.filter) || by.filter.ends_with('/' + topic);
      if (why == nullptr) why = why_other_generation(by.filter, topic);
      if (unfilled.empty()) unfilled = unfilled_in(by.filter, topic);
    }
    if (++count <= 3) topics += (topics.empty() ? "\"" : ", \"") + shown(topic) + '"';
  }
  // What another version of the product publishes needs no long wait.
  const bool is_short = why == nullptr && unfilled.empty() && now - of.on < long_enough;
  if (count == 0 || (is_short && !is_missed)) return;
  for (const known_filter& by : known->filters)
    filters += (filters.empty() ? "\"" : ", \"") + shown(by.filter) + '"';
  tell(of.end, noticed::nothing_published,
       {{"asked", filters}, {"topic", topics}, {"time", time_between(of.on, now)}}, "");
  if (is_short) out_.back().found.how = strength::leaning;
  if (is_near || why != nullptr || !unfilled.empty()) out_.back().found.is_warning = true;
  if (why != nullptr) out_.back().found.more.push_back(words(why));
  if (unfilled.empty()) return;
  out_.back().found.with["wanted"] = unfilled;
  out_.back().found.more.push_back(
      words(N_("\"{wanted}\" stands where a value belongs that nobody had filled in."),
            {{"wanted", unfilled}}));
  out_.back().found.cure = N_(
      "Put the filter together when the value in the place of \"{wanted}\" is known: the variable "
      "was not set yet, or has another name.");
}

/// Retained messages that the broker was given and did not hand to a new subscription.
void meaning_watch::look_at_expected(client& of, moment now) {
  for (const auto& [topic, since] : of.expects) {
    const auto at = topics_.find(topic);
    if (misses_some_ || at == topics_.end() || now - since < long_enough) continue;
    tell(of.end, at->second.given != 0 ? noticed::kept_not_by_wildcard : noticed::kept_is_gone,
         {{"topic", shown(topic)},
          {"other", at->second.by.who},
          {"time", time_between(at->second.at, since)}},
         "");
  }
  of.expects.clear();
  for (const auto& [topic, since] : of.early) {
    if (!misses_some_ && now - since >= long_enough)
      tell(of.end, noticed::published_early, {{"topic", shown(topic)}}, "");
  }
  of.early.clear();
  constexpr std::uint64_t several = 3;
  for (const auto& [filter, count] : of.gave_up) {
    if (count >= several)
      tell(of.end, noticed::gave_up, {{"asked", shown(filter)}, {"count", std::to_string(count)}},
           filter);
  }
  of.gave_up.clear();
}

/// Messages that the broker was to keep while the client was away, and that do not come.
void meaning_watch::look_at_owed(const client& of, moment now) {
  if (of.came >= of.owed || misses_some_ || !of.is_on || now - of.on < long_enough) return;
  tell(of.end, noticed::kept_missing,
       {{"count", std::to_string(of.owed)},
        {"limit", std::to_string(of.came)},
        {"time", time_between(of.off, of.on)}},
       "");
}

/// What was published at QoS 0 while it was away, and has not come.
void meaning_watch::look_at_unkept(client& of) {
  for (observation& each : of.unkept) tell(of.end, each.what, std::move(each.with), "");
  of.unkept.clear();
}

/// Counts the connections of an address that were made for one message.
void meaning_watch::look_at_visit(const client& of, bool is_torn, moment now) {
  constexpr auto brief = 3s;
  if (visits_.size() >= most_clients && !visits_.contains(of.end.address)) return;
  visits& by = visits_[of.end.address];
  if (is_torn || of.sent_now != 1 || now - of.on > brief) {
    ++by.others;
    return;
  }
  if (++by.brief == 1) by.first = of.on;
  by.last = now;
  by.by = of.end;
}

/// Two connections of one address at a time, that differ in their identifiers' ends only.
void meaning_watch::look_at_pairs() {
  constexpr std::size_t common = 4;
  for (const auto& [address, keys] : came_) {
    if (keys.size() != 2) continue;
    const client* const first = find(keys[0]);
    const client* const second = find(keys[1]);
    if (first == nullptr || second == nullptr || first->filters.empty()) continue;
    const bool is_same = first->filters == second->filters && first->published == 0 &&
                         second->published == 0 && first->shared.empty() &&
                         first->end.id.size() == second->end.id.size() &&
                         first->end.id.size() > common &&
                         first->end.id.compare(0, common, second->end.id, 0, common) == 0;
    const bool is_together = first->off == moment{} || first->off > second->on + long_enough;
    if (!is_same || !is_together || second->got == 0) continue;
    tell(second->end, noticed::connected_twice,
         {{"address", address}, {"first", shown(first->end.id)}, {"second", shown(second->end.id)}},
         address);
  }
}

/// What its writers do with a topic: each message twice, by one client or by two.
void meaning_watch::look_at_written(const std::string& topic, const told_topic& at) {
  constexpr std::size_t enough = 3;
  if (at.by_two_hashes.size() >= enough)
    tell(at.by, noticed::copies_by_writers,
         {{"topic", shown(topic)}, {"other", at.other.who}, {"count", std::to_string(at.by_two)}},
         topic);
  // Equal ones may be meant so, unless each comes in a pair of its own.
  const bool is_paired = !at.is_mixed && at.pairs >= enough && at.sent == 2 * at.pairs;
  const bool is_mostly =
      at.twice.size() >= enough && at.twice.size() * 2 >= at.published - at.twice.size();
  if (is_paired || is_mostly)
    tell(at.by, noticed::copies_by_itself,
         {{"topic", shown(topic)},
          {"count", std::to_string(std::max<std::uint64_t>(at.twice.size(), at.pairs))}},
         topic);
}

/// A topic that was published often and then no more, while its client publishes others.
void meaning_watch::look_at_pause(const std::string& topic, const told_topic& at, moment now) {
  constexpr std::uint64_t often = 8;
  constexpr int much_longer = 10;
  if (at.published < often || now - at.at < 1min) return;
  const auto each = (at.at - at.first) / static_cast<int>(at.published - 1);
  if (now - at.at < each * much_longer) return;
  const bool is_at_work = std::any_of(topics_.begin(), topics_.end(), [&](const auto& other) {
    return other.second.by.key == at.by.key && other.second.published > at.published &&
           now - other.second.at < each * 3;
  });
  if (is_at_work)
    tell(at.by, noticed::went_silent,
         {{"topic", shown(topic)},
          {"count", std::to_string(at.published)},
          {"time", time_between(at.at, now)}},
         topic);
}

void meaning_watch::finish(moment now, subscribers& all, bool is_missed) {
  for (auto& [key, is] : clients_) {
    if (is.is_on) {
      look_at_will(is, now);
      look_at_lacks(is, now);
      look_at_owed(is, now);
      look_at_unkept(is);
    }
    look_at_elsewhere(is, all);
    look_at_silence(is, now, all, is_missed);
    look_at_expected(is, now);
    constexpr std::uint64_t several = 4;
    if (is.late >= several && is.late > 3 * is.in_time)
      tell(is.end, noticed::acknowledged_late,
           {{"count", std::to_string(is.late)},
            {"time", std::to_string(static_cast<int>(is.lateness.count() * 1000 /
                                                     static_cast<double>(is.late))) +
                         " ms"}},
           "");
    if (is.own >= 2)
      tell(is.end, noticed::own_returns,
           {{"topic", shown(is.own_topic)}, {"count", std::to_string(is.own)}}, "");
    if (is.own < 2 && is.own_wide >= 3)
      tell(is.end, noticed::own_by_wide,
           {{"topic", shown(is.own_wide_topic)},
            {"asked", shown(is.own_filter)},
            {"count", std::to_string(is.own_wide)}},
           "");
    for (const auto& [topic, count] : is.commands)
      tell(is.end, count > 1 ? noticed::command_kept_again : noticed::command_kept,
           {{"topic", shown(topic)}, {"count", std::to_string(count)}}, topic);
    if (is.burst >= burst_size && is.was_away_long)
      tell(is.end, noticed::session_burst, {{"count", std::to_string(is.burst)}}, "");
  }
  for (const auto& [topic, at] : topics_) {
    look_at_written(topic, at);
    look_at_pause(topic, at, now);
    if (at.json >= 3 && at.empty >= 2)
      tell(at.by, noticed::empty_between,
           {{"topic", shown(topic)},
            {"count", std::to_string(at.empty)},
            {"total", std::to_string(at.published)}},
           topic);
    for (const auto& [what, found] : at.odd) {
      // Where only some are odd, one may be chance, but for what no program means.
      const bool is_enough = found.times >= 2 || what == payload_oddity::object_object ||
                             what == payload_oddity::bytes_literal;
      if (!is_enough) continue;
      const oddity_words& said = words_of(what);
      tell(found.by, noticed::payload_odd,
           {{"topic", shown(topic)},
            {"count", std::to_string(found.times)},
            {"total", std::to_string(at.whole)},
            {"text", found.text}},
           topic);
      observation& made = out_.back().found;
      made.fact = said.fact;
      made.cure = said.cure;
      made.is_warning = said.is_warning;
    }
  }
  for (const auto& [pair, messages] : beside_) {
    const auto middle = pair.find('\n');
    const auto at = topics_.find(pair.substr(0, middle));
    if (messages.size() < 3 || at == topics_.end()) continue;
    tell(at->second.by, noticed::copies_beside,
         {{"topic", shown(pair.substr(0, middle))}, {"answer", shown(pair.substr(middle + 1))}},
         pair);
  }
  for (const auto& [address, by] : visits_) {
    constexpr std::uint64_t enough = 10;
    constexpr auto often = 10s;
    const auto each = (by.last - by.first) / std::max<std::uint64_t>(by.brief, 1);
    if (by.brief >= enough && by.others == 0 && each < often)
      tell(by.by, noticed::one_each,
           {{"address", address},
            {"count", std::to_string(by.brief)},
            {"time", time_between(by.first, by.last)}},
           address);
  }
  look_at_identifiers();
  look_at_pairs();
  look_at_shared(now, is_missed);
  look_at_requests();
}

}  // namespace mqttkit::doctor
