#include "mqtt-doctor/listen/meaning_watch.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "mqtt-doctor/listen/topic_roles.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto same_moment = 1s;   // copies of one message come at once
constexpr auto same_reading = 2s;  // two gateways pass on one reading within that
constexpr auto burst_time = 3s;

/// Whether the message tells that something is there or not, or makes it known (discovery).
bool is_state(const std::string& topic, bytes_view payload) {
  static constexpr std::array<std::string_view, 6> levels{"availability", "available", "lwt",
                                                          "online",       "$state",    "birth"};
  static constexpr std::array<std::string_view, 8> words{
      "online",        "offline",   "available",    "unavailable",
      "not_available", "connected", "disconnected", "alive"};
  const std::string level = lower(last_level_of(topic));
  const std::string text =
      lower(as_text(payload.first(std::min(payload.size(), longest_short_text))));
  if (is_one_of(level, levels) || is_one_of(text, words)) return true;
  if (level == "config" && text.starts_with("{")) return true;
  return text.starts_with("{\"state\":\"on") && text.find("online") != text.npos;
}

bool is_command(const std::string& topic) {
  static constexpr std::array<std::string_view, 12> levels{
      "set",     "cmd",    "command", "commands", "cmnd",   "control",
      "trigger", "action", "toggle",  "restart",  "reboot", "press"};
  const std::string low = lower(topic);
  if (low.starts_with("cmnd/") || low.find("/cmnd/") != low.npos) return true;
  return is_one_of(last_level_of(low), levels);
}

}  // namespace

meaning_watch::client* meaning_watch::find(const std::string& key) {
  const auto at = clients_.find(key);
  return at == clients_.end() ? nullptr : &at->second;
}

meaning_watch::told_topic* meaning_watch::topic_of(const std::string& topic) {
  if (topic.empty() || topic.size() > subscribers::longest_topic) return nullptr;
  if (topics_.size() >= most_topics && !topics_.contains(topic)) return nullptr;
  return &topics_[topic];
}

void meaning_watch::tell(const message_end& about, noticed what, remark_places with,
                         std::string key) {
  out_.push_back(
      {about.connection, about.key, about.who, about.id, {what, std::move(with), std::move(key)}});
}

std::vector<meant> meaning_watch::take() { return std::exchange(out_, {}); }

void meaning_watch::connects(const message_end& of, const connect_packet& packet, moment now) {
  if (clients_.size() >= most_clients && !clients_.contains(of.key)) return misses_some();
  client& is = clients_[of.key];
  if (is.is_on) left(is.end, true, now);
  is.end = of;
  const std::string will_before = std::exchange(is.will_topic, {});
  const std::size_t will_hash_before = is.will_hash;
  is.is_will_kept = is.is_will_delayed = false;
  if (packet.will) {
    is.will_topic = packet.will->topic;
    is.will_text = short_text(packet.will->payload);
    is.will_hash = hash_of(packet.will->payload);
    is.is_will_kept = packet.will->retain;
    const auto delay = packet.will->properties.number(property_id::will_delay_interval);
    is.is_will_delayed = delay.value_or(0) != 0;
  }
  const auto old = topics_.find(will_before);
  if (!is.will_topic.empty() && will_before != is.will_topic && old != topics_.end() &&
      old->second.is_kept && old->second.kept_hash != will_hash_before && is.birth_kept != 0)
    tell(of, noticed::old_name_stays,
         {{"topic", shown(will_before)},
          {"text", old->second.text},
          {"answer", shown(is.will_topic)}},
         "");
  const auto expiry = packet.properties.number(property_id::session_expiry_interval);
  is.stays = of.is_v5 ? expiry.value_or(0) != 0 : !packet.clean_start;
}

