#include "mqtt-doctor/listen/connection_tracker.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "common/utc_time.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/listen/remark_event.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

std::string seconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  return text.data();
}

}  // namespace

connection_tracker::connection_tracker(const packet_style& style, event_sink tell, tls_keylog* keys)
    : style_(style), tell_(std::move(tell)), keys_(keys), monitor_(style.seen) {}

void connection_tracker::say(const event& what, std::uint64_t number, const instant& now) {
  event_place where;
  where.when = now.shown;
  where.packet = now.packet;
  const auto at = links_.find(number);
  if (at != links_.end()) {
    where.connection = number;
    where.client = at->second.arrived.name;
  }
  tell_(what, where);
}

void connection_tracker::tell(std::uint64_t number, const event& what, const instant& now) {
  say(what, number, now);
}

conversation* connection_tracker::conversation_of(std::uint64_t number) {
  const auto at = links_.find(number);
  return at == links_.end() ? nullptr : at->second.dialogue.get();
}

void connection_tracker::opened(const arrival& arrived, const instant& now) {
  link& made = links_[arrived.number];
  made.arrived = arrived;
  made.began = now;
  const std::uint64_t number = arrived.number;
  made.dialogue = std::make_unique<conversation>(
      style_, [this, number](const event& told) { say(told, number, now_); },
      [this, number](const heard_packet& packet) { monitor_.heard(number, packet, now_.at); },
      keys_);
  connection_summary& summary = made.dialogue->summary();
  summary.is_forwarded = !arrived.where.broker.empty();
  summary.port = arrived.where.port;
  summary.broker = arrived.where.broker;
  tools::utc_time clock;
  summary.tls.at = clock.text_of(now.shown);
  // Only a client whose answers are heard from the beginning can be judged.
  made.is_followed = summary.is_forwarded && arrived.is_seen_from_start && !arrived.is_one_way;
  const std::string broker(summary.broker, 0, summary.broker.rfind(':'));
  const auto port = static_cast<std::uint16_t>(summary.port);
  if (made.is_followed) monitor_.opened(number, arrived.name, arrived.address, broker, port);
  event connected(event_kind::connected);
  connected.say(arrived.is_seen_from_start ? N_("connected")
                                           : N_("was connected before the capture began"));
  if (arrived.is_one_way && arrived.is_seen_from_start)
    connected.say(N_("the broker's packets are not captured so far"));
  say(connected, number, now);
  if (arrived.is_one_way) monitor_.misses_some();
  if (!arrived.is_seen_from_start) {
    made.dialogue->joins_late();
    monitor_.misses_some();
    if (summary.is_forwarded)
      monitor_.joined_late(number, arrived.name, arrived.address, broker, port);
  }
}

void connection_tracker::sent(std::uint64_t number, side from, bytes_view bytes,
                              const instant& now) {
  const auto at = links_.find(number);
  if (at == links_.end() || bytes.empty()) return;
  now_ = now;
  if (from == side::client) {
    monitor_.stirred(number, now.at);
    at->second.dialogue->client_sent(bytes);
  } else {
    connection_summary& summary = at->second.dialogue->summary();
    const bool was_answered = summary.connack.has_value();
    at->second.dialogue->broker_sent(bytes);
    if (!was_answered && summary.connack)
      summary.connack_s = std::chrono::duration<double>(now.at - at->second.began.at).count();
  }
}

void connection_tracker::missed(std::uint64_t number, side from, std::uint64_t bytes,
                                const instant& now) {
  const auto at = links_.find(number);
  if (at == links_.end() || bytes == 0) return;
  now_ = now;
  monitor_.heard_in_part(number);
  if (at->second.dialogue->missed(from, bytes)) return;
  // The lost bytes may have held what answers the bytes that follow.
  monitor_.lost_track(number);
}

void connection_tracker::caught_up(std::uint64_t number, const instant& now) {
  now_ = now;
  monitor_.caught_up(number);
}

void connection_tracker::waits(std::uint64_t number, std::size_t bytes, moment since,
                               const instant& now) {
  monitor_.waits(number, bytes, since, now.at);
}

void connection_tracker::shut(std::uint64_t number, std::optional<moment> since,
                              const instant& now) {
  monitor_.shut(number, since, now.at);
}

void connection_tracker::left(std::uint64_t number, side who, const instant& now) {
  const auto at = links_.find(number);
  if (at == links_.end()) return;
  now_ = now;
  conversation& dialogue = *at->second.dialogue;
  connection_summary& summary = dialogue.summary();
  if (who == side::client && summary.broker_alert <= 0) summary.left_before_alert = true;
  if (who == side::client && summary.has_connect && !summary.connack)
    summary.left_after_s = std::chrono::duration<double>(now.at - at->second.began.at).count();
  monitor_.ended(number, who == side::client ? parting::by_client : parting::by_broker,
                 dialogue.unfinished(), now.at);
  say_remarks(now);
}

void connection_tracker::forward_failed(std::uint64_t number, const std::string& why,
                                        const instant& now) {
  const auto at = links_.find(number);
  if (at == links_.end()) return;
  connection_summary& summary = at->second.dialogue->summary();
  summary.forward_error = why;
  monitor_.broker_is_gone();
  event made(event_kind::forward_failed);
  made.keep("broker", summary.broker).keep("error", why);
  made.say(words(N_("the broker at {broker} cannot be reached: {error}"),
                 {{"broker", summary.broker}, {"error", why}}));
  say(made, number, now);
}

