#include "mqtt-doctor/causes/symptom_exclusions.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether the messages themselves are the trouble.
bool is_about_messages(symptom seen) {
  switch (seen) {
    case symptom::nothing_arrives:
    case symptom::some_missing:
    case symptom::twice:
    case symptom::late:
    case symptom::no_reaction:
    case symptom::wrong_order:
    case symptom::unwanted:
    case symptom::cannot_send:
      return true;
    default:
      return false;
  }
}

void tell_exchanges(const view& known, finding& into) {
  for (const exchange_fact& exchange : known.at.exchanges) {
    if (!exchange.is_whole() || exchange.is_search) continue;
    int duplicates = 0, disordered = 0, highest = 0;
    double slowest = 0;
    for (const auto& run : exchange.runs) {
      duplicates += run.duplicates;
      disordered += run.disordered;
      slowest = std::max(slowest, run.slowest_ms);
      highest = std::max(highest, run.qos);
    }
    if (duplicates != 0 || disordered != 0) continue;
    const places of{{"count", std::to_string(exchange.arrived())},
                    {"topic", exchange.topic},
                    {"qos", std::to_string(highest)},
                    {"time", time_text(slowest)}};
    into.evidence.push_back(
        exchange.is_users_topic
            ? words(N_("Not \"{topic}\" itself: {count} messages of QoS 0 to {qos} came there, "
                       "each once and in order, the slowest after {time}."),
                    of)
            : words(N_("Not the broker by itself: {count} messages of QoS 0 to {qos} came from one "
                       "connection to another on a topic of the doctor's own, each once and in "
                       "order, the slowest after {time}."),
                    of));
  }
}

void tell_user_topic(const view& known, symptom seen, finding& into) {
  const exchange_fact* const users = exchange_on(known, true);
  if (users == nullptr || !is_granted(*users)) return;
  const places of{{"filter", users->filter}, {"count", std::to_string(users->others)}};
  if (seen == symptom::old_messages && users->retained == 0)
    into.evidence.push_back(words(N_("Nothing is retained under \"{filter}\"."), of));
  if (users->topic.empty() && users->others > 0)
    into.evidence.push_back(
        words(N_("Messages do come for \"{filter}\": {count} while the doctor listened."), of));
}

void tell_kept(const view& known, finding& into) {
  if (!known.at.retained) return;
  const retained_fact& kept = *known.at.retained;
  if (!kept.kept || !kept.cleared) return;
  into.evidence.push_back(
      kept.by_wildcard
          ? words(N_("Not the broker by itself: on a topic of the doctor's own it kept a retained "
                     "message, gave it to new subscriptions, with a wildcard as well, and cleared "
                     "it when told so."))
          : words(N_("Not the broker by itself: on a topic of the doctor's own it kept a retained "
                     "message, gave it to a new subscription, and cleared it when told so.")));
}

void tell_offline(const view& known, finding& into) {
  if (!known.at.offline) return;
  for (const offline_fact& tried : known.at.offline->tries) {
    if (!tried.is_done() || tried.sent() == 0 || tried.arrived() < tried.sent()) continue;
    into.evidence.push_back(
        words(N_("Not the broker by itself: with a kept session and a subscription of QoS 1 all "
                 "{count} messages of QoS 1 and 2 waited."),
              {{"count", std::to_string(tried.sent())}}));
  }
}

void tell_wills(const view& known, finding& into) {
  for (const will_fact& will : known.at.wills) {
    const places of{{"time", time_text(will.after_ms)},
                    {"keep", std::to_string(will.keep_alive_s)}};
    if (will.how == will_end::broken && will.was_published)
      into.evidence.push_back(
          words(N_("The broker publishes a will {time} after its client's connection broke."), of));
    if (will.how == will_end::silent && will.was_published)
      into.evidence.push_back(
          words(N_("With a keep alive of {keep} s a client that fell silent was given up after "
                   "{time}, and its will published: an app's keep alive decides how long it is "
                   "shown as online."),
                of));
    if (will.how == will_end::goodbye && will.was_let_in && !will.was_published)
      into.evidence.push_back(
          words(N_("Who says DISCONNECT takes its will back, as MQTT wants it: an app that leaves "
                   "so must publish itself that it goes.")));
  }
}

