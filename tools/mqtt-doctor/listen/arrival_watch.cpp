#include "mqtt-doctor/listen/arrival_watch.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <utility>

#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using span_s = std::chrono::duration<double>;

constexpr auto late = 1s;           // from PUBLISH to the reader, inside the broker
constexpr auto burst_gap = 200ms;   // messages this close are sent at once
constexpr auto slow_gap = 500ms;    // messages this far apart are sent one by one
constexpr std::uint64_t burst = 5;  // messages

std::string key_of(const known_client& of) { return of.id.empty() ? '\0' + of.who : of.id; }

constexpr symptom_set its_own{
    symptom::nothing_arrives, symptom::some_missing,      symptom::twice,    symptom::late,
    symptom::wrong_order,     symptom::missed_while_away, symptom::unwanted, symptom::too_much};

}  // namespace

arrival_watch::arrival_watch(symptom seen) : seen_(seen), is_on_(its_own.contains(seen)) {}

arrival_watch::client* arrival_watch::find(const std::string& key) {
  const auto at = clients_.find(key);
  return at == clients_.end() ? nullptr : &at->second;
}

arrival_watch::told_topic* arrival_watch::topic_of(const std::string& topic) {
  if (topic.empty() || topic.size() > subscribers::longest_topic) return nullptr;
  if (topics_.size() >= most_topics && !topics_.contains(topic)) return nullptr;
  return &topics_[topic];
}

std::string arrival_watch::name_of(const std::string& key) {
  const client* const is = find(key);
  return is == nullptr ? shown(key) : is->end.who;
}

std::vector<meant> arrival_watch::take() { return std::exchange(out_, {}); }

// ---- connections
// ---------------------------------------------------------------------------------

void arrival_watch::connects(const message_end& of, const connect_packet& packet, moment now) {
  if (!is_on_) return;
  if (began_ == moment{}) began_ = now;
  if (clients_.size() >= most_clients && !clients_.contains(of.key)) return misses_some();
  client& is = clients_[of.key];
  if (is.is_on) left(is.end, is.stays, false, now);
  is.end = of;
  is.is_clean = packet.clean_start;
  is.expiry = packet.properties.number(property_id::session_expiry_interval).value_or(0);
}

void arrival_watch::let_in(const message_end& of, bool is_resumed, moment now) {
  client* const is = is_on_ ? find(of.key) : nullptr;
  if (is == nullptr) return;
  is->end = of;
  is->is_on = true;
  is->is_resumed = is_resumed;
  is->on = now;
  if (++is->connections == 1) is->first_on = now;
  is->asked_now = is->got_now = is->kept_now = is->others_now = is->burst_got = 0;
  is->open.clear();
  is->is_open_partial = false;
  is->sent_open.clear();
  is->open_topics.clear();
  const bool was_here = is->off != moment{};
  const span_s away = was_here ? span_s(now - is->off) : span_s{0};
  if (was_here && away > is->longest_absence) {
    is->longest_absence = away;
    is->published_before_absence = is->published;
  }
  const std::string time = was_here ? time_between(is->off, now) : "";
  if (is->too_long_away != 0 && !is_resumed)
    tell(of, noticed::away_too_long, strength::seen,
         {{"count", std::to_string(is->too_long_away)},
          {"limit", std::to_string(is->expiry)},
          {"time", time}},
         "");
  is->was_expiring = is->expires_now = false;
  is->too_long_away = is->queued_away = 0;
  if (is->missed_away != 0) {
    is->missed_time = away;
    tell(of, noticed::lost_while_away, strength::seen,
         {{"count", std::to_string(is->missed_away)}, {"topic", is->missed_topic}, {"time", time}},
         "");
  }
  is->missed_away = 0;
  is->stays = of.is_v5 ? is->expiry != 0 : !is->is_clean;
}

