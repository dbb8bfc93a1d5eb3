// The part of arrival_watch that judges when listening ends.
#include <algorithm>
#include <cstdio>
#include <string>

#include "common/duration_text.hpp"
#include "mqtt-doctor/listen/arrival_watch.hpp"
#include "mqtt-doctor/listen/first_of.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using span_s = std::chrono::duration<double>;

constexpr auto long_enough = 5s;  // to conclude from what did not come

std::string text(span_s time) { return tools::rough_text(time.count()); }
std::string text(std::uint64_t number) { return std::to_string(number); }

/// Connections that stand when listening ends are ended by that.
template <typename Client>
bool is_here(const Client& of, moment now) {
  return of.is_on || now - of.off < 1s;
}

bool has_wildcard(std::string_view filter) { return filter.find_first_of("+#") != filter.npos; }

std::string_view first_level(std::string_view topic) { return topic.substr(0, topic.find('/')); }

}  // namespace

void arrival_watch::tell(const message_end& about, noticed what, strength how, remark_places with,
                         std::string key) {
  if (!symptoms_of(what, row_of(what).id).contains(seen_)) return;
  observation made{what, std::move(with),
                   std::to_string(static_cast<int>(what)) + ' ' + std::move(key)};
  made.how = fit_of(seen_, what).value_or(how);
  out_.push_back({about.connection, about.key, about.who, about.id, std::move(made)});
}

/// At QoS 2 a message comes twice where its exchange did not outlive the connection.
void arrival_watch::mend_by_session(qos_t of, noticed what) {
  const bool is_it = of == qos_t::exactly_once && !out_.empty() && out_.back().found.what == what;
  if (is_it)
    out_.back().found.cure =
        N_("QoS 2 rules that out where both sides keep the exchange: connect with clean session "
           "off (MQTT 5: a Session Expiry Interval) and the same client identifier, and let the "
           "library keep what is open and repeat it with its packet identifier.");
}

void arrival_watch::exclude(const client& of, const char* id, const char* fact, remark_places with,
                            bool is_answer) {
  with.try_emplace("who", of.end.who);
  excluded_.push_back({of.end.connection, id, words(fact, std::move(with)), is_answer});
}

void arrival_watch::finish_way(const std::string& reader, const std::string& topic, const way& of,
                               moment now, subscribers& all) {
  const client* const to = find(reader);
  const bool is_disordered = std::any_of(of.disordered.begin(), of.disordered.end(),
                                         [](std::uint64_t times) { return times != 0; });
  if (to == nullptr || (of.sent == 0 && !is_disordered)) return;
  finish_withheld(topic, *to, of, now, all);
  std::uint64_t lost = of.lost;
  for (const overtaken& each : of.passed)
    if (!each.what.is_extra) ++lost;
  for (const sending& each : of.waiting)
    if (is_here(*to, now) && !each.was_away && now - each.at > long_enough) ++lost;
  remark_places with{{"topic", shown(topic)},
                     {"count", text(lost)},
                     {"total", text(of.sent)},
                     {"other", name_of(of.by)},
                     {"time", text(of.longest)}};
  const bool is_explained = passage_verdict_ && passage_verdict_->ways.contains({reader, topic});
  if (lost != 0 && of.came != 0 && !misses_some_ && !of.is_partial && !is_explained)
    tell(to->end, noticed::lost_at_broker, strength::measured, with, topic);
  static constexpr std::array kinds{noticed::order_by_qos, noticed::order_by_resending,
                                    noticed::order_by_writers, noticed::order_at_broker};
  for (std::size_t kind = 0; kind < disorders; ++kind) {
    if (of.disordered[kind] == 0) continue;
    with["count"] = text(of.disordered[kind]);
    tell(to->end, kinds[kind], strength::measured, with, topic);
  }
  const bool is_held = of.held >= 2 || (of.held == 1 && of.longest > long_enough);
  if (is_held && of.held >= of.held_open) {
    with["count"] = text(of.held);
    tell(to->end, noticed::held_by_broker, strength::measured, with, topic);
  }
  // What came from somebody who then was heard no more.
  const client* const writer = find(of.by);
  if (of.came == 0 || writer == nullptr || !is_here(*to, now) || now - of.last_sent < 10s) return;
  with["count"] = text(of.sent);
  with["time"] = time_between(of.last_sent, now);
  if (of.sent < 3) return;
  // What is published since, and not for this reader, says that it is not subscribed any more.
  const auto told = topics_.find(topic);
  if (told != topics_.end() && told->second.last > of.last_sent) return;
  const known_client* const known = all.find(reader);
  if (known == nullptr ||
      std::none_of(known->filters.begin(), known->filters.end(),
                   [&](const known_filter& each) { return topic_matches(each.filter, topic); }))
    return;
  const auto each = (of.last_sent - of.first_sent) / static_cast<int>(of.sent - 1);
  // Who connects for each message is gone in between.
  if (now - of.last_sent <= 5 * each) return;
  if (!is_here(*writer, now) && now - writer->off > long_enough) {
    tell(to->end, noticed::writer_gone, strength::usual, with, topic);
  } else if (is_here(*writer, now)) {
    with["usual"] = text(span_s(each));
    tell(to->end, noticed::writer_quiet, strength::leaning, with, topic);
  }
}