void meaning_watch::let_in(const message_end& of, const known_client& before, bool is_resumed,
                           moment now) {
  client* const is = find(of.key);
  if (is == nullptr) return;
  is->end = of;
  is->is_on = true;
  is->is_resumed = is_resumed;
  is->birth_now = is->burst = 0;
  is->unkept.clear();
  is->owed = is->came = is->from_before = 0;
  is->asked_now.clear();
  is->kept_now.clear();
  is->open.clear();
  is->sent_now = 0;
  is->on = now;
  is->is_stay_told = false;
  is->was_away_long = is->off != moment{} && now - is->off >= 1min;
  ++is->connections;
  auto& here = came_[of.address];
  const bool is_first = std::find(here.begin(), here.end(), of.key) == here.end();
  if (is_first && here.size() < most_kept) here.push_back(of.key);
  if (is->off == moment{}) return;
  const std::string away = time_between(is->off, now);
  if (is_resumed && is->kept_away == 0) {
    const auto note = [&](noticed what, std::uint64_t count) {
      if (count == 0) return;
      is->unkept.push_back(
          {what,
           {{"count", std::to_string(count)}, {"topic", is->away_topic}, {"time", away}},
           ""});
    };
    note(noticed::qos0_while_away, is->plain_away);
    note(noticed::subscribed_qos0_away, is->low_away);
  }
  const bool should_be_there = before.keeps_session() && is->stays &&
                               (!of.is_v5 || now - is->off < std::chrono::seconds(before.expiry)) &&
                               !misses_some_;
  if (should_be_there && !is_resumed && !before.was_clean && is->kept_away != 0)
    tell(of, noticed::session_lost_missed,
         {{"count", std::to_string(is->kept_away)}, {"time", away}}, "");
  if (is_resumed) is->owed = is->kept_away;
  is->plain_away = is->low_away = is->kept_away = 0;
}

void meaning_watch::subscribed(const message_end& of, const known_filter& by, bool wants_kept,
                               moment now) {
  client* const is = find(of.key);
  if (is == nullptr) return;
  constexpr std::size_t longest_filters = 512;
  if (is->filters.size() < longest_filters &&
      is->filters.find(by.filter + '\n') == std::string::npos)
    is->filters += by.filter + '\n';
  if (by.is_shared && is->shared.size() < most_kept) is->shared.try_emplace(by.filter);
  if (is->asked_now.size() < most_kept || is->asked_now.contains(by.filter))
    ++is->asked_now[by.filter];
  if (is->asked_at.size() < most_kept || is->asked_at.contains(by.filter))
    is->asked_at[by.filter] = now;
  is->gave_up.erase(by.filter);
  const auto asked = is->asked_now.find(by.filter);
  const bool is_first =
      wants_kept && !by.is_shared && asked != is->asked_now.end() && asked->second == 1;
  for (const auto& [topic, at] : topics_) {
    const bool is_there = is_first && at.is_kept && at.kept_times != 0 && !at.has_expiry;
    if (is_there && is->expects.size() < most_kept && topic_matches(by.filter, topic))
      is->expects.try_emplace(topic, now);
    const bool is_gone = at.published == 0 || at.is_kept || at.plain == 0 || at.text.empty();
    if (is_gone || at.by.key == of.key || !topic_matches(by.filter, topic)) continue;
    const client* const writer = find(at.by.key);
    if (writer == nullptr || by.is_shared) continue;
    const bool is_lasting = at.is_state && writer->is_on;
    if ((is_lasting || !at.has_reached) && is->lacks.size() < most_kept)
      is->lacks.try_emplace(topic, now);
  }
}

void meaning_watch::unsubscribed(const message_end& of, std::string_view filter, moment now) {
  constexpr auto at_once = 2s;       // after SUBSCRIBE
  constexpr auto at_the_start = 5s;  // of a connection with the session of before
  client* const is = find(of.key);
  if (is == nullptr || is->gave_up.size() >= most_kept) return;
  const auto asked = is->asked_at.find(std::string(filter));
  const bool is_hasty = asked != is->asked_at.end() && now - asked->second < at_once;
  const bool is_start = is->is_resumed && now - is->on < at_the_start;
  if (!is_hasty && !is_start) return;
  is->gave_up[std::string(filter)] = 0;
  has_given_up_ = true;
}

