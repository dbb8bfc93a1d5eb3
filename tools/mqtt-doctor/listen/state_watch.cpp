#include "mqtt-doctor/listen/state_watch.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using enum symptom;

constexpr symptom_set field{old_messages, no_last_value, shown_offline, shown_online, no_reaction,
                            unreadable,   not_listed,    cannot_send,   drops};
constexpr auto at_the_start = 3s;  // of a connection
constexpr auto answer_time = 3s;   // in which a device reacts to a command

}  // namespace

state_watch::state_watch(symptom seen) : seen_(seen), is_awake_(field.contains(seen)) {}

state_watch::client* state_watch::find(const std::string& key) {
  const auto at = clients_.find(key);
  return at == clients_.end() ? nullptr : &at->second;
}

state_watch::note* state_watch::note_of(const std::string& topic) {
  if (topic.empty() || topic.size() > subscribers::longest_topic) return nullptr;
  if (notes_.size() >= most_topics && !notes_.contains(topic)) return nullptr;
  return &notes_[topic];
}

void state_watch::tell(const message_end& about, noticed what, remark_places with, std::string key,
                       std::optional<strength> how) {
  // What does not explain what is seen is nobody's business here.
  if (!symptoms_of(what, row_of(what).id).contains(seen_)) return;
  observation made{what, std::move(with), std::move(key)};
  made.how = how;
  out_.push_back({about.connection, about.key, about.who, about.id, std::move(made)});
}

std::vector<meant> state_watch::take() { return std::exchange(out_, {}); }

std::vector<ruled_out> state_watch::excluded() const {
  std::vector<ruled_out> all = excluded_;
  for (const ruled_out& each : discovery_.excluded()) all.push_back(each);
  return all;
}

void state_watch::connects(const message_end& of, const connect_packet& packet, moment) {
  if (!is_awake_) return;
  if (clients_.size() >= most_clients && !clients_.contains(of.key)) return misses_some();
  client& is = clients_[of.key];
  is.has_will = packet.will.has_value();
  is.will_topic.clear();
  is.keep_alive = packet.keep_alive;
  if (!packet.will) return;
  is.will_topic = packet.will->topic;
  is.will_text = short_text(packet.will->payload);
  is.will_hash = hash_of(packet.will->payload);
  is.is_will_kept = packet.will->retain;
  is.will_delay = packet.will->properties.number(property_id::will_delay_interval).value_or(0);
}

void state_watch::let_in(const message_end& of, bool is_resumed, moment now) {
  client* const is = is_awake_ ? find(of.key) : nullptr;
  if (is == nullptr) return;
  is->end = of;
  is->is_on = true;
  is->is_resumed = is_resumed;
  is->on = is->last = now;
  ++is->connections;
  is->has_subscribed = is->got_kept_now = is->said_goodbye = false;
  is->sent_now = is->asked_now = is->refused = 0;
  is->first_now.clear();
  is->open.clear();
  is->taken_now = 0;
  is->longest_now = {};
  if (!is_resumed) is->filters.clear();
  discovery_.came(of);
}

void state_watch::subscribed(const message_end& of, const known_filter& by, retain_handling how,
                             moment now) {
  client* const is = is_awake_ ? find(of.key) : nullptr;
  if (is == nullptr) return;
  is->has_subscribed = true;
  const bool was_there = is->filters.contains(by.filter);
  if (is->filters.size() < most_kept) is->filters.insert(by.filter);
  ++is->asked_now;
  if (!wants(no_last_value) || misses_some_) return;
  for (const auto& [topic, at] : notes_) {
    // Published before anybody listened, and known by having been handed out.
    const bool is_of_before = at.published == 0 && at.is_kept;
    if ((at.published == 0 && !is_of_before) || at.by.key == of.key ||
        !topic_matches(by.filter, topic))
      continue;
    const remark_places with{{"topic", shown(topic)},
                             {"asked", shown(by.filter)},
                             {"other", at.by.who},
                             {"time", time_between(at.at, now)},
                             {"limit", std::to_string(at.expiry)}};
    if (at.is_kept) {
      const bool is_past = at.expiry != 0 && now - at.kept_at > std::chrono::seconds(at.expiry);
      if (by.is_shared) {
        tell(of, noticed::last_not_for_shared, with, by.filter);
      } else if (how == retain_handling::send_if_new && was_there) {
        tell(of, noticed::last_not_again, with, by.filter);
      } else if (is_past) {
        tell(of, noticed::last_expired, with, topic);
      }
    } else if (at.is_cleared) {
      remark_places by_whom = with;
      by_whom["other"] = at.cleared_by.who;
      by_whom["time"] = time_between(at.cleared_at, now);
      tell(of, noticed::last_cleared, std::move(by_whom), topic);
    } else if (at.plain != 0 && is->lacks.size() < most_kept * 4) {
      is->lacks.try_emplace(topic, lack{now, {}, at.by.who, at.text, at.at, false});
    }
  }
}