/// All that the broker acknowledged for a reader, and none of it came, in a session too short for
/// anybody to wait for it.
void arrival_watch::finish_withheld(const std::string& topic, const client& to, const way& of,
                                    moment now, subscribers& all) {
  constexpr auto least = 1s, told_otherwise = 10s;
  constexpr std::uint64_t several = 2;
  const bool is_own = of.by == to.end.key;
  const auto lasted = (is_here(to, now) ? now : to.off) - std::max(of.first_sent, to.on);
  const auto told = topics_.find(topic);
  if (misses_some_ || of.is_partial || of.came != 0 || of.sent < several || told == topics_.end() ||
      told->second.taken < several || told->second.writers.size() != 1 || lasted < least ||
      lasted >= told_otherwise)
    return;
  const known_client* const known = all.find(to.end.key);
  // What is above the reader's own limit is kept from it by that.
  if (known == nullptr || known->largest != 0) return;
  const auto by =
      std::find_if(known->filters.begin(), known->filters.end(), [&](const known_filter& each) {
        return !each.is_shared && !each.no_local && topic_matches(each.filter, topic);
      });
  if (by == known->filters.end()) return;
  tell(to.end, noticed::withheld, strength::agreed,
       {{"topic", shown(topic)},
        {"asked", shown(by->filter)},
        {"other", name_of(of.by)},
        {"count", text(told->second.taken)}},
       topic);
  if (is_own && !out_.empty() && out_.back().found.what == noticed::withheld)
    out_.back().found.fact = N_(
        "{who} subscribes to \"{asked}\" and publishes to \"{topic}\"; the broker grants the one "
        "and acknowledges the other ({count} messages), and sends none back: this user is not "
        "allowed to publish to that topic, or not to read it (before MQTT 5 a refused message "
        "is acknowledged as well).");
}

/// What a reader asked for is published at another broker, and nothing of it came over.
void arrival_watch::finish_elsewhere(const client& of, subscribers& all) {
  const known_client* const known = all.find(of.end.key);
  if (known == nullptr || misses_some_) return;
  for (const auto& [topic, there] : of.elsewhere_too) {
    const auto by =
        std::find_if(known->filters.begin(), known->filters.end(),
                     [&](const known_filter& each) { return topic_matches(each.filter, topic); });
    // A filter that takes in everything asks for nothing certain.
    if (by == known->filters.end() || by->filter == "#") continue;
    const bool is_v6 = there.broker.find(':') != there.broker.npos;
    const bool is_other_family = is_v6 != (of.end.broker.find(':') != of.end.broker.npos);
    tell(of.end, noticed::published_elsewhere, is_other_family ? strength::fits : strength::agreed,
         {{"topic", shown(topic)},
          {"asked", shown(by->filter)},
          {"other", name_of(there.by)},
          {"there", there.broker},
          {"here", of.end.broker},
          {"count", text(there.count)}},
         topic);
  }
}

