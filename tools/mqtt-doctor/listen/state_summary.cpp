// What state_watch concludes at the end. What fits best is told first: of two remarks of one kind
// the first one stands.
#include <algorithm>
#include <string_view>
#include <utility>

#include "common/duration_text.hpp"
#include "mqtt-doctor/listen/state_watch.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using enum symptom;

std::string number(std::uint64_t count) { return std::to_string(count); }

}  // namespace

bool state_watch::gets(const client& of, const std::string& topic) const {
  return std::any_of(of.filters.begin(), of.filters.end(),
                     [&](const std::string& filter) { return topic_matches(filter, topic); });
}

void state_watch::finish(moment now, subscribers& all) {
  if (!is_awake_) return;
  if (wants(old_messages)) look_at_old(now);
  if (wants(no_last_value)) look_at_last(now);
  if (wants(shown_offline) || wants(shown_online)) look_at_presence(now, all);
  if (wants(no_reaction)) look_at_commands(now);
  if (wants(unreadable)) look_at_texts();
  if (wants(cannot_send)) look_at_sending(now);
  if (wants(drops)) look_at_leaving(now);
  if (wants(not_listed) || wants(shown_offline) || wants(shown_online))
    discovery_.finish(
        seen_, misses_some_, now, all,
        [&](const message_end& about, noticed what, remark_places with, const std::string& key,
            std::optional<strength> how) { tell(about, what, std::move(with), key, how); });
  conclude(now);
}

void state_watch::look_at_old(moment now) {
  for (auto& [key, is] : clients_) {
    if (is.waiting != 0)
      tell(is.end, noticed::kept_for_session,
           {{"count", number(is.waiting)},
            {"topic", is.waiting_topic},
            {"time", time_between(is.on, now)}});
    if (is.dup != 0)
      tell(is.end, noticed::repeated_unanswered,
           {{"count", number(is.dup)}, {"topic", is.dup_topic}}, "", strength::agreed);
    for (const auto& [topic, different] : is.backlog_of) {
      constexpr std::size_t enough = 5;
      if (different.size() >= enough && is.connections > 1)
        tell(is.end, noticed::backlog_sent,
             {{"count", number(is.backlog[topic])}, {"topic", shown(topic)}}, topic,
             strength::agreed);
    }
    for (const auto& [name, times] : is.repeats) {
      const std::string topic = name.substr(0, name.find('\n'));
      const auto at = notes_.find(topic);
      // A state that is told at each start is meant so.
      const bool is_state =
          topic == is.will_topic || (at != notes_.end() && at->second.says != presence::none);
      if (times >= 2 && !is_state && at != notes_.end())
        tell(is.end, noticed::repeats_at_start,
             {{"count", number(times)}, {"topic", shown(topic)}, {"text", at->second.text}}, topic,
             strength::agreed);
    }
    if (is.kept == 0) continue;
    // A value rather than a state that somebody tells.
    const std::string* sample = nullptr;
    for (const auto& [topic, times] : is.kept_of) {
      const auto at = notes_.find(topic);
      const bool is_value = at == notes_.end() || at->second.says == presence::none;
      if (sample == nullptr || (is_value && times > is.kept_of[*sample])) sample = &topic;
    }
    tell(is.end, noticed::kept_at_start,
         {{"count", number(is.kept)},
          {"topic", sample == nullptr ? "" : shown(*sample)},
          {"topics", number(is.kept_of.size())},
          {"times", number(is.kept_starts)}},
         "", is.kept_starts > 1 ? strength::agreed : strength::usual);
  }
}

void state_watch::look_at_last(moment now) {
  for (auto& [key, is] : clients_) {
    // The value that was waited for longest.
    const lack* longest = nullptr;
    const std::string* where = nullptr;
    for (const auto& [topic, each] : is.lacks) {
      const auto wait = (each.is_over ? each.came : now) - each.since;
      if (wait < 1s) continue;
      if (longest != nullptr && wait <= (longest->is_over ? longest->came : now) - longest->since)
        continue;
      longest = &each;
      where = &topic;
    }
    if (longest != nullptr && !misses_some_) {
      remark_places with{{"topic", shown(*where)},
                         {"other", longest->other},
                         {"text", longest->text},
                         {"time", time_between(longest->published, longest->since)},
                         {"count", number(is.lacks.size())}};
      with["later"] = longest->is_over ? time_between(longest->since, longest->came)
                                       : say(N_("not at all while it was watched"));
      tell(is.end, noticed::last_not_kept, std::move(with));
    }
    // A resumed session without a SUBSCRIBE gets nothing that is kept.
    if (!is.is_resumed || is.has_subscribed || misses_some_ || is.got_kept_now) continue;
    for (const auto& [topic, at] : notes_) {
      if (!at.is_kept || !gets(is, topic)) continue;
      tell(is.end, noticed::last_not_at_resume, {{"topic", shown(topic)}, {"other", at.by.who}});
      break;
    }
  }
}