void arrival_watch::subscribed(const message_end& of, const known_filter& by, moment) {
  client* const is = is_on_ ? find(of.key) : nullptr;
  if (is == nullptr) return;
  ++is->asked_now;
  if (is->asked_times.size() < most_kept || is->asked_times.contains(by.filter))
    ++is->asked_times[by.filter];
  constexpr std::size_t longest = 512;
  if (is->filters.size() < longest && is->filters.find(by.filter + '\n') == std::string::npos)
    is->filters += by.filter + '\n';
  const auto before = is->left_filters.find(by.filter);
  if (before == is->left_filters.end()) return;
  if (before->second.is_before_leaving && before->second.since != 0)
    tell(of, noticed::unsubscribed_before, strength::seen,
         {{"asked", shown(by.filter)}, {"count", std::to_string(before->second.since)}}, by.filter);
  is->left_filters.erase(before);
}

void arrival_watch::unsubscribed(const message_end& of, const known_client& as,
                                 std::string_view filter, moment now) {
  client* const is = is_on_ ? find(of.key) : nullptr;
  if (is == nullptr) return;
  const bool is_known =
      std::any_of(as.filters.begin(), as.filters.end(),
                  [&](const known_filter& each) { return each.filter == filter; });
  if (!is_known && !as.filters.empty() && !is->is_resumed)
    is->strange_unsubscribe = std::string(filter);
  if (is_known && is->left_filters.size() < most_kept)
    is->left_filters[std::string(filter)] = {now, 0, false};
}

void arrival_watch::pings(const message_end& of) {
  if (client* const is = is_on_ ? find(of.key) : nullptr) ++is->pings;
}

void arrival_watch::takes_leave(const message_end& of, std::uint32_t expiry) {
  client* const is = is_on_ ? find(of.key) : nullptr;
  if (is != nullptr) is->expires_now = expiry == 0 && is->expiry != 0;
}

void arrival_watch::left(const message_end& of, bool keeps_session, bool said_goodbye, moment now) {
  constexpr auto just_before = 5s;
  client* const is = is_on_ ? find(of.key) : nullptr;
  if (is == nullptr || !is->is_on || is->end.connection != of.connection) return;
  passage_.left(of.key, now);
  is->is_on = false;
  is->off = now;
  is->said_goodbye = said_goodbye;
  is->was_expiring = is->expires_now;
  is->most_kept_now = std::max(is->most_kept_now, is->kept_now);
  for (auto& [filter, gone] : is->left_filters)
    gone.is_before_leaving = now - gone.at < just_before;
  for (auto& [topic, each] : ways_[of.key]) {
    // What was published just before may not have reached it; it is not held against anybody.
    if (!keeps_session) {
      each.waiting.clear();
    } else {
      std::erase_if(each.waiting,
                    [](const sending& one) { return one.qos == qos_t::at_most_once; });
      for (sending& one : each.waiting) one.was_away = true;
    }
  }
}

// ---- a client publishes
// --------------------------------------------------------------------------

/// Whether messages come one by one or many at once, and whether their writer was away before.
void arrival_watch::look_at_pace(told_topic& at, const client* by, moment now) {
  constexpr auto after_coming = 10s;
  if (at.published == 0) {
    at.burst = 1;
    return;
  }
  const auto gap = now - at.last;
  if (gap >= slow_gap) ++at.slow_gaps;
  at.burst = gap < burst_gap ? at.burst + 1 : 1;
  if (at.burst < burst) return;
  if (at.burst == burst) ++at.bursts;
  at.in_bursts += at.burst == burst ? burst : 1;
  const bool was_away = by != nullptr && by->connections > 1 && now - by->on < after_coming;
  if (was_away && at.burst > at.late_burst) {
    at.late_burst = at.burst;
    at.absence = by->on - by->off;
  }
}