void arrival_watch::finish_reader(const client& of, moment now, subscribers& all) {
  const known_client* const known = all.find(of.end.key);
  const bool has_filters = known != nullptr && !known->filters.empty();
  const bool was_here_long = is_here(of, now) && now - of.on >= long_enough;
  if (was_here_long && of.is_resumed && of.asked_now == 0 && of.got_now == 0 &&
      of.others_now >= 2 && of.published == 0)
    tell(of.end, noticed::rests_on_session, strength::agreed,
         {{"topic", shown(of.other_topic)}, {"count", text(of.others_now)}}, "");
  for (const auto& [filter, gone] : of.left_filters) {
    if (gone.since != 0 && is_here(of, now))
      tell(of.end, noticed::unsubscribed_since, strength::agreed,
           {{"asked", shown(filter)},
            {"count", text(gone.since)},
            {"time", time_between(gone.at, now)}},
           filter);
  }
  if (is_here(of, now) && has_filters && of.got == 0 && published_ == 0 && !misses_some_ &&
      now - of.on >= 3s)
    tell(of.end, noticed::nobody_published, now - of.on >= 10s ? strength::leaning : strength::fits,
         {{"time", time_between(of.on, now)}, {"asked", shown(known->filters.front().filter)}}, "");
  if (of.given_again != 0) {
    // As many wrong numbers as messages that came again: each of them was answered, with another.
    const bool is_misnumbered = of.misnumbered >= of.given_again;
    tell(of.end, is_misnumbered ? noticed::given_for_wrong_number : noticed::given_at_next,
         strength::measured,
         {{"topic", shown(of.given_topic)},
          {"count", text(of.given_again)},
          {"number", text(of.wrong_number)},
          {"open", text(of.right_number)}},
         "");
    if (!is_misnumbered) mend_by_session(of.given_qos, noticed::given_at_next);
  }
  if (of.given_behind != 0)
    tell(of.end, noticed::order_by_repeating, strength::measured,
         {{"topic", shown(of.given_topic)}, {"count", text(of.given_behind)}}, "");
  for (const auto& [topic, count] : of.kept_and_waiting)
    tell(of.end, noticed::kept_and_waiting, strength::seen,
         {{"topic", shown(topic)}, {"count", text(count)}}, topic);
  for (const auto& [topic, count] : of.kept_once_more)
    tell(of.end, noticed::kept_once_more, strength::usual,
         {{"topic", shown(topic)}, {"count", text(count)}}, topic);
  if (of.largest_burst_got >= 3)
    tell(of.end, noticed::reader_batch, strength::seen,
         {{"count", text(of.largest_burst_got)}, {"time", text(of.away_before_burst)}}, "");
  if (of.acknowledged_late >= 3 && of.acknowledged_late * 2 >= of.acknowledged)
    tell(of.end, noticed::reader_acks_late, strength::measured,
         {{"count", text(of.acknowledged_late)},
          {"total", text(of.acknowledged)},
          {"time", text(of.lateness / static_cast<double>(of.acknowledged_late))}},
         "");
  if (!of.strange_unsubscribe.empty() && has_filters)
    tell(of.end, noticed::unsubscribed_other, strength::seen,
         {{"asked", shown(of.strange_unsubscribe)},
          {"filter", shown(known->filters.front().filter)}},
         "");
  constexpr std::size_t many_topics = 4, many_times = 5;
  if (has_filters) {
    for (const known_filter& by : known->filters) {
      std::set<std::string> met;
      for (const std::string& topic : of.topics_got)
        if (topic_matches(by.filter, topic)) met.insert(topic);
      if (has_wildcard(by.filter) && met.size() >= many_topics)
        tell(of.end, noticed::filter_is_wide, strength::leaning,
             {{"asked", shown(by.filter)},
              {"total", text(met.size())},
              {"topic", first_of(met)},
              {"count", text(of.got)}},
             by.filter);
    }
  }
  for (const auto& [filter, times] : of.asked_times) {
    if (times >= many_times && of.connections * 2 <= times)
      tell(of.end, noticed::subscribes_often, strength::usual,
           {{"asked", shown(filter)}, {"count", text(times)}}, filter);
  }
  constexpr std::uint64_t many_kept = 20;
  const std::uint64_t kept = std::max(of.kept_now, of.most_kept_now);
  if (kept >= many_kept)
    tell(of.end, noticed::kept_flood, strength::leaning, {{"count", text(kept)}}, "");
  constexpr std::uint64_t many_queued = 5;
  if (!is_here(of, now) && of.stays && of.queued_away >= many_queued)
    tell(of.end, noticed::session_piles, strength::usual,
         {{"count", text(of.queued_away)}, {"time", time_between(of.off, now)}}, "");
}