/// A connection that broke, and the will that should have come.
void state_watch::look_at_will(const client& of, moment now, subscribers& all) {
  const bool is_broken = !of.is_on && of.has_will && !of.said_goodbye && of.off != moment{};
  if (!is_broken || now - of.off < 2s || misses_some_) return;
  const auto at = notes_.find(of.will_topic);
  if (at != notes_.end() && at->second.given_hash == of.will_hash && at->second.given_at >= of.off)
    return;
  bool is_read = false;
  for (const auto& [reader, index] : all.who_gets(of.will_topic)) {
    (void)index;
    // All end where the capture does.
    const bool is_here = reader->connection != 0 || now - reader->left < 1s;
    is_read = is_read || (is_here && reader->id != of.end.id);
  }
  if (!is_read) return;
  const remark_places with{{"topic", shown(of.will_topic)},
                           {"text", of.will_text},
                           {"limit", number(of.will_delay)},
                           {"time", time_between(of.off, now)}};
  tell(of.end, of.will_delay != 0 ? noticed::will_delayed : noticed::will_never_came, with);
}

/// Who else writes the status of a client.
void state_watch::look_at_status(const client& of, moment) {
  const std::string& topic = of.will_topic.empty() ? of.there_topic : of.will_topic;
  if (topic.empty()) return;
  for (const auto& [key, other] : clients_) {
    if (other.end.key == of.end.key || other.will_topic != topic || of.will_topic != topic)
      continue;
    // One device that came back under another identifier, and spoke no more on the older
    // connection.
    const bool is_heir =
        other.end.address == of.end.address && (other.on >= of.last || of.on >= other.last);
    if (is_heir) continue;
    // Each of two is told of once.
    if (other.end.key > of.end.key)
      tell(of.end, noticed::status_is_shared, {{"topic", shown(topic)}, {"other", other.end.who}},
           topic);
    return;
  }
  const auto at = notes_.find(topic);
  if (at == notes_.end() || at->second.by.key == of.end.key || at->second.by.key.empty()) return;
  const presence says = presence_beside_will(at->second.text);
  const bool is_it = (wants(shown_offline) && of.is_on && says == presence::gone) ||
                     (wants(shown_online) && !of.is_on && says == presence::there);
  if (is_it)
    tell(of.end, noticed::status_by_other,
         {{"topic", shown(topic)}, {"other", at->second.by.who}, {"text", at->second.text}}, topic);
}

void state_watch::look_at_presence(moment now, subscribers& all) {
  for (auto& [key, is] : clients_) {
    look_at_will(is, now, all);
    look_at_status(is, now);
    constexpr std::uint64_t again = 2;
    if (is.torn >= again)
      tell(is.end, noticed::will_at_each_end,
           {{"topic", shown(is.will_topic)}, {"count", number(is.torn)}, {"text", is.will_text}},
           "", strength::agreed);
    const bool has_gone = !is.is_on && is.off != moment{};
    const auto at = notes_.find(is.there_topic);
    const bool stays_there =
        at != notes_.end() && at->second.by.key == is.end.key && at->second.says != presence::gone;
    if (!is.has_will && !is.there_topic.empty() && stays_there)
      tell(is.end, noticed::leaves_no_will,
           {{"topic", shown(is.there_topic)}, {"text", is.there_text}}, "",
           has_gone ? strength::seen : strength::usual);
    // Its last word was that it goes, and what is retained says that it is there.
    if (has_gone && at != notes_.end() && is.is_there_kept && at->second.by.key == is.end.key &&
        at->second.says == presence::gone && at->second.is_kept &&
        at->second.kept_at < at->second.at)
      tell(is.end, noticed::farewell_not_kept,
           {{"topic", shown(is.there_topic)}, {"text", at->second.text}, {"there", is.there_text}});
    constexpr std::uint32_t long_time = 120;
    const bool is_silent =
        is.is_on && now - is.last > 5s && (is.has_will || !is.there_topic.empty());
    if (is_silent && (is.keep_alive == 0 || is.keep_alive >= long_time))
      tell(is.end, noticed::silence_is_allowed,
           {{"limit", number(is.keep_alive)},
            {"time", time_between(is.last, now)},
            {"wait", number(is.keep_alive + is.keep_alive / 2)}},
           "", strength::leaning);
  }
}