void state_watch::refused(const message_end& of, moment) {
  if (client* const is = is_awake_ ? find(of.key) : nullptr) ++is->refused;
}

// ---- a client publishes
// --------------------------------------------------------------------------

void state_watch::published(const message_end& by, const publish_packet& packet,
                            const std::string& topic, bool is_whole, moment now, subscribers& all) {
  if (!is_awake_) return;
  client* const writer = find(by.key);
  const std::size_t hash = hash_of(packet.payload);
  const bool is_empty = is_whole && packet.payload.empty();
  ++messages_;
  if (writer != nullptr) {
    note_start(*writer, topic, hash, packet.dup, now);
    ++writer->sent;
    ++writer->sent_now;
    writer->spoke = now;
    if (packet.qos != qos_t::at_most_once && writer->open.size() < most_open) {
      writer->open.try_emplace(packet.packet_id, now);
      writer->open_topic = shown(topic);
      writer->open_qos = packet.qos;
    }
    if (wants(no_reaction)) note_answer(*writer, now);
  }
  note* const at = note_of(topic);
  if (at == nullptr) return misses_some();
  if (wants(no_reaction)) look_at_misplaced(by, *at, topic, packet.payload);
  if (++at->published == 1) at->first = now;
  at->size = packet.payload.size();
  at->by = by;
  at->at = now;
  at->hash = hash;
  at->text = short_text(packet.payload);
  at->says = presence_of(as_text(packet.payload));
  if (packet.retain) {
    at->is_kept = !is_empty;
    at->is_cleared = is_empty;
    at->expiry = packet.properties.number(property_id::message_expiry_interval).value_or(0);
    at->kept_at = now;
    ++at->kept;
    if (is_empty) {
      at->cleared_by = by;
      at->cleared_at = now;
    }
  } else {
    ++at->plain;
  }
  if (at->recent.size() >= most_kept) at->recent.erase(at->recent.begin());
  if (is_whole) at->recent.push_back(hash);
  if (writer != nullptr && !is_empty) note_presence(*writer, topic, *at, packet.retain);
  if (is_whole && wants(unreadable)) {
    const payload_form form = form_of(packet.payload);
    ++at->forms[form];
    at->samples[form] = at->text;
    at->writers[form] = by;
    if (const payload_oddity odd = look_at_payload(packet.payload); odd != payload_oddity::none) {
      at->odd = odd;
      ++at->odd_times;
      at->odd_text = at->text;
      at->odd_by = by;
    }
  }
  if (wants(no_reaction)) look_at_command(by, packet, topic, now, all);
  const bool is_about_lists = wants(not_listed) || wants(shown_offline) || wants(shown_online);
  if (is_about_lists && is_whole)
    discovery_.published(by, topic, as_text(packet.payload), packet.retain, now);
}

/// What a client does right after its start: what it has gathered, or the same as each time.
void state_watch::note_start(client& by, const std::string& topic, std::size_t hash, bool is_dup,
                             moment now) {
  if (now - by.on > at_the_start || is_dup) return;
  if (by.backlog.size() < most_kept || by.backlog.contains(topic)) {
    ++by.backlog[topic];
    auto& different = by.backlog_of[topic];
    if (different.size() < most_kept) different.insert(hash);
  }
  if (by.first_now.size() >= most_kept || !by.first_now.try_emplace(topic, hash).second) return;
  const std::string name = topic + '\n' + std::to_string(hash);
  if (by.repeats.size() < most_kept || by.repeats.contains(name)) ++by.repeats[name];
}

void state_watch::note_presence(client& by, const std::string& topic, const note& at,
                                bool is_kept) {
  const presence says = topic == by.will_topic ? presence_beside_will(at.text) : at.says;
  if (says != presence::there) return;
  by.there_topic = topic;
  by.there_text = at.text;
  by.is_there_kept = is_kept;
}