void arrival_watch::finish_writer(const client& of, moment now) {
  if (of.resent != 0) {
    const bool is_seen = std::any_of(clients_.begin(), clients_.end(),
                                     [](const auto& each) { return each.second.copies != 0; });
    tell(of.end, noticed::sent_at_next, is_seen ? strength::measured : strength::usual,
         {{"topic", shown(of.resent_topic)}, {"count", text(of.resent)}}, "");
    mend_by_session(of.resent_qos, noticed::sent_at_next);
  }
  constexpr std::uint64_t enough = 4;
  if (of.published >= enough && of.connections > 1 && of.published_before_absence >= enough - 1) {
    const span_s all = of.last_publish - of.first_publish;
    const span_s each = (all - of.longest_absence) / static_cast<double>(of.published - 1);
    const bool is_long = of.longest_absence > 3 * each && of.longest_absence > 2s;
    if (is_long && each > 0.1s)
      tell(of.end, noticed::writer_away, strength::agreed,
           {{"time", text(of.longest_absence)}, {"usual", text(each)}}, "");
  }
  constexpr std::uint64_t often = 5;
  const span_s here = now - of.first_on;
  if (of.connections >= often && here / static_cast<double>(of.connections) < 30s)
    tell(of.end, noticed::connects_often, strength::agreed,
         {{"count", text(of.connections)}, {"time", text(here)}}, "");
  if (of.pings >= 10 && here / static_cast<double>(of.pings) < 5s)
    tell(of.end, noticed::pings_often, strength::leaning,
         {{"count", text(of.pings)}, {"time", text(here)}}, "");
}

/// Whether the client answers what others publish, each time, and long after it was given that: by
/// a topic beside the one it reads, to which it publishes once for each message.
void arrival_watch::finish_reaction(const client& of) {
  constexpr std::size_t enough = 2;
  constexpr auto long_time = 1s;
  const std::size_t asked = of.got_others.size();
  if (seen_ != symptom::late || asked < enough) return;
  const std::string_view heard = of.heard_topic;
  for (const auto& [topic, out] : of.out) {
    const bool is_beside = heard.rfind('/') != heard.npos && topic != heard &&
                           topic.starts_with(heard.substr(0, heard.rfind('/') + 1));
    if (!is_beside || out.size() > asked || out.size() + 1 < asked || out.size() < enough) continue;
    std::size_t slow = 0;
    std::uint64_t own = 0;
    span_s longest{0};
    bool is_each_behind = true;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const moment came = of.got_others[i];
      is_each_behind = is_each_behind && out[i] >= came;
      if (out[i] - came < long_time) continue;
      ++slow;
      longest = std::max<span_s>(longest, out[i] - came);
      own += static_cast<std::uint64_t>(
          std::count_if(of.got_own.begin(), of.got_own.end(),
                        [&](moment at) { return at > came - long_time && at < out[i]; }));
    }
    if (!is_each_behind || slow < enough || slow * 2 < out.size()) continue;
    const bool is_behind_own = own >= 3 * slow;
    tell(of.end, is_behind_own ? noticed::reacts_behind_own : noticed::reacts_late,
         strength::agreed,
         {{"topic", shown(heard)},
          {"answer", shown(topic)},
          {"asked", shown(of.filters.substr(0, of.filters.find('\n')))},
          {"time", text(longest)},
          {"count", text(of.got_own.size())},
          {"total", text(of.got_own.size() + asked)}},
         topic);
    return;
  }
}