void meaning_watch::count_given_up(const std::string& topic) {
  for (auto& [key, is] : clients_) {
    for (auto& [filter, count] : is.gave_up)
      if (is.is_on && topic_matches(filter, topic)) ++count;
  }
}

void meaning_watch::published_early(const message_end& by, const std::string& topic, moment now) {
  client* const is = find(by.key);
  if (is != nullptr && is->early.size() < most_kept) is->early.try_emplace(topic, now);
}

// ---- a client publishes
// --------------------------------------------------------------------------

void meaning_watch::published(const message_end& by, const publish_packet& packet,
                              const std::string& topic, bool is_whole, moment now,
                              subscribers& all) {
  if (client* const writer = find(by.key)) {
    ++writer->published;
    ++writer->sent_now;
    const bool is_followed = packet.qos != qos_t::at_most_once && writer->open.size() < most_kept;
    if (is_followed && !packet.dup) writer->open[packet.packet_id] = now;
  }
  told_topic* const at = topic_of(topic);
  if (at == nullptr) return;
  const std::size_t hash = hash_of(packet.payload);
  const bool is_empty = is_whole && packet.payload.empty();
  if (++at->published == 1) at->first = now;
  if (packet.retain) {
    at->is_kept = !is_empty;
    // The third writer is the first again, and has another text than the second.
    const bool is_back = at->kept_before == by.key && at->kept_by != by.key;
    if (is_back && at->kept_hash != hash && last_level_of(topic) == "config" && !is_empty)
      ++at->overwritten;
    if (at->kept_by != by.key) at->kept_before = std::exchange(at->kept_by, by.key);
    if (at->overwritten == 1 && is_back) {
      if (const client* const other = find(at->kept_before)) {
        tell(by, noticed::overwritten, {{"topic", shown(topic)}, {"other", other->end.who}}, topic);
      }
    }
    at->kept_hash = hash;
    at->was_emptied = at->is_plain_last = false;
    if (!is_empty) ++at->kept_times;
    const bool has_expiry =
        packet.properties.number(property_id::message_expiry_interval).has_value();
    at->has_expiry = at->has_expiry || has_expiry;
  } else {
    if (is_empty && at->is_kept)
      tell(by, noticed::cleared_without_flag, {{"topic", shown(topic)}}, topic);
    if (is_empty) at->was_emptied = true;
    at->plain_hash = hash;
    at->is_plain_last = true;
    ++at->plain;
  }
  at->by = by;
  at->at = now;
  at->text = short_text(packet.payload);
  at->is_state = is_state(topic, packet.payload);
  look_at_birth(by, topic, hash, packet.retain);
  if (is_whole) look_at_text(*at, by, packet.payload);
  if (is_empty && !packet.retain) ++at->empty;
  if (as_text(packet.payload).starts_with('{')) ++at->json;
  if (!packet.dup && !is_empty) {
    look_at_writers(*at, by, hash, now);
    look_at_beside(by, topic, hash, packet.payload.size(), now);
  }

  const auto& readers = all.who_gets(topic);
  at->has_reached = !readers.empty();
  if (packet.retain && !is_empty) at->unread = readers.empty() ? at->unread + 1 : 0;
  if (has_given_up_) count_given_up(topic);
  std::set<const known_client*> met;
  std::set<std::string> groups, groups_here;
  for (const auto& [reader, index] : readers) {
    const known_filter& filter = reader->filters[index];
    if (filter.is_shared) {
      share* const its = share_of(filter.filter);
      if (groups.insert(filter.filter).second && its != nullptr) ++its->messages;
      const bool is_first = reader->connection != 0 && groups_here.insert(filter.filter).second;
      note_share(*reader, filter, is_first, now);
    }
    if (!met.insert(reader).second || reader->connection != 0 || !reader->keeps_session()) continue;
    for (auto& [key, is] : clients_) {
      if (is.end.id != reader->id || is.end.id.empty()) continue;
      const bool is_sent_low = packet.qos == qos_t::at_most_once;
      const bool is_asked_low = filter.qos == qos_t::at_most_once;
      if (!is_sent_low && !is_asked_low) {
        if (!packet.properties.number(property_id::message_expiry_interval)) ++is.kept_away;
      } else if (is_sent_low != is_asked_low && !packet.retain) {
        ++(is_sent_low ? is.plain_away : is.low_away);
        is.away_topic = shown(topic);
      }
    }
  }
  if ((topic.starts_with("$share/") || topic.starts_with("$queue/")) && readers.empty()) {
    const auto level = topic.find('/', topic[1] == 's' ? sizeof "$share/" - 1 : 1);
    tell(by, noticed::shared_published,
         {{"topic", shown(topic)},
          {"mended", shown(level == topic.npos ? topic : topic.substr(level + 1))}},
         topic);
  }
  const auto answer = packet.properties.text(property_id::response_topic);
  for (auto& [name, asked] : requests_)
    if (asked.answer == topic) ++asked.answered;
  if (!answer || requests_.size() >= most_topics) return;
  request& asked = requests_[topic + '\n' + std::string(*answer)];
  asked.topic = topic;
  asked.answer = *answer;
  asked.by = by;
  asked.hash = hash;
  asked.at = now;
  ++asked.asked;
  if (all.who_gets(asked.answer).empty()) ++asked.unheard;
}