void state_watch::acknowledged(const message_end& of, std::uint16_t packet_id, moment now) {
  client* const is = is_awake_ ? find(of.key) : nullptr;
  if (is == nullptr) return;
  const auto at = is->open.find(packet_id);
  if (at == is->open.end()) return;
  ++is->taken_now;
  is->longest_now = std::max<std::chrono::duration<double>>(is->longest_now, now - at->second);
  is->open.erase(at);
}

// ---- commands
// ------------------------------------------------------------------------------------

/// A message that nobody gets, and one client beside it; or whose readers are all away.
void state_watch::look_at_command(const message_end& by, const publish_packet& packet,
                                  const std::string& topic, moment now, subscribers& all) {
  if (misses_some_ || topic.size() > subscribers::longest_topic) return;
  bool is_read = false;
  const known_client* away = nullptr;
  for (const auto& [reader, index] : all.who_gets(topic)) {
    (void)index;
    if (reader->connection == by.connection) continue;
    if (reader->connection != 0) is_read = true;
    away = reader;
  }
  if (is_read) return;
  const client* const self = find(by.key);
  if (away != nullptr) {
    const bool is_kept = packet.retain || (packet.qos != qos_t::at_most_once &&
                                           away->keeps_session() && away->wants_qos());
    if (!is_kept)
      tell(by, noticed::command_while_away,
           {{"topic", shown(topic)},
            {"other", away->who},
            {"text", short_text(packet.payload)},
            {"time", time_between(away->left, now)}},
           topic);
    return;
  }
  ++unread_;
  // A filter that differs in its last level only, of a client that publishes there as well.
  const std::string front(above(topic));
  if (front.empty()) return;
  all.each_filter(
      [&](const std::string& key, const known_client& reader, const known_filter& each) {
        if (key == by.key || reader.connection == 0 || each.filter == topic) return;
        const std::string base(above(each.filter));
        const bool is_beside = base == front || topic_matches(base, front) ||
                               (is_command_topic(each.filter) && topic_matches(base, topic));
        if (!is_beside || each.filter.ends_with('#')) return;
        // A device that tells its own state is no sender of commands.
        const bool is_own =
            self != nullptr &&
            std::any_of(self->filters.begin(), self->filters.end(), [&](const std::string& own) {
              return own == each.filter || std::string(above(own)) == front;
            });
        if (is_own) return;
        tell(by, noticed::command_beside,
             {{"topic", shown(topic)},
              {"other", reader.who},
              {"asked", shown(each.filter)},
              {"text", short_text(packet.payload)}},
             topic, strength::agreed);
      });
}

void state_watch::look_at_misplaced(const message_end& by, const note& before,
                                    const std::string& topic, bytes_view payload) {
  if (payload.empty() && last_level_of(topic).find(' ') != std::string_view::npos)
    tell(by, noticed::command_in_topic, {{"topic", shown(topic)}}, topic, strength::agreed);
  const client* const teller = before.published != 0 ? find(before.by.key) : nullptr;
  if (misses_some_ || teller == nullptr || before.by.key == by.key || !teller->is_on ||
      before.by.address == by.address || teller->filters.empty())
    return;
  std::string asked;
  for (const std::string& each : teller->filters) {
    if (topic_matches(each, topic)) return;
    if (asked.empty() || is_command_topic(each)) asked = each;
  }
  tell(by, noticed::command_to_state,
       {{"topic", shown(topic)},
        {"other", before.by.who},
        {"asked", shown(asked)},
        {"text", short_text(payload)}},
       topic, strength::agreed);
}