/// A message that comes twice in all, because a shared subscription is one of two.
void arrival_watch::finish_shared() {
  for (const auto& [topic, two] : shared_) {
    const client* const reader = find(two.reader);
    if (reader != nullptr) {
      tell(reader->end, noticed::shared_and_plain, strength::agreed,
           {{"topic", shown(topic)}, {"asked", shown(*two.filters.begin())}}, "");
    } else if (two.filters.size() > 1) {
      for (const auto& [key, each] : clients_) {
        if (each.filters.find(*two.filters.begin() + '\n') == std::string::npos) continue;
        tell(each.end, noticed::shared_twice, strength::usual,
             {{"topic", shown(topic)}, {"list", first_of(two.filters)}}, "");
        break;
      }
    }
  }
}

void arrival_watch::finish_topic(const std::string& topic, const told_topic& at, moment now) {
  const client* const writer = find(at.by);
  if (writer == nullptr) return;
  const remark_places with{{"topic", shown(topic)},
                           {"count", text(at.late_burst)},
                           {"total", text(at.published)},
                           {"time", text(at.absence)}};
  const auto tell_it = [&](noticed what, strength how, remark_places more = {}) {
    more.insert(with.begin(), with.end());
    tell(writer->end, what, how, std::move(more), topic);
  };
  constexpr std::uint64_t several = 3;
  if (at.late_burst != 0 && at.slow_gaps >= 2) {
    tell_it(noticed::sender_burst, strength::measured);
  } else if (at.bursts >= several && at.in_bursts * 4 >= at.published * 3 && at.slow_gaps >= 2) {
    const span_s apart = span_s(at.last - at.first) / static_cast<double>(at.bursts - 1);
    tell_it(noticed::sender_batches, strength::usual,
            {{"count", text(at.in_bursts / at.bursts)}, {"time", text(apart)}});
  }
  const bool is_counted = at.numbered >= 5 && at.steps * 2 >= at.numbered && !at.is_no_counter;
  if (is_counted && at.backwards != 0 && at.writers.size() == 1) {
    if (at.resent_behind != 0) {
      tell_it(noticed::order_by_resending, strength::measured,
              {{"count", text(at.resent_behind)}, {"other", writer->end.who}});
    } else {
      tell_it(noticed::order_at_writer, strength::measured,
              {{"count", text(at.backwards)}, {"text", at.backward}});
    }
  } else if (at.resent_behind != 0) {
    tell_it(noticed::order_by_resending, strength::agreed,
            {{"count", text(at.resent_behind)}, {"other", writer->end.who}});
  }
  if (at.writers.size() > 1) {
    std::vector<std::string> names;
    for (const std::string& each : at.writers) names.push_back(name_of(each));
    tell_it(noticed::several_writers, strength::leaning,
            {{"list", first_of(names)}, {"count", text(at.writers.size())}});
  } else if (at.levels.size() > 1) {
    tell_it(noticed::several_levels, strength::leaning);
  }
  constexpr std::uint64_t many = 10;
  if (at.published >= many && at.same * 5 >= at.published * 4)
    tell_it(noticed::same_again, strength::usual,
            {{"count", text(at.same)},
             {"time", text(span_s(at.last - at.first) / static_cast<double>(at.published - 1))}});
  (void)now;
}