meaning_watch::share* meaning_watch::share_of(const std::string& filter) {
  const auto at = for_shared_.find(filter);
  if (at != for_shared_.end()) return &at->second;
  return for_shared_.size() < most_shares ? &for_shared_[filter] : nullptr;
}

/// Which members were there when a message came for them, and which was away with its session.
void meaning_watch::note_share(const known_client& reader, const known_filter& by, bool is_first,
                               moment now) {
  share* const its = share_of(by.filter);
  if (its == nullptr) return;
  share& of = *its;
  if (reader.connection == 0) {
    const bool is_over = reader.is_v5 && now - reader.left > std::chrono::seconds(reader.expiry);
    if (reader.keeps_session() && !is_over && !reader.ended_its_session) of.away = reader.id;
    return;
  }
  if (!is_first) return;
  ++of.meant;
  ++of.since;
  if (of.last.size() >= most_kept) of.last.erase(of.last.begin());
  of.last.push_back(now);
}

void meaning_watch::look_at_birth(const message_end& by, const std::string& topic, std::size_t hash,
                                  bool is_kept) {
  client* const is = find(by.key);
  if (is == nullptr || is->will_topic.empty()) return;
  if (is->will_topic != topic) {
    if (!is_kept) return;
    const told_topic& at = topics_.at(topic);
    if (!at.is_state || presence_of(at.text) != presence::there) return;
    is->there_topic = topic;
    is->there_text = at.text;
    return;
  }
  if (is->will_hash == hash) return;
  ++is->birth_now;
  ++(is_kept ? is->birth_kept : is->birth_plain);
}

void meaning_watch::look_at_text(told_topic& at, const message_end& by, bytes_view payload) {
  ++at.whole;
  const payload_oddity what = look_at_payload(payload);
  if (what == payload_oddity::none) return;
  oddity& found = at.odd[what];
  ++found.times;
  found.text = short_text(payload);
  found.by = by;
}

void meaning_watch::acknowledged(const message_end& of, std::uint16_t packet_id, moment now) {
  constexpr std::chrono::duration<double> long_time = 800ms;
  client* const is = find(of.key);
  if (is == nullptr) return;
  const auto at = is->open.find(packet_id);
  if (at == is->open.end()) return;
  const std::chrono::duration<double> took = now - at->second;
  is->open.erase(at);
  if (took < long_time) {
    ++is->in_time;
  } else {
    ++is->late;
    is->lateness += took;
  }
}