/// Follows a number that the messages count up: the only integer of a short text.
void arrival_watch::look_at_number(told_topic& at, std::string_view payload) {
  constexpr std::size_t longest = 256, most_digits = 9;
  if (payload.size() > longest) return;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto begin = std::find_if(payload.begin(), payload.end(), is_digit);
  const auto end = std::find_if_not(begin, payload.end(), is_digit);
  if (begin == payload.end() || std::any_of(end, payload.end(), is_digit)) return;
  if (static_cast<std::size_t>(end - begin) > most_digits) return;
  const long long number = std::stoll(std::string(begin, end));
  constexpr std::size_t most_numbers = 256;
  if (!at.numbers.insert(number).second) at.is_no_counter = true;
  if (at.numbers.size() > most_numbers) at.numbers.erase(at.numbers.begin());
  if (at.numbered++ != 0) {
    const long long step = number - at.number;
    constexpr long long near = 16;
    if (step > 0 && step <= near) ++at.steps;
    if (step < 0 && step >= -near) {
      ++at.backwards;
      at.backward = std::to_string(number) + " / " + std::to_string(at.number);
    }
  }
  at.number = number;
}

/// A message whose acknowledgement did not come before its connection ended is sent again on the
/// next one, and may have arrived.
void arrival_watch::look_at_resending(client& by, const publish_packet& packet,
                                      const std::string& topic, std::size_t hash, told_topic* at) {
  if (packet.qos == qos_t::at_most_once) return;
  const std::size_t mark = hash ^ std::hash<std::string>{}(topic);
  const auto before = by.unanswered.find(mark);
  if (before != by.unanswered.end() && before->second != by.end.connection) {
    // At QoS 2 a session that both kept makes it the same message still.
    const bool is_same = packet.qos == qos_t::exactly_once && packet.dup && by.is_resumed;
    if (!is_same) {
      ++by.resent;
      by.resent_topic = topic;
      by.resent_qos = packet.qos;
    }
    before->second = by.end.connection;
    if (at != nullptr && packet.dup && at->last_hash != hash) ++at->resent_behind;
  }
  if (by.sent_open.size() >= most_waiting || by.unanswered.size() >= most_waiting) return;
  by.sent_open[packet.packet_id] = mark;
  by.unanswered[mark] = by.end.connection;
}

void arrival_watch::accepted(const message_end& of, std::uint16_t packet_id, bool is_taken) {
  if (is_on_) passage_.accepted(of.key, packet_id, is_taken);
  client* const is = is_on_ ? find(of.key) : nullptr;
  if (is == nullptr) return;
  if (const auto open = is->open_topics.find(packet_id); open != is->open_topics.end()) {
    const auto told = topics_.find(open->second);
    if (told != topics_.end() && is_taken) ++told->second.taken;
    is->open_topics.erase(open);
  }
  const auto at = is->sent_open.find(packet_id);
  if (at == is->sent_open.end()) return;
  is->unanswered.erase(at->second);
  is->sent_open.erase(at);
}

void arrival_watch::send_to(const known_client& reader, qos_t granted, const message_end& by,
                            const publish_packet& packet, const std::string& topic,
                            std::size_t hash, moment now) {
  const std::string key = key_of(reader);
  client* const is = find(key);
  if (is == nullptr) return;
  const std::string& broker = is->end.broker;
  if (!broker.empty() && !by.broker.empty() && broker != by.broker) {
    auto& its = is->elsewhere_too;
    if (its.size() >= most_kept && !its.contains(topic)) return;
    client::elsewhere& there = its[topic];
    there.by = by.key;
    there.broker = by.broker;
    ++there.count;
    return;
  }
  const bool is_kept = packet.qos != qos_t::at_most_once && granted != qos_t::at_most_once;
  const bool is_away = reader.connection == 0;
  if (is_away) {
    is->missed_topic = shown(topic);
    const bool is_over = reader.is_v5 && reader.keeps_session() &&
                         now - reader.left > std::chrono::seconds(reader.expiry);
    if (is->was_expiring || is_over) {
      if (is_kept) ++(is_over ? is->too_long_away : is->queued_away);
      return;
    }
    if (!reader.keeps_session()) {
      ++is->missed_away;
      return;
    }
    if (is_kept) ++is->queued_away;
  }
  const bool is_extra = is_away && !is_kept;
  auto& its = ways_[key];
  if (!its.contains(topic) && ++way_count_ > most_ways) return;
  way& on = its[topic];
  on.by = by.key;
  if (on.sent == 0) on.first_sent = now;
  if (!is_extra) on.last_sent = now;
  if (on.waiting.size() >= most_waiting) {
    // Nobody counts what no broker has to keep.
    on.is_partial = on.is_partial || !on.waiting.front().is_extra;
    on.waiting.pop_front();
  }
  on.waiting.push_back({hash, now, by.key, std::min(packet.qos, granted), packet.dup, is_away,
                        is->open.size() > 1, is_extra});
  if (!is_extra) ++on.sent;
}