/// Who sends most, and under how many topics.
void arrival_watch::finish_amounts(moment now) {
  constexpr std::uint64_t many = 20;
  std::uint64_t all = 0;
  const client* most = nullptr;
  for (const auto& [key, each] : clients_) {
    all += each.published;
    if (most == nullptr || each.published > most->published) most = &each;
  }
  if (most == nullptr || most->published < many) return;
  const told_topic* loudest = nullptr;
  std::string topic, last_once;
  std::uint64_t topics = 0, once = 0;
  for (const auto& [name, at] : topics_) {
    if (at.by != most->end.key) continue;
    ++topics;
    if (at.published == 1) {
      ++once;
      last_once = name;
    }
    if (loudest != nullptr && loudest->published >= at.published) continue;
    loudest = &at;
    topic = name;
  }
  const span_s here = std::max<span_s>(now - most->first_on, 1s);
  char rate[32];
  (void)std::snprintf(rate, sizeof rate, "%.1f",
                      static_cast<double>(most->published) / here.count());
  const remark_places with{{"count", text(most->published)},
                           {"total", text(all)},
                           {"rate", rate},
                           {"topic", shown(topic)},
                           {"topics", text(topics)},
                           {"time", text(here)},
                           {"once", text(once)},
                           {"name", shown(last_once)}};
  if (once >= many && once * 4 >= topics * 3) {
    tell(most->end, noticed::topics_without_end, strength::agreed, with, "");
  } else if (most->published * 2 >= all &&
             static_cast<double>(most->published) > 0.5 * here.count()) {
    tell(most->end, noticed::loudest, strength::leaning, with, "");
  }
}

/// An app that comes back under another identifier: what is kept for the first one waits there.
void arrival_watch::finish_identifiers() {
  for (const auto& [key, first] : clients_) {
    if (!first.stays || first.is_on || first.filters.empty() || first.end.id.empty()) continue;
    for (const auto& [other, second] : clients_) {
      const bool is_after = second.first_on > first.off && &second != &first;
      const bool is_alike = second.end.address == first.end.address && second.stays &&
                            second.filters == first.filters && !second.end.id.empty();
      if (!is_after || !is_alike || second.is_resumed) continue;
      tell(second.end, noticed::identifier_differs, strength::agreed,
           {{"first", shown(first.end.id)},
            {"second", shown(second.end.id)},
            {"count", text(first.queued_away)}},
           "");
    }
  }
}