void tell_sendings(const view& known, finding& into) {
  std::int64_t largest = 0;
  int highest = -1;
  bool has_retained = false;
  for (const sending_fact& sent : known.at.sendings) {
    if (!sent.was_taken || sent.is_users_topic) continue;
    largest = std::max(largest, sent.payload_bytes);
    highest = std::max(highest, sent.qos);
    has_retained = has_retained || sent.retain;
  }
  if (highest < 0) return;
  const places of{{"qos", std::to_string(highest)}, {"bytes", std::to_string(largest)}};
  into.evidence.push_back(
      has_retained ? words(N_("The broker took messages of QoS 0 to {qos}, one with the retain "
                              "flag, and one of {bytes} bytes, on a topic of the doctor's own."),
                           of)
                   : words(N_("The broker took messages of QoS 0 to {qos}, and one of {bytes} "
                              "bytes, on a topic of the doctor's own."),
                           of));
}

void tell_numbers(const view& known, finding& into) {
  std::vector<std::string> all;
  for (const auto& [name, value] : known.at.counters) {
    for (const char* wanted :
         {"clients/connected", "clients/disconnected", "retained messages/count", "messages/stored",
          "subscriptions/count"}) {
      if (name == std::string("$SYS/broker/") + wanted)
        all.push_back(name + " " + std::to_string(value));
    }
  }
  if (!all.empty())
    into.evidence.push_back(
        words(N_("The broker's own numbers: {numbers}."), {{"numbers", list_text(all, 8)}}));
}

void tell_watch(const view& known, finding& into) {
  if (!known.all.watch || !known.all.watch->drops.empty()) return;
  into.evidence.push_back(
      words(N_("{count} connections were held for {time}, with a keep alive of {keep} s and with "
               "none, and none was dropped."),
            {{"count", std::to_string(known.all.watch->connections)},
             {"time", time_text(known.all.watch->lasted_s * 1000)},
             {"keep", std::to_string(known.all.watch->keep_alive_s)}}));
}

/// The next command from here, where the topic was not named yet.
void tell_next(const view& known, symptom seen, finding& into) {
  const bool needs_topic = seen == symptom::nothing_arrives || seen == symptom::no_reaction ||
                           seen == symptom::no_last_value || seen == symptom::old_messages ||
                           seen == symptom::shown_offline || seen == symptom::shown_online ||
                           seen == symptom::not_listed;
  const bool needs_publish = seen == symptom::cannot_send || seen == symptom::some_missing;
  if (!known.asked().topic.empty() && !(needs_publish && !known.asked().publishes)) return;
  if (!needs_topic && !needs_publish) return;
  into.apart = words(N_("On the topic in question the doctor sees more:"));
  into.apart_command = doctor_command(known, "delivery") + " --symptom " +
                       std::string(word_of(seen)) + " -t " +
                       (known.asked().topic.empty() ? "TOPIC" : shell_word(known.asked().topic)) +
                       (needs_publish ? " --publish" : "");
}

}  // namespace

void say_what_was_excluded(const view& known, symptom seen, finding& into) {
  if (is_about_messages(seen)) tell_exchanges(known, into);
  tell_user_topic(known, seen, into);
  if (known.at.overlap && known.at.overlap->copies == 1)
    into.evidence.push_back(
        words(N_("Of two filters of one client that match a message the broker makes one copy.")));
  tell_kept(known, into);
  tell_offline(known, into);
  tell_wills(known, into);
  tell_sendings(known, into);
  tell_numbers(known, into);
  tell_watch(known, into);
  tell_next(known, seen, into);
}

}  // namespace mqttkit::doctor