/// The form of a command, as its reader compares it.
static std::string form_of_command(bytes_view payload) {
  const std::string_view text = as_text(payload);
  const payload_form form = form_of(payload);
  std::string made = name_of(form);
  if (form == payload_form::word) {
    const bool has_lower =
        std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    const bool has_upper =
        std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    made += has_lower && has_upper ? "Aa" : has_upper ? "A" : "a";
  }
  if (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    made += '\n';
  return made;
}

void state_watch::note_answer(client& by, moment now) {
  for (command& each : by.commands)
    if (now - each.at < answer_time) each.is_answered = true;
  if (!by.commands.empty() && now - by.commands.back().at < answer_time)
    by.commands.back().is_answered_first = true;
}

// ---- a client is sent something
// ------------------------------------------------------------------

void state_watch::delivered(const message_end& to, const publish_packet& packet,
                            const std::string& topic, bool is_whole, moment now) {
  client* const is = is_awake_ ? find(to.key) : nullptr;
  if (is == nullptr) return;
  ++is->got;
  note* const at = note_of(topic);
  const std::size_t hash = hash_of(packet.payload);
  if (packet.retain) {
    ++is->kept;
    if (!std::exchange(is->got_kept_now, true)) ++is->kept_starts;
    if (is->kept_of.size() < most_kept || is->kept_of.contains(topic)) ++is->kept_of[topic];
    is->lacks.erase(topic);
    if (at != nullptr) {
      at->is_kept = true;
      ++at->given_kept;
    }
  } else if (const auto lacking = is->lacks.find(topic); lacking != is->lacks.end()) {
    if (!std::exchange(lacking->second.is_over, true)) lacking->second.came = now;
  }
  if (packet.dup) {
    ++is->dup;
    is->dup_topic = shown(topic);
  }
  // Older than the connection: it waited in the session.
  const bool is_late = !packet.retain && is->is_resumed && at != nullptr && at->published != 0 &&
                       at->at < is->on && now - is->on < at_the_start;
  if (is_late && packet.qos != qos_t::at_most_once) {
    ++is->waiting;
    is->waiting_topic = shown(topic);
  }
  if (at != nullptr) {
    ++at->given;
    at->given_at = now;
    at->given_hash = hash;
    // Whether it was ever published so; of what was published unheard nothing is known.
    const bool is_known = is_whole && !packet.retain && at->published != 0 &&
                          at->published <= most_kept && at->recent.size() == at->published;
    if (is_known && !misses_some_ && wants(unreadable) &&
        std::find(at->recent.begin(), at->recent.end(), hash) == at->recent.end()) {
      ++at->changed;
      at->changed_from = at->size;
      at->changed_to = packet.payload.size();
    }
  }
  if (wants(no_reaction) && is_whole && (at == nullptr || at->by.key != to.key)) {
    constexpr std::size_t most_commands = 64;
    if (is->commands.size() >= most_commands) is->commands.erase(is->commands.begin());
    is->commands.push_back({now, topic, short_text(packet.payload), at == nullptr ? "" : at->by.who,
                            form_of_command(packet.payload), packet.retain, false, packet.qos,
                            packet.payload.size()});
  }
  if (is_whole) discovery_.delivered(to, topic, now);
}

// ---- a connection ends
// ---------------------------------------------------------------------------

void state_watch::left(const message_end& of, bool is_by_client, bool said_goodbye, moment last,
                       moment now) {
  client* const is = is_awake_ ? find(of.key) : nullptr;
  if (is == nullptr || !is->is_on) return;
  is->is_on = false;
  is->off = now;
  is->last = last;
  is->said_goodbye = said_goodbye;
  discovery_.left(of.key);
  if (is_by_client) {
    constexpr std::size_t most_lives = 32;
    if (is->lives.size() < most_lives) is->lives.push_back(now - is->on);
    ++(said_goodbye ? is->goodbyes : is->breaks);
    constexpr std::chrono::duration<double> patient = 2s;
    if (!waits_in_vain(*is, now, patient) && !is->open.empty() && !misses_some_) ++is->left_open;
    constexpr auto brief = 2s;
    if (is->sent_now == 0 && is->asked_now == 0 && now - is->on < brief) ++is->quick;
    if (is->refused != 0 && now - is->on < at_the_start)
      tell(is->end, noticed::leaves_at_refusal, {}, "");
  }
  if (!said_goodbye && is->has_will) ++is->torn;
}

/// Whether its oldest message has waited far longer for its acknowledgement than others did.
bool state_watch::waits_in_vain(client& of, moment now, std::chrono::duration<double> least) {
  constexpr int far_longer = 10;
  // The acknowledgement may have been among what was not heard.
  if (of.open.empty() || misses_some_) return false;
  moment oldest = now;
  for (const auto& [id, at] : of.open) oldest = std::min(oldest, at);
  const std::chrono::duration<double> wait = now - oldest;
  if (wait < least || wait < of.longest_now * far_longer) return false;
  ++of.gave_up;
  of.given_up_open = of.open.size();
  of.given_up_taken = of.taken_now;
  of.given_up_wait = wait;
  return true;
}

void state_watch::still_there(const message_end& of, moment last) {
  if (client* const is = is_awake_ ? find(of.key) : nullptr) is->last = last;
}

}  // namespace mqttkit::doctor