/// What the messages themselves say against causes of what is seen.
void arrival_watch::finish_excluded(const client& of) {
  if (misses_some_) return;
  std::uint64_t sent = 0, came = 0, disordered = 0;
  span_s longest{0};
  const auto its = ways_.find(of.end.key);
  if (its == ways_.end()) return;
  bool is_partial = false;
  for (const auto& [topic, each] : its->second) {
    sent += each.sent;
    came += each.came;
    longest = std::max(longest, each.longest);
    is_partial = is_partial || each.is_partial;
    for (const std::uint64_t count : each.disordered) disordered += count;
  }
  if (came == 0 || is_partial) return;
  const bool is_all = came == sent && !passage_.misses(of.end.key, ended_);
  const remark_places with{{"count", text(came)},
                           {"taken", text(of.acknowledged)},
                           {"time", longest < 1s ? "1 s" : text(longest)}};
  const char* const excluded_there = seen_ == symptom::nothing_arrives
                                         ? "auth-acl-read-denied-silently"
                                         : "delivery-queue-overflow";
  switch (seen_) {
    case symptom::nothing_arrives:
    case symptom::some_missing:
    case symptom::missed_while_away:
      if (is_all && !has_reached(of, with)) {
        exclude(of, excluded_there,
                N_("Each of the {count} messages that were published for {who} while it was "
                   "connected was sent to it (acknowledged: {taken}): what is missing is lost "
                   "behind that, in the app, or at QoS 0 on the way to it."),
                with);
      }
      return;
    case symptom::twice:
      if (of.copies == 0)
        exclude(of, "delivery-duplicated",
                N_("None of {count} messages came to {who} twice: what is there twice was made "
                   "twice in the app, or by somebody else's message."),
                with);
      return;
    case symptom::late:
      if (longest < 1s && of.acknowledged_late == 0)
        exclude(of, "delivery-late",
                N_("Each of {count} messages was sent to {who} within {time} of its coming to the "
                   "broker: the time is lost before that or behind it, in one of the two apps or "
                   "on their ways."),
                with);
      return;
    case symptom::wrong_order:
      if (disordered == 0)
        exclude(of, "delivery-disordered",
                N_("All {count} messages were sent to {who} in the order in which they came to the "
                   "broker: they were sent in another one, or the app changes it."),
                with);
      return;
    default:
      return;
  }
}

void arrival_watch::finish(moment now, subscribers& all) {
  if (!is_on_) return;
  finish_passage(now);
  for (const auto& [reader, its] : ways_)
    for (const auto& [topic, each] : its) finish_way(reader, topic, each, now, all);
  for (const auto& [key, each] : clients_) {
    finish_reader(each, now, all);
    finish_writer(each, now);
    finish_reaction(each);
    finish_elsewhere(each, all);
    finish_excluded(each);
  }
  for (const auto& [topic, at] : topics_) finish_topic(topic, at, now);
  finish_shared();
  finish_amounts(now);
  finish_identifiers();
  finish_all_came(all);
  if (misses_some_) return;
  for (const auto& [key, each] : clients_) {
    const known_client* const known = all.find(key);
    if (known == nullptr || known->filters.empty()) continue;
    finish_absent(each, now);
    if (!each.topics_got.empty()) finish_prefixes(each, *known, all);
  }
}

/// Whether nothing was published that no filter takes in, and all the rest was sent to its readers.
void arrival_watch::finish_all_came(subscribers& all) {
  if (misses_some_) return;
  std::uint64_t came = 0;
  for (const auto& [reader, its] : ways_)
    for (const auto& [topic, each] : its) {
      if (each.is_partial || each.came != each.sent) return;
      came += each.came;
    }
  const bool is_all_read = std::all_of(topics_.begin(), topics_.end(), [&](const auto& each) {
    return !all.who_gets(each.first).empty();
  });
  const bool is_anybody_away = std::any_of(clients_.begin(), clients_.end(), [](const auto& each) {
    return each.second.missed_away + each.second.queued_away != 0 ||
           !each.second.elsewhere_too.empty();
  });
  const bool is_any_missing = std::any_of(clients_.begin(), clients_.end(), [&](const auto& each) {
    return passage_.misses(each.first, ended_);
  });
  all_came_ = came != 0 && is_all_read && !is_anybody_away && !is_any_missing;
}