void connection_tracker::over(std::uint64_t number, const char* how, const instant& now) {
  const auto at = links_.find(number);
  if (at == links_.end()) return;
  now_ = now;
  link& of = at->second;
  monitor_.ended(number, parting::by_us, 0, now.at);
  of.dialogue->client_ended();
  const connection_summary& summary = of.dialogue->summary();
  const double seconds = std::chrono::duration<double>(now.at - of.began.at).count();
  event made(event_kind::closed);
  made.keep("how", how).keep("bytes_from_client", summary.from_client);
  made.keep("bytes_from_broker", summary.from_broker);
  made.keep("ms", static_cast<std::int64_t>(seconds * 1000));
  made.say(words(N_("{how} after {time}"), {{"how", how}, {"time", seconds_text(seconds)}}));
  made.say(words(N_("{count} bytes came"), {{"count", std::to_string(summary.from_client)}}));
  say(made, number, now);
  say_remarks(now);
  clients_.add(of.arrived.address, summary);
  note_login(number, of.arrived.address, summary);
  links_.erase(at);
}

/// Remembers a login's answer: a client that was refused and then let in needs no conclusion.
void connection_tracker::note_login(std::uint64_t number, const std::string& address,
                                    const connection_summary& heard) {
  if (!heard.connack) return;
  login_key who{address, heard.client_id};
  if (*heard.connack != 0) {
    if (refused_.size() < most_logins) refused_.emplace(number, std::move(who));
  } else if (let_in_.size() < most_logins || let_in_.contains(who)) {
    let_in_[std::move(who)] = number;
  }
}

bool connection_tracker::was_let_in_later(std::uint64_t connection) const {
  const auto refused = refused_.find(connection);
  if (refused == refused_.end()) return false;
  const auto later = let_in_.find(refused->second);
  return later != let_in_.end() && later->second > connection;
}

void connection_tracker::look(const instant& now) {
  now_ = now;
  monitor_.look(now.at);
  say_remarks(now);
}

void connection_tracker::say_remarks(const instant& now) {
  for (const remark& told : monitor_.take())
    say(remark_event(event_kind::verdict, told), told.connection, now);
}

/// Nothing that was heard explains what the user sees: what usually does, and what was looked at.
void connection_tracker::say_unexplained(symptom seen, const instant& now) {
  constexpr std::size_t most_excluded = 3;
  std::vector<const ruled_out*> of_clients;
  const auto excluded = monitor_.excluded();
  for (const ruled_out& each : excluded)
    if (each.connection != 0) of_clients.push_back(&each);
  const bool is_answered =
      of_clients.size() == 1 && (of_clients.front()->is_answer || of_clients.front()->is_sent);
  const finding made =
      is_answered ? answered_symptom(of_clients.front()->why, of_clients.front()->is_answer)
                  : unexplained_symptom(seen, true, {}, monitor_.all_came());
  event said(event_kind::recap);
  said.keep("id", made.id).keep("weight", "cause").keep_sentence(doctor::say(made.cause));
  said.say(made.cause);
  std::size_t count = 0;  // of single clients
  for (const ruled_out& each : excluded) {
    if ((each.is_answer || each.is_sent) && is_answered) continue;
    if (each.connection == 0 || count++ < most_excluded) said.say(each.why);
  }
  say(said, 0, now);
}

bool connection_tracker::conclude(const char* how, const instant& now) {
  now_ = now;
  monitor_.finish(now.at);
  say_remarks(now);
  while (!links_.empty()) over(links_.begin()->first, how, now);
  const auto told = clients_.all();
  for (const auto& [client, entry] : told) {
    listening where;
    where.port = entry->told.port;
    where.broker = entry->told.broker;
    const conclusion made = conclusion_of(entry->told, client, where);
    event said(event_kind::verdict);
    said.keep("address", client).keep("id", made.id);
    if (!entry->told.client_id.empty()) said.keep("client_id", entry->told.client_id);
    said.keep_sentence(doctor::say(made.text));
    said.keep("connections", static_cast<std::int64_t>(entry->connections));
    said.say(made.text);
    say(said, 0, now);
  }
  // What explains what the user sees comes first, and of that what explains it best.
  const symptom seen = monitor_.seen();
  std::vector<const remark*> recap;
  for (const remark& note : monitor_.causes())
    if (!is_about_login(note) || !was_let_in_later(note.connection)) recap.push_back(&note);
  const auto fit = [&](const remark* note) {
    return note->shows_as.contains(seen) ? weight_of(note->how.value_or(strength::seen)) : 0;
  };
  // Else what ends connections again and again comes first.
  const auto rank = [&](const remark* note) {
    return std::pair(fit(note), seen == symptom::none && ends_again(*note));
  };
  std::stable_sort(recap.begin(), recap.end(),
                   [&](const remark* one, const remark* other) { return rank(one) > rank(other); });
  for (const remark* const note : recap) say(remark_event(event_kind::recap, *note), 0, now);
  if (seen != symptom::none && !told.empty() &&
      (recap.empty() || !recap.front()->shows_as.contains(seen)))
    say_unexplained(seen, now);
  if (monitor_.left_out() != 0) {
    event said(event_kind::left_out);
    said.tell(N_("{remarks} further remarks are left out"), "remarks",
              static_cast<std::int64_t>(monitor_.left_out()));
    say(said, 0, now);
  }
  if (clients_.left_out() != 0) {
    event said(event_kind::left_out);
    said.tell(N_("{connections} connections of further clients are left out"), "connections",
              static_cast<std::int64_t>(clients_.left_out()));
    say(said, 0, now);
  }
  return !told.empty();
}

}  // namespace mqttkit::doctor