void arrival_watch::published(const message_end& by, const publish_packet& packet,
                              const std::string& topic, std::size_t size, moment now,
                              subscribers& all) {
  if (!is_on_) return;
  ++published_;
  const std::size_t hash = hash_of(packet.payload);
  client* const writer = find(by.key);
  told_topic* const at = topic_of(topic);
  if (writer != nullptr) {
    if (writer->published++ == 0) writer->first_publish = now;
    writer->bytes += size;
    writer->last_publish = now;
    look_at_resending(*writer, packet, topic, hash, at);
    if (packet.qos != qos_t::at_most_once && writer->open_topics.size() < most_waiting)
      writer->open_topics[packet.packet_id] = topic;
  }
  if (at == nullptr) return;
  look_at_pace(*at, writer, now);
  if (at->published++ == 0) at->first = now;
  if (at->last_hash == hash && at->published > 1) ++at->same;
  if (!packet.dup) look_at_number(*at, as_text(packet.payload));
  at->last_hash = hash;
  at->last = now;
  at->bytes += size;
  at->by = by.key;
  at->levels.insert(static_cast<int>(packet.qos));
  if (at->writers.size() < most_kept) at->writers.insert(by.key);
  if (topic.starts_with("$delayed/"))
    tell(by, noticed::delayed_topic, strength::seen, {{"topic", shown(topic)}}, topic);
  for (auto& [key, each] : clients_) {
    if (each.is_on && key != by.key) {
      ++each.others_now;
      each.other_topic = topic;
    }
    for (auto& [filter, gone] : each.left_filters)
      if (topic_matches(filter, topic)) ++gone.since;
  }
  if (writer != nullptr && seen_ == symptom::late && writer->out.size() < most_kept) {
    auto& out = writer->out[topic];
    if (out.size() < most_waiting) out.push_back(now);
  }
  // RabbitMQ changes dots.
  const bool is_changed = topic.find('.') != topic.npos;
  const auto readers = readers_of(by, topic, size, all);
  if (!is_changed) {
    std::set<std::string> waiting;
    for (const auto& [reader, granted] : readers)
      if (reader->connection != 0 && reader->broker == by.broker) waiting.insert(key_of(*reader));
    passage_.published(by.key, by.broker, packet, topic, size, std::move(waiting), now);
  }
  // Some brokers take an empty one for a deletion alone: passage_ judges that.
  if (packet.payload.empty() && packet.retain) return;
  note_shared(topic, all);
  if (is_changed) return;
  for (const auto& [reader, granted] : readers)
    send_to(*reader, granted, by, packet, topic, hash, now);
}