/// A reader that went, while others publish what it had asked for.
void arrival_watch::finish_absent(const client& of, moment now) {
  const std::uint64_t missed = of.missed_away + of.queued_away;
  constexpr std::uint64_t several = 2;
  if (is_here(of, now) || of.off == moment{} || now - of.off < 3s || missed < several) return;
  const auto other = std::find_if(clients_.begin(), clients_.end(), [&](const auto& each) {
    return each.first != of.end.key && each.second.connections != 0 && each.second.on > of.off;
  });
  // An app with a new identifier for each connection came back as another client.
  const bool is_back = std::any_of(clients_.begin(), clients_.end(), [&](const auto& each) {
    return each.first != of.end.key && each.second.end.address == of.end.address &&
           each.second.on > of.off && each.second.topics_got.contains(of.missed_topic);
  });
  if (is_back) return;
  // Who says goodbye may have meant to go.
  tell(of.end, noticed::never_came_back, of.said_goodbye ? strength::leaning : strength::agreed,
       {{"time", time_between(of.off, now)}, {"count", text(missed)}, {"topic", of.missed_topic}},
       "");
  if (out_.empty() || out_.back().found.what != noticed::never_came_back) return;
  std::vector<sentence>& more = out_.back().found.more;
  if (of.said_goodbye)
    more.push_back(words(N_("It said goodbye (DISCONNECT): the app itself ended the connection.")));
  const auto heir = std::find_if(clients_.begin(), clients_.end(), [&](const auto& each) {
    return each.first != of.end.key && each.second.end.address == of.end.address &&
           is_here(each.second, now) && each.second.asked_now == 0 && each.second.published == 0;
  });
  if (heir != clients_.end())
    more.push_back(
        words(N_("{other}, from the same address, is connected and has subscribed to "
                 "nothing: a subscription belongs to the client identifier that made it."),
              {{"other", heir->second.end.who}}));
  else if (other != clients_.end())
    more.push_back(words(N_("Others were let in since then, such as {other}."),
                         {{"other", other->second.end.who}}));
}

namespace {

/// The topic without what stands in front of its last levels; "" where it has no more levels.
std::string_view last_levels(std::string_view topic, std::size_t levels) {
  std::size_t from = topic.size();
  for (; levels > 0; --levels) {
    if (from == 0) return {};
    from = topic.rfind('/', from - 1);
    if (from == topic.npos) return {};
  }
  return topic.substr(from + 1);
}

/// Whether the two are one topic behind different prefixes.
bool differ_in_front(std::string_view one, std::string_view other) {
  const auto is_behind = [](std::string_view longer, std::string_view shorter) {
    while (shorter.starts_with('/')) shorter.remove_prefix(1);
    const bool has_levels = shorter.find('/') != shorter.npos;
    return has_levels && longer.size() > shorter.size() + 1 && longer.ends_with(shorter) &&
           longer[longer.size() - shorter.size() - 1] == '/';
  };
  constexpr std::size_t many = 3;
  const std::string_view last = last_levels(one, many);
  return is_behind(one, other) || is_behind(other, one) ||
         (!last.empty() && last == last_levels(other, many));
}

}  // namespace

/// A writer's topics beside those that its readers get.
void arrival_watch::finish_prefixes(const client& of, const known_client& known, subscribers& all) {
  for (const auto& [topic, at] : topics_) {
    if (at.by == of.end.key || !all.who_gets(topic).empty()) continue;
    bool is_near = false;
    const std::string* before = nullptr;  // the topic that this one came in place of
    for (const std::string& got : of.topics_got) {
      const auto other = topics_.find(got);
      if (other == topics_.end() || other->second.by != at.by) continue;
      is_near = is_near || first_level(got) == first_level(topic);
      // Of one device alone the same last levels tell that it is the same thing.
      const bool is_one_thing =
          first_level(got) != first_level(topic) || got.ends_with(topic) || topic.ends_with(got);
      if (is_one_thing && other->second.last <= at.first && differ_in_front(got, topic))
        before = &got;
    }
    remark_places with{{"topic", shown(topic)},
                       {"other", name_of(at.by)},
                       {"asked", shown(known.filters.front().filter)},
                       {"count", text(at.published)}};
    constexpr std::uint64_t several = 2;
    if (before != nullptr && at.published >= several) {
      with["before"] = shown(*before);
      tell(of.end, noticed::prefix_changed, strength::agreed, std::move(with), "");
    } else if (is_near) {
      tell(of.end, noticed::beside_filter, strength::fits, std::move(with), "");
    }
  }
}

}  // namespace mqttkit::doctor