void state_watch::look_at_commands(moment now) {
  for (auto& [key, is] : clients_) {
    std::map<std::string, std::vector<const command*>> by_topic;
    for (const command& each : is.commands)
      if (now - each.at >= 1s) by_topic[each.topic].push_back(&each);
    for (const auto& [topic, all] : by_topic) {
      const command* answered = nullptr;
      const command* unanswered = nullptr;
      std::uint64_t open = 0;
      for (const command* each : all) {
        (each->is_answered ? answered : unanswered) = each;
        open += each->is_answered ? 0 : 1;
      }
      remark_places with{
          {"topic", shown(topic)},
          {"text", unanswered == nullptr ? "" : unanswered->text},
          {"other", unanswered == nullptr || unanswered->by.empty() ? "-" : unanswered->by},
          {"count", number(open)},
          {"total", number(all.size())}};
      std::size_t largest_answered = 0, smallest_open = static_cast<std::size_t>(-1);
      std::uint64_t large = 0;
      for (const command* each : all) {
        if (each->is_answered_first) {
          largest_answered = std::max(largest_answered, each->size);
        } else {
          smallest_open = std::min(smallest_open, each->size);
          ++large;
        }
      }
      constexpr std::uint64_t several = 2;
      if (large >= several && all.size() - large >= several && smallest_open > largest_answered) {
        with["limit"] = number(largest_answered);
        with["size"] = number(smallest_open);
        with["count"] = number(large);
        tell(is.end, noticed::command_too_large, std::move(with), topic, strength::agreed);
        continue;
      }
      if (unanswered == nullptr) continue;
      const bool may_be_one = is_command_topic(topic) || is.filters.contains(topic);
      if (may_be_one && answered != nullptr && answered->form != unanswered->form) {
        with["answer"] = answered->text;
        tell(is.end, noticed::command_other_form, std::move(with), topic);
        continue;
      }
      // What else a client is told are no commands.
      if (is_command_topic(topic) && open == all.size())
        tell(is.end, noticed::command_unheeded, std::move(with), topic, strength::leaning);
    }
  }
}

void state_watch::look_at_texts() {
  for (const auto& [topic, at] : notes_) {
    if (at.changed != 0)
      tell(at.by, noticed::changed_on_the_way,
           {{"topic", shown(topic)},
            {"count", number(at.changed)},
            {"size", number(at.changed_from)},
            {"limit", number(at.changed_to)}},
           topic);
    if (at.odd != payload_oddity::none) {
      tell(at.odd_by, noticed::text_in_form,
           {{"topic", shown(topic)},
            {"count", number(at.odd_times)},
            {"total", number(at.published)},
            {"text", at.odd_text}},
           topic);
      out_.back().found.fact = words_of(at.odd).fact;
      out_.back().found.cure = words_of(at.odd).cure;
    }
    const payload_form* usual = nullptr;
    const payload_form* rare = nullptr;
    for (const auto& [form, count] : at.forms) {
      const form_words* const said = words_of(form);
      if (said != nullptr && at.odd == payload_oddity::none) {
        tell(at.writers.at(form), noticed::text_in_form,
             {{"topic", shown(topic)},
              {"count", number(count)},
              {"total", number(at.published)},
              {"text", at.samples.at(form)}},
             topic + ' ' + number(static_cast<std::uint64_t>(form)),
             at.forms.size() == 1 ? std::optional<strength>() : strength::agreed);
        out_.back().found.fact = said->fact;
        out_.back().found.cure = said->cure;
      }
      if (form == payload_form::none) continue;
      if (usual == nullptr || count > at.forms.at(*usual)) {
        rare = usual;
        usual = &form;
      } else {
        rare = &form;
      }
    }
    // A word among numbers ("unknown") is usual; JSON among words is read otherwise.
    const auto is_json = [](payload_form form) { return form == payload_form::json; };
    if (usual != nullptr && rare != nullptr && is_json(*usual) != is_json(*rare))
      tell(at.writers.at(*rare), noticed::forms_mixed,
           {{"topic", shown(topic)},
            {"text", at.samples.at(*rare)},
            {"usual", say(name_of(*usual))},
            {"count", number(at.forms.at(*rare))},
            {"total", number(at.published)}},
           topic);
  }
}