/// The same longer message from two clients, to topics that differ: two gateways with topics of
/// their own that hear one device.
void meaning_watch::look_at_beside(const message_end& by, const std::string& topic,
                                   std::size_t hash, std::size_t size, moment now) {
  constexpr std::size_t telling = 24;  // bytes; short messages are equal by chance
  for (const passed_on& before : passed_on_) {
    const bool is_same = size >= telling && before.hash == hash && before.by != by.key &&
                         before.topic != topic &&
                         last_level_of(before.topic) == last_level_of(topic);
    if (!is_same || now - before.at > same_reading) continue;
    const auto pair = std::minmax(before.topic, topic);
    const std::string name = pair.first + '\n' + pair.second;
    if (beside_.size() < most_kept || beside_.contains(name)) beside_[name].insert(hash);
  }
  if (passed_on_.size() >= most_kept) passed_on_.erase(passed_on_.begin());
  passed_on_.push_back({hash, now, by.key, topic});
}

/// Two clients that publish the same reading: two gateways, or one program that runs twice.
void meaning_watch::look_at_writers(told_topic& at, const message_end& by, std::size_t hash,
                                    moment now) {
  constexpr auto at_once = 150ms, apart = 500ms;  // the two of a pair; two pairs
  if (!at.recent.empty()) {
    const copy& last = at.recent.back();
    const bool is_second = at.sent % 2 == 1;
    if (is_second && last.hash == hash && now - last.at < at_once) ++at.pairs;
    if (last.by != by.key || (!is_second && now - last.at < apart)) at.is_mixed = true;
  }
  ++at.sent;
  for (const copy& before : at.recent) {
    if (before.hash != hash || now - before.at > same_reading) continue;
    if (before.by == by.key) {
      if (now - before.at < same_moment && at.twice.size() < most_kept) at.twice.insert(hash);
      continue;
    }
    ++at.by_two;
    if (at.by_two_hashes.size() < most_kept) at.by_two_hashes.insert(hash);
    if (const client* const other = find(before.by)) at.other = other->end;
    break;
  }
  if (at.recent.size() >= most_kept) at.recent.erase(at.recent.begin());
  at.recent.push_back({hash, now, by.key, 1});
}

// ---- a client is sent something
// ------------------------------------------------------------------

void meaning_watch::delivered(const message_end& to, const publish_packet& packet,
                              const std::string& topic, bool is_whole, moment now,
                              const known_client* as) {
  client* const is = find(to.key);
  if (is == nullptr) return;
  ++is->got;
  is->lacks.erase(topic);
  is->expects.erase(topic);
  is->early.erase(topic);
  if (packet.qos != qos_t::at_most_once) ++is->came;
  if (is->is_resumed && packet.qos != qos_t::at_most_once && now - is->on < burst_time) ++is->burst;
  if (as != nullptr) {
    for (const known_filter& by : as->filters)
      if (by.is_shared && topic_matches(by.filter, topic)) {
        const auto group = for_shared_.find(by.filter);
        const auto member = is->shared.find(by.filter);
        const bool is_counted = member != is->shared.end() || is->shared.size() < most_kept;
        if (is_counted) ++is->shared[by.filter];
        if (group == for_shared_.end()) continue;
        group->second.since = 0;
        group->second.is_partial = group->second.is_partial || !is_counted;
      }
  }
  told_topic* const at = topic_of(topic);
  if (at == nullptr) return;
  // Some brokers keep those of QoS 0 as well (mosquitto: queue_qos0_messages).
  if (!packet.retain && at->published != 0 && at->at < is->on) is->unkept.clear();
  const std::size_t hash = hash_of(packet.payload);
  // A retained message may come before the SUBACK of its subscription; what nobody was heard to
  // publish may be the broker's own.
  if (!packet.retain && at->published != 0) look_at_asked(*is, topic, as);
  if (at->published == 0) look_at_rewritten(*is, topic, hash, now);
  if (!packet.retain && is_command(topic) &&
      (is->done.size() < most_kept || is->done.contains(topic)))
    is->done[topic] = hash;
  if (packet.retain) {
    look_at_kept(*is, topic, *at, hash, now);
  } else if (!packet.dup && is_whole) {
    look_at_copies(*is, topic, hash, now, as);
  }
  // Who subscribes to all below a level knows that its own messages are among it.
  const bool is_meant =
      as != nullptr &&
      std::any_of(as->filters.begin(), as->filters.end(), [&](const known_filter& by) {
        return !by.filter.ends_with('#') && topic_matches(by.filter, topic);
      });
  if (as != nullptr && at->by.key == to.key && !packet.retain && now - at->at < same_reading) {
    const bool is_its = std::any_of(at->recent.begin(), at->recent.end(), [&](const copy& sent) {
      return sent.hash == hash && sent.by == to.key;
    });
    const auto wide =
        std::find_if(as->filters.begin(), as->filters.end(), [&](const known_filter& by) {
          return by.filter.ends_with("/#") && topic_matches(by.filter, topic);
        });
    if (is_its && is_meant) {
      ++is->own;
      is->own_topic = topic;
    } else if (is_its && wide != as->filters.end()) {
      ++is->own_wide;
      is->own_filter = wide->filter;
      is->own_wide_topic = topic;
    }
  }
  for (auto& [name, asked] : requests_) {
    if (asked.topic != topic || asked.hash != hash || asked.by.key == to.key ||
        now - asked.at > same_reading)
      continue;
    asked.reader = to;
    if (packet.properties.text(property_id::response_topic)) {
      ++asked.handed;
    } else {
      ++(to.is_v5 ? asked.lost : asked.unread);
    }
  }
}