/// Who is to get a message, with the highest QoS that was granted for it.
std::map<const known_client*, qos_t> arrival_watch::readers_of(const message_end& by,
                                                               const std::string& topic,
                                                               std::size_t size, subscribers& all) {
  std::map<const known_client*, qos_t> readers;
  for (const auto& [reader, index] : all.who_gets(topic)) {
    const known_filter& filter = reader->filters[index];
    const bool is_own = filter.no_local && reader->connection == by.connection;
    const bool is_above = reader->largest != 0 && size + 16 > reader->largest;
    // A bridge that is there leaves out what came by it.
    const bool may_leave_out = reader->is_bridge && reader->connection != 0;
    if (filter.is_shared || is_own || is_above || may_leave_out) continue;
    qos_t& granted = readers.try_emplace(reader, filter.qos).first->second;
    granted = std::max(granted, filter.qos);
  }
  return readers;
}

void arrival_watch::explains_resending(const std::string& key) {
  if (client* const is = find(key)) is->resent = 0;
}

/// Filters that make a message come twice because one of them is shared.
void arrival_watch::note_shared(const std::string& topic, subscribers& all) {
  const auto noted = shared_.find(topic);
  if (noted == shared_.end() ? shared_.size() >= most_kept : !noted->second.reader.empty()) return;
  const auto& readers = all.who_gets(topic);
  std::set<const known_client*> plain;
  for (const auto& [reader, index] : readers)
    if (!reader->filters[index].is_shared) plain.insert(reader);
  std::set<std::string> shared;
  std::string both;
  for (const auto& [reader, index] : readers) {
    if (reader->connection == 0 || !reader->filters[index].is_shared) continue;
    shared.insert(reader->filters[index].filter);
    if (plain.contains(reader)) both = key_of(*reader);
  }
  if (shared.size() > 1 || !both.empty()) shared_[topic] = {std::move(shared), std::move(both)};
}

/// When messages of others came to the client, and its own in between.
void arrival_watch::note_reading(client& of, const std::string& topic, moment now) {
  const auto at = topics_.find(topic);
  const bool is_own = at != topics_.end() && at->second.by == of.end.key;
  std::vector<moment>& list = is_own ? of.got_own : of.got_others;
  constexpr std::size_t most_read = 1000;
  if (list.size() < most_read) list.push_back(now);
  if (!is_own) of.heard_topic = topic;
}

// ---- a client is sent something
// ------------------------------------------------------------------

void arrival_watch::look_at_disorder(way& of, const sending& behind, const sending& other) {
  const disorder what = behind.is_again           ? disorder::by_resending
                        : behind.by != other.by   ? disorder::by_writers
                        : behind.qos != other.qos ? disorder::by_qos
                                                  : disorder::at_broker;
  ++of.disordered[static_cast<std::size_t>(what)];
}