void state_watch::look_at_sending(moment now) {
  for (auto& [key, is] : clients_) {
    constexpr std::chrono::duration<double> overdue = 4s;
    if (is.is_on) waits_in_vain(is, now, overdue);
    if (is.gave_up != 0 && !misses_some_)
      tell(is.end, noticed::gave_up_waiting,
           {{"topic", is.open_topic},
            {"qos", number(static_cast<std::uint64_t>(is.open_qos))},
            {"count", number(is.given_up_open)},
            {"taken", number(is.given_up_taken)},
            {"time", tools::rough_text(is.given_up_wait.count())}},
           "", strength::agreed);
    if (is.left_open != 0 && !misses_some_)
      tell(is.end, noticed::left_with_open,
           {{"topic", is.open_topic}, {"count", number(is.left_open)}});
    if (is.quick != 0)
      tell(is.end, noticed::left_without_any, {{"count", number(is.quick)}}, "",
           is.quick > 1 || is.sent == 0 ? strength::seen : strength::leaning);
    const bool is_silent = is.sent == 0 && is.quick == 0 && is.on != moment{} && now - is.on >= 5s;
    if (is_silent && !misses_some_)
      tell(is.end, noticed::never_published, {{"time", time_between(is.on, now)}}, "",
           is.filters.empty() ? strength::usual : strength::leaning);
  }
}

void state_watch::look_at_leaving(moment) {
  for (auto& [key, is] : clients_) {
    const std::uint64_t ended = is.goodbyes + is.breaks;
    constexpr std::uint64_t again = 2;
    if (ended < again || ended + 1 < is.connections || is.end.id.empty()) continue;
    const auto [least, most] = std::minmax_element(is.lives.begin(), is.lives.end());
    const auto seconds = [](std::chrono::duration<double> span) {
      const moment from{};
      return time_between(from, from + std::chrono::duration_cast<moment::duration>(span));
    };
    tell(is.end, noticed::leaves_itself,
         {{"count", number(ended)},
          {"goodbyes", number(is.goodbyes)},
          {"time", seconds(*least)},
          {"later", seconds(*most)}},
         "", strength::agreed);
  }
}

/// What was looked at, in numbers.
void state_watch::conclude(moment) {
  std::uint64_t kept = 0, dup = 0, resumed = 0, wills = 0, torn = 0, commands = 0, open = 0;
  std::uint64_t connections = 0, refused = 0;
  for (const auto& [key, is] : clients_) {
    kept += is.kept;
    dup += is.dup;
    resumed += is.waiting;
    wills += is.has_will ? 1 : 0;
    torn += is.torn;
    commands += is.commands.size();
    open += is.left_open;
    connections += is.connections;
    refused += is.refused;
  }
  const std::map<std::string, std::string> with{
      {"messages", number(messages_)}, {"clients", number(clients_.size())},
      {"kept", number(kept)},          {"dup", number(dup)},
      {"waiting", number(resumed)},    {"wills", number(wills)},
      {"torn", number(torn)},          {"commands", number(commands)},
      {"open", number(open)},          {"connections", number(connections)},
      {"refused", number(refused)},    {"unread", number(unread_)}};
  const auto add = [&](const char* text) { excluded_.push_back({0, {}, words(text, with)}); };
  switch (seen_) {
    case old_messages:
      add(
          N_("Looked at: {messages} messages of {clients} clients. Retained ones that came to a "
             "subscriber: {kept}; from a session that waited: {waiting}; sent again by the broker: "
             "{dup}. What is old beyond that was old when it was published."));
      break;
    case no_last_value:
      add(
          N_("Looked at: {messages} messages of {clients} clients. Retained ones that came to a "
             "subscriber: {kept}. Where they came and the app shows none, the app disregards them, "
             "or subscribes before it can take them."));
      break;
    case shown_offline:
    case shown_online:
      add(N_(
          "Looked at: {clients} clients, {wills} of them with a will, and connections that broke "
          "without DISCONNECT: {torn}. Where the right status was given to the app, the app "
          "looks at another topic or for another text."));
      break;
    case no_reaction:
      add(
          N_("Looked at: {messages} messages; given to a client: {commands}; published to topics "
             "that nobody reads: {unread}."));
      break;
    case unreadable:
      add(
          N_("Looked at: {messages} messages: each is text, a number or whole JSON, and came as it "
             "was published. What reads it wants another form, or its own buffer cuts it."));
      break;
    case cannot_send:
      add(N_(
          "Looked at: {messages} messages of {clients} clients; connections that were ended with "
          "messages unacknowledged: {open}."));
      break;
    case drops:
      add(
          N_("Looked at: {connections} connections of {clients} clients; refused subscriptions on "
             "them: {refused}."));
      break;
    default:
      add(N_("Looked at: {messages} messages of {clients} clients."));
      break;
  }
}

}  // namespace mqttkit::doctor