void meaning_watch::look_at_kept(client& to, const std::string& topic, told_topic& at,
                                 std::size_t hash, moment now) {
  at.is_kept = true;
  ++at.given;
  const bool is_will = std::any_of(clients_.begin(), clients_.end(), [&](const auto& each) {
    return each.second.will_topic == topic;
  });
  if (at.was_emptied && at.published != 0) {
    tell(at.by, noticed::cleared_without_flag, {{"topic", shown(topic)}}, topic);
  } else if (!is_will && at.is_plain_last && at.plain_hash != hash && at.by.connection != 0 &&
             at.kept_hash != at.plain_hash) {
    tell(to.end, noticed::kept_is_older,
         {{"topic", shown(topic)}, {"other", at.by.who}, {"time", time_between(at.at, now)}},
         topic);
  }
  at.kept_hash = hash;
  if (to.kept_now.size() < most_kept || to.kept_now.contains(topic)) ++to.kept_now[topic];
  const bool is_asked_again = std::any_of(
      to.asked_now.begin(), to.asked_now.end(),
      [&](const auto& asked) { return asked.second > 2 && topic_matches(asked.first, topic); });
  if (is_asked_again && to.kept_now[topic] > 2)
    tell(to.end, noticed::kept_again,
         {{"topic", shown(topic)}, {"count", std::to_string(to.kept_now[topic])}}, topic);
  constexpr std::uint64_t several = 3;
  if (at.unread >= several && at.unread == at.kept_times && !at.is_state)
    tell(to.end, noticed::kept_is_last,
         {{"topic", shown(topic)}, {"other", at.by.who}, {"count", std::to_string(at.kept_times)}},
         topic);
  if (is_command(topic)) {
    if (to.commands.size() >= most_kept && !to.commands.contains(topic)) return;
    // It was carried out when it came the first time, on an earlier connection.
    const auto before = to.done.find(topic);
    const bool is_done = before != to.done.end() && before->second == hash && to.connections > 1;
    to.commands[topic] += is_done && to.commands[topic] == 0 ? 2 : 1;
    return;
  }
  const client* const writer = at.published != 0 ? find(at.by.key) : nullptr;
  const bool is_old = writer != nullptr && !writer->is_on && at.kept_times > 1 &&
                      now - at.at > 30s && !is_will && !at.is_state;
  if (is_old)
    tell(to.end, noticed::kept_is_old,
         {{"topic", shown(topic)}, {"other", at.by.who}, {"time", time_between(at.at, now)}},
         topic);
}