void arrival_watch::delivered(const message_end& to, const publish_packet& packet,
                              const std::string& topic, moment now, const known_client* as) {
  client* const is = is_on_ ? find(to.key) : nullptr;
  if (is == nullptr || as == nullptr) return;
  constexpr auto start = 3s;
  constexpr std::size_t most_followed = 100;
  ++is->got;
  ++is->got_now;
  is->elsewhere_too.erase(topic);
  const std::size_t hash = hash_of(packet.payload);
  passage_.delivered(to.key, packet, topic);
  if (is->topics_got.size() < most_followed) is->topics_got.insert(topic);
  if (packet.qos != qos_t::at_most_once) {
    ++is->to_acknowledge;
    if (is->open.size() < most_waiting) {
      is->open.try_emplace(packet.packet_id, now);
    } else if (!is->open.contains(packet.packet_id)) {
      is->is_open_partial = true;
    }
    if (is->is_resumed && now - is->on < start && is->off != moment{} &&
        ++is->burst_got > is->largest_burst_got) {
      is->largest_burst_got = is->burst_got;
      is->away_before_burst = is->on - is->off;
    }
  }
  if (is->last_of.size() < most_followed || is->last_of.contains(topic)) {
    client::kept_copy& before = is->last_of[topic];
    const bool is_known = before.connection != 0 && before.hash == hash;
    if (packet.retain && is_known && before.connection != to.connection)
      ++is->kept_once_more[topic];
    if (packet.retain && is_known && before.connection == to.connection && !before.is_kept &&
        is->is_resumed && now - is->on < start)
      ++is->kept_and_waiting[topic];
    before = {to.connection, hash, packet.retain};
  }
  if (packet.retain) {
    ++is->kept_now;
    return;
  }
  if (seen_ == symptom::late) note_reading(*is, topic, now);
  auto& its = ways_[to.key];
  const auto at = its.find(topic);
  if (at == its.end()) return;
  way& on = at->second;
  const bool was_here =
      std::find(on.came_last.begin(), on.came_last.end(), hash) != on.came_last.end();
  if (now - is->on > start) {
    // A broker that kept them has handed them out: what comes now is no message of that time.
    std::erase_if(on.waiting, [](const sending& each) { return each.is_extra; });
    std::erase_if(on.passed, [](const overtaken& each) { return each.what.is_extra; });
  }
  // Most brokers drop those of QoS 0 for who is away: of equal messages it is another one.
  auto one = std::find_if(on.waiting.begin(), on.waiting.end(),
                          [&](const sending& each) { return each.hash == hash && !each.is_extra; });
  if (one == on.waiting.end())
    one = std::find_if(on.waiting.begin(), on.waiting.end(),
                       [&](const sending& each) { return each.hash == hash; });
  if (one == on.waiting.end()) {
    const auto behind = std::find_if(on.passed.begin(), on.passed.end(),
                                     [&](const overtaken& each) { return each.what.hash == hash; });
    if (behind != on.passed.end()) {
      look_at_disorder(on, behind->what, behind->by);
      if (!behind->what.is_extra) ++on.came;
      on.passed.erase(behind);
    } else if (was_here) {
      ++is->copies;
      if (packet.dup) {
        ++is->given_again;
        is->given_topic = topic;
        is->given_qos = packet.qos;
        if (on.came_last.back() != hash) ++is->given_behind;
      }
    }
    return;
  }
  const sending found = *one;
  std::deque<sending> equal;
  for (auto each = on.waiting.begin(); each != one; ++each) {
    if (each->is_extra && each->hash == hash) {
      // Which of the two came cannot be told: it was not overtaken, and may still come.
      equal.push_back(*each);
      continue;
    }
    if (on.passed.size() >= most_waiting) {
      if (!on.passed.front().what.is_extra) ++on.lost;
      on.passed.erase(on.passed.begin());
    }
    on.passed.push_back({*each, found});
  }
  on.waiting.erase(on.waiting.begin(), one + 1);
  on.waiting.insert(on.waiting.begin(), equal.begin(), equal.end());
  if (!found.is_extra) ++on.came;
  on.last_came = now;
  if (found.is_again && was_here) ++is->copies;
  const span_s took = now - found.at;
  if (took >= late) ++(found.was_away ? on.held_away : found.was_open ? on.held_open : on.held);
  if (!found.was_away) on.longest = std::max(on.longest, took);
  if (on.came_last.size() >= most_kept) on.came_last.pop_front();
  on.came_last.push_back(hash);
}

void arrival_watch::acknowledged(const message_end& by, std::uint16_t packet_id, moment now) {
  client* const is = is_on_ ? find(by.key) : nullptr;
  if (is == nullptr) return;
  const auto at = is->open.find(packet_id);
  if (at == is->open.end()) {
    // It may be that of a message that is not followed.
    if (is->open.empty() || is->is_open_partial) return;
    ++is->misnumbered;
    is->wrong_number = packet_id;
    is->right_number = is->open.begin()->first;
    return;
  }
  const span_s took = now - at->second;
  is->open.erase(at);
  ++is->acknowledged;
  if (took < late) return;
  ++is->acknowledged_late;
  is->lateness += took;
}

}  // namespace mqttkit::doctor
