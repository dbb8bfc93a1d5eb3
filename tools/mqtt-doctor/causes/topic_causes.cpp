// A publisher's topic that the subscriber's filter does not match.
#include <algorithm>

#include "common/printable.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/topic_slip_words.hpp"
#include "mqtt-doctor/facts/topic_generations.hpp"
#include "mqtt-doctor/facts/topic_levels.hpp"

namespace mqttkit::doctor {
namespace {

/// The text with control characters escaped: "door\\n".
std::string readable(const std::string& text) { return tools::printable(text, std::string::npos); }

/// Whether the broker is EMQX, which knows prefixes that others take for levels of the topic.
bool is_emqx(const view& known) {
  const auto broker = broker_of(known);
  return broker == broker_kind::emqx || broker == broker_kind::emqx_cloud;
}

/// What the side with the slip has to change.
sentence mended_words(const topic_mismatch& found) {
  switch (found.slip) {
    case topic_slip::control_characters:
      return words(
          N_("Cut off what comes with a line that is read or pasted (trim), on the side "
             "that has it."));
    case topic_slip::quotes:
      return words(N_("Take the quotes off, on the side that has them."));
    case topic_slip::separators:
      return words(N_("Write / between the levels, on both sides."));
    case topic_slip::share_without_group:
    case topic_slip::foreign_prefix:
    case topic_slip::share_misspelt:
    case topic_slip::share_group:
      return words(N_("Subscribe to \"{plain}\"."), {{"plain", readable(found.filter)}});
    case topic_slip::list:
      return words(N_("Subscribe to each topic by itself, as \"{plain}\": in one SUBSCRIBE or in "
                      "several, never in one text."),
                   {{"plain", readable(found.filter)}});
    case topic_slip::placeholder:
      return words(N_("Put the value there, or subscribe to \"{plain}\", where + takes any."),
                   {{"plain", readable(found.filter)}});
    case topic_slip::unfilled:
      return words(N_("Mend the sender: the variable for that level was empty or never replaced."));
    case topic_slip::percent:
      return words(N_("Write the characters themselves, on the side that has them escaped."));
    default:
      break;
  }
  if (found.filter.empty()) return words(N_("Use the same topic on both sides."));
  return words(mended_filter_words, {{"mended", readable(found.filter)}});
}

maybe_finding topics_differ(const view& known, exclusions&) {
  const std::string& filter = known.asked().topic;
  const std::string& topic = known.asked().sent_to;
  if (filter.empty() || topic.empty()) return {};
  const topic_mismatch found = find_topic_mismatch(filter, topic);
  const slip_words* const row = words_of(found.slip);
  if (row == nullptr) return {};
  const bool is_prefix = found.slip == topic_slip::foreign_prefix;
  if (is_prefix && is_emqx(known)) return {};
  const places names{{"filter", readable(filter)},
                     {"topic", readable(topic)},
                     {"wanted", readable(found.wanted)},
                     {"found", readable(found.found)}};
  // The prefix is one of EMQX's own, and nobody may know which broker this is.
  made_finding made(row->id, is_prefix ? certainty::likely : certainty::certain, strength::proven,
                    words(row->sentence, names));
  made.seen(words(N_("Subscribed to: \"{filter}\"; sent to: \"{topic}\"."), names));
  if (found.level > 0)
    made.seen(words(N_("They part at level {level}: \"{wanted}\" there, \"{found}\" here."),
                    {{"level", std::to_string(found.level)},
                     {"wanted", readable(found.wanted)},
                     {"found", readable(found.found)}}));
  return made.in_app(mended_words(found));
}

/// A prefix of EMQX's own, or a misspelt $share, where the doctor's own message came back by just
/// this topic: to this broker the prefix is text, and nobody else sends to it.
maybe_finding prefix_is_text(const view& known, exclusions&) {
  const std::string& filter = known.asked().topic;
  const exchange_fact* const users = exchange_on(known, true);
  if (!known.asked().sent_to.empty() || users == nullptr) return {};
  if (!users->is_whole() || users->topic != filter) return {};
  for (const std::string_view prefix : {"$queue/", "$exclusive/", "$shared/"}) {
    if (!filter.starts_with(prefix)) continue;
    std::string topic = filter.substr(prefix.size());
    if (prefix == "$shared/") topic.erase(0, topic.find('/') + 1);
    const topic_mismatch slip = find_topic_mismatch(filter, topic);
    const bool is_known =
        slip.slip == topic_slip::foreign_prefix || slip.slip == topic_slip::share_misspelt;
    if (!is_known) return {};
    const slip_words* const row = words_of(slip.slip);
    made_finding made(row->id, certainty::likely, strength::agreed,
                      words(row->sentence, {{"filter", readable(filter)},
                                            {"topic", readable(topic)},
                                            {"wanted", readable(slip.wanted)}}));
    return made
        .seen(words(N_("What was sent to \"{filter}\" itself came, so to this broker it is a topic "
                       "like any other."),
                    {{"filter", readable(filter)}}))
        .in_app(mended_words(slip))
        .warning();
  }
  return {};
}

/// A character that nobody sees, as it is typed or as facts from a file have it: "\\x0A".
bool has_control(std::string_view text) {
  for (const std::string_view written : {"\\x0", "\\x1", "\\x7F"})
    if (text.find(written) != text.npos) return true;
  return !control_character_in(text).empty();
}

/// The user's topic holds a control character, which a broker need not take (MQTT 5.0 §1.5.4).
maybe_finding control_in_topic(const view& known, exclusions&) {
  const asked_facts& asked = known.asked();
  const std::string* const topic = has_control(asked.topic)     ? &asked.topic
                                   : has_control(asked.sent_to) ? &asked.sent_to
                                                                : nullptr;
  if (topic == nullptr) return {};
  const delivery_fact* ended = nullptr;
  for (const delivery_fact& delivery : known.at.deliveries)
    if (delivery.is_users_topic && !delivery.end.empty()) ended = &delivery;
  const places names{{"topic", readable(*topic)}};
  made_finding made("mqtt-topic-violates-rules", certainty::certain, strength::typed,
                    words(N_("\"{topic}\" holds a control character, which nobody sees: a line end "
                             "or a tab that was read or pasted along. To MQTT it is part of the "
                             "topic, and a broker need not take it."),
                          names));
  if (ended != nullptr)
    made.seen(words(ended->published
                        ? N_("The broker ended the connection when something was published there.")
                        : N_("The broker ended the connection when it was subscribed to.")));
  made.in_app(
      words(N_("Cut off what comes with a line that is read, typed or pasted (trim), before "
               "it becomes a topic.")));
  if (ended == nullptr) return made.warning();
  return made;
}

/// The filter gets no messages, while topics that it just misses do.
maybe_finding messages_beside(const view& known, exclusions&) {
  const exchange_fact* const users = exchange_on(known, true);
  if (users == nullptr || users->near.empty()) return {};
  if (users->filter.starts_with("$SYS/")) return {};  // delivery-sys-closed reports it
  // The smallest of the slips.
  const std::string& topic =
      *std::min_element(users->near.begin(), users->near.end(),
                        [&](const std::string& one, const std::string& other) {
                          return find_topic_mismatch(users->filter, one).slip <
                                 find_topic_mismatch(users->filter, other).slip;
                        });
  if (topic.starts_with("$SYS/")) return {};  // input-shell-ate-the-topic reports it
  const topic_mismatch slip = find_topic_mismatch(users->filter, topic);
  const slip_words* const row = words_of(slip.slip);
  const places names{{"filter", readable(users->filter)},
                     {"topic", topic},
                     {"wanted", readable(slip.wanted)},
                     {"found", readable(slip.found)}};
  made_finding made("delivery-topic-differs", certainty::likely, strength::agreed,
                    words(N_("Nothing comes for \"{filter}\", and messages come or are kept at "
                             "\"{topic}\", which it does not match."),
                          names));
  made.seen(
      words(N_("Heard beside it for a moment: {topics}."), {{"topics", list_text(users->near)}}));
  if (const char* const why = why_other_generation(users->filter, topic)) {
    made.seen(words(why));
  } else if (row != nullptr) {
    made.seen(words(row->sentence, names));
  }
  made.in_app(mended_words(slip));
  // Who expects a retained message, and finds it at another topic, has the answer.
  if (known.asked().retained) return made;
  return made.warning();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"delivery-topic-differs", N_("topic and filter differ"), layer::delivery, exit_code::failed,
     station::broker, severity::problem, topics_differ},
    {"delivery-hash-excludes-dollar", N_("a wildcard does not take in topics that begin with $"),
     layer::delivery, exit_code::failed, station::broker, severity::problem},
    {"delivery-wildcard-misread", N_("a wildcard means something else than was thought"),
     layer::delivery, exit_code::failed, station::broker, severity::problem},
};

constexpr second_look looks[] = {
    {"delivery-topic-differs", messages_beside},
    {"delivery-topic-differs", prefix_is_text},
    {"mqtt-topic-violates-rules", control_in_topic},
};

}  // namespace

cause_table topic_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