/// Whether one of the client's filters asks for the topic, and one of this connection.
void meaning_watch::look_at_asked(client& to, const std::string& topic, const known_client* as) {
  if (as == nullptr || misses_some_ || topic.empty() || topic.starts_with('$')) return;
  const auto asks = [&](const std::string& filter) {
    // Brokers' own forms ("$queue/", "$delayed/") mean other topics than they say, and RabbitMQ
    // changes dots.
    const bool is_plain = (!filter.starts_with('$') || filter.starts_with("$share/")) &&
                          filter.find('.') == filter.npos;
    return !is_plain || topic_matches(filter, topic);
  };
  const bool is_asked_now = to.asked_now.empty() || to.asked_now.size() >= most_kept ||
                            std::any_of(to.asked_now.begin(), to.asked_now.end(),
                                        [&](const auto& asked) { return asks(asked.first); });
  if (is_asked_now) return;
  const bool is_asked_before = std::any_of(as->filters.begin(), as->filters.end(),
                                           [&](const known_filter& by) { return asks(by.filter); });
  constexpr std::uint64_t enough = 2;
  if (to.is_resumed) {
    if (++to.from_before == enough)
      tell(to.end, noticed::from_old_session, {{"topic", shown(topic)}}, "");
  } else if (!is_asked_before && topic.find('/') != topic.npos && ++to.strange == enough) {
    tell(to.end, noticed::unasked, {{"topic", shown(topic)}}, "");
  }
}

/// The broker handed it out under another topic than it was published to: RabbitMQ makes dots of
/// slashes, and slashes of dots.
void meaning_watch::look_at_rewritten(client& to, const std::string& topic, std::size_t hash,
                                      moment now) {
  for (const passed_on& before : passed_on_) {
    if (before.hash != hash || now - before.at > same_reading || before.topic == topic) continue;
    std::string changed = before.topic;
    std::replace(changed.begin(), changed.end(), '.', '/');
    if (changed != topic || ++to.rewritten < 2) continue;
    tell(to.end, noticed::topic_rewritten,
         {{"topic", shown(before.topic)}, {"answer", shown(topic)}}, topic);
    return;
  }
}

void meaning_watch::look_at_copies(client& to, const std::string& topic, std::size_t hash,
                                   moment now, const known_client* as) {
  if (to.last.size() >= most_kept && !to.last.contains(topic)) return;
  copy& before = to.last[topic];
  const bool is_copy = before.times != 0 && before.hash == hash && now - before.at < same_moment;
  const auto sent = topics_.find(topic);
  std::size_t sendings = 0;
  if (sent != topics_.end()) {
    // However long ago: the broker may hand it out late, behind others in its queue.
    for (const copy& each : sent->second.recent)
      if (each.hash == hash) ++sendings;
  }
  if (sendings >= most_kept / 2) return;  // so many that not all are remembered
  if (!is_copy) {
    before = {hash, now, {}, 1};
    return;
  }
  ++before.times;
  if (as == nullptr || sendings >= before.times) return;
  std::string filters;
  std::size_t count = 0;
  for (const known_filter& by : as->filters) {
    if (!topic_matches(by.filter, topic)) continue;
    ++count;
    filters += (filters.empty() ? "\"" : ", \"") + shown(by.filter) + '"';
  }
  constexpr std::size_t enough = 3;
  if (to.copied.size() < most_kept) to.copied.insert(hash);  // equal ones may be others
  if (count == 1 && sendings != 0 && to.copied.size() >= enough)
    tell(to.end, noticed::copies_by_broker,
         {{"topic", shown(topic)}, {"asked", filters}, {"count", std::to_string(before.times)}},
         topic);
}

}  // namespace mqttkit::doctor
