// Messages that should have waited for a subscriber that was away.
#include <algorithm>

#include "mqtt-doctor/causes/broker_age.hpp"
#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_symptom_causes.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::int64_t never_expires = 0xFFFFFFFF;
constexpr double recent_start_s = 600;  // seconds; a restart longer ago is not the reason
constexpr int refused = number_of(reason_code::unspecified_error);

/// The try on the user's topic, else the one on the doctor's own; null when there was none.
const offline_fact* tried(const view& known) {
  if (!known.at.offline) return nullptr;
  const offline_fact* found = nullptr;
  for (const auto& each : known.at.offline->tries) {
    if (each.is_done() && (found == nullptr || each.is_users_topic)) found = &each;
  }
  return found;
}

/// Whether the session asked to be kept and was gone all the same.
bool was_to_be_kept(const offline_fact& offline) {
  return !offline.clean && (offline.version != mqtt_version::v5 || offline.expiry_s > 0);
}

std::int64_t lifetime(const offline_fact& offline) {
  return offline.granted_s >= 0 ? offline.granted_s : offline.expiry_s;
}

std::string seconds(std::int64_t count) {
  return count >= never_expires ? "4294967295" : std::to_string(count);
}

sentence count_of(const offline_fact& offline) {
  return words(
      N_("{sent} messages of QoS 1 and 2 were sent while the subscriber was away; on its "
         "return {arrived} waited."),
      {{"sent", std::to_string(offline.sent())}, {"arrived", std::to_string(offline.arrived())}});
}

sentence session_gone() {
  return words(N_("On its return CONNACK said that there is no session."));
}

std::string subscribing(const view& known, const std::string& more) {
  const std::string& topic = known.asked().topic;
  const std::string id = known.asked().client_id.empty() ? "phone1" : known.asked().client_id;
  return subscriber_command(known) + " -c -i " + shell_word(id) + " -q 1" + more + " -t " +
         shell_word(topic.empty() ? "TOPIC" : topic);
}

maybe_finding clean_session(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || !offline->clean || offline->arrived() > 0) return {};
  const bool is_v5 = offline->version == mqtt_version::v5;
  return made_finding("session-clean-session", certainty::certain, strength::seen,
                      is_v5 ? words(N_("Clean start is on: whatever was kept for the app is thrown "
                                       "away when it connects."))
                            : words(N_("Clean session is on: nothing is kept while the app is "
                                       "offline.")))
      .seen(count_of(*offline))
      .seen(session_gone())
      .in_app(is_v5 ? words(N_("Turn clean start off, set Session Expiry Interval to an hour or "
                               "more, keep one client identifier, subscribe with QoS 1."))
                    : words(N_("Turn clean session off, keep one client identifier, subscribe with "
                               "QoS 1.")))
      .look(words(N_("To try it:")), subscribing(known, is_v5 ? " -x 3600" : ""), place::here);
}

maybe_finding expires_at_once(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || offline->version != mqtt_version::v5 || offline->clean ||
      offline->expiry_s > 0)
    return {};
  if (offline->session_present) return {};
  return made_finding("session-v5-expires-at-once", certainty::certain, strength::seen,
                      offline->expiry_s == 0
                          ? words(N_("In MQTT 5 a session ends with the connection unless Session "
                                     "Expiry Interval says otherwise, and the app sends 0."))
                          : words(N_("In MQTT 5 a session ends with the connection unless Session "
                                     "Expiry Interval says otherwise, and the app sends none.")))
      .seen(count_of(*offline))
      .seen(session_gone())
      .in_app(words(N_("Set Session Expiry Interval to 3600 seconds or more; clean start off alone "
                       "was enough before MQTT 5 only.")))
      .look(words(N_("To try it:")), subscribing(known, " -x 3600"), place::here);
}

/// The subscriber was away longer than its session lives, by its own wish or the broker's.
maybe_finding expired_while_away(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || !was_to_be_kept(*offline) || offline->session_present ||
      offline->version != mqtt_version::v5)
    return {};
  const std::int64_t lives = lifetime(*offline);
  if (static_cast<double>(lives) > offline->away_s + 1) return {};
  const bool is_cut = offline->granted_s >= 0 && offline->granted_s < offline->expiry_s;
  made_finding made(is_cut ? "session-expiry-capped" : "session-expired-while-away",
                    certainty::certain, strength::agreed,
                    is_cut
                        ? words(N_("The broker keeps a session for {given} s only, though "
                                   "{asked} s were asked for; the subscriber was away for "
                                   "longer."),
                                {{"given", seconds(lives)}, {"asked", seconds(offline->expiry_s)}})
                        : words(N_("The session ends {given} s after the connection, and the "
                                   "subscriber was away for longer."),
                                {{"given", seconds(lives)}}));
  made.seen(words(N_("Away for {time}; on its return CONNACK said that there is no session."),
                  {{"time", time_text(offline->away_s * 1000)}}))
      .in_app(words(N_("Ask for a longer Session Expiry Interval: longer than the app may be "
                       "away.")));
  if (is_cut)
    made.mend(
        words(N_("Raise the broker's limit for it, on ejabberd session_expiry of mod_mqtt, on "
                 "EMQX mqtt.session_expiry_interval.")));
  return made;
}

maybe_finding expiry_capped(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || offline->granted_s < 0 || offline->granted_s >= offline->expiry_s)
    return {};
  if (!offline->session_present) return {};
  return made_finding(
             "session-expiry-capped", certainty::certain, strength::fits,
             words(N_("The broker keeps a session for {given} s only, though {asked} s "
                      "were asked for: who is away for longer loses its messages."),
                   {{"given", seconds(offline->granted_s)}, {"asked", seconds(offline->expiry_s)}}))
      .seen(words(N_("CONNACK has Session Expiry Interval {given}."),
                  {{"given", seconds(offline->granted_s)}}))
      .mend(words(N_("Raise the broker's limit for it, on ejabberd session_expiry of mod_mqtt, on "
                     "EMQX mqtt.session_expiry_interval.")))
      .warning();
}

/// The session was set up to be kept, and was gone all the same.
maybe_finding not_kept(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || !was_to_be_kept(*offline) || offline->session_present) return {};
  if (offline->suback == 0) return {};  // RabbitMQ drops sessions with QoS 0 only
  if (offline->version == mqtt_version::v5 &&
      static_cast<double>(lifetime(*offline)) <= offline->away_s + 1)
    return {};
  // $SYS tells it now and then only; on its own machine its process does.
  const double told = known.at.offline->uptime_s;
  const double uptime = told >= 0 ? told : broker_age_s(known).value_or(-1);
  const bool was_restarted = uptime >= 0 && uptime < offline->away_s;
  if (was_restarted) {
    made_finding made("session-lost-at-broker-restart", certainty::likely, strength::agreed,
                      words(N_("The broker was restarted meanwhile and kept no session.")));
    made.seen(words(N_("It has been running for {time}, less than the subscriber was away."),
                    {{"time", time_text(uptime * 1000)}}))
        .seen(session_gone());
    set_in_broker(made, known, broker_setting::kept_sessions);
    return made;
  }
  return made_finding("session-not-kept", certainty::possible, strength::first_of_several,
                      words(N_("The broker does not keep sessions, or the second connection came "
                               "to another broker than the first.")))
      .seen(words(N_("A session was asked for; on return after {time} CONNACK said that there is "
                     "none."),
                  {{"time", time_text(offline->away_s * 1000)}}))
      .lines(words(N_("Behind a load balancer let a client always come to the same broker, or make "
                      "the brokers a cluster:")),
             "balance source", "haproxy.cfg")
      .apart(words(N_("Ask the broker itself, past the balancer, in the same way.")));
}

/// The subscription's QoS 0 lets nothing wait.
maybe_finding subscribed_at_qos_0(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || offline->clean || offline->suback != 0 || offline->arrived() > 0)
    return {};
  const bool was_lowered = offline->wanted > 0;
  return made_finding("delivery-qos0-not-queued", certainty::certain,
                      offline->session_present ? strength::agreed : strength::one_of_several,
                      was_lowered ? words(N_("The broker grants QoS 0 only, and messages of QoS 0 "
                                             "are not stored for offline clients."))
                                  : words(N_("The subscription has QoS 0, and messages of QoS 0 "
                                             "are not stored for offline clients.")))
      .seen(words(N_("QoS {wanted} was asked for, SUBACK granted 0."),
                  {{"wanted", std::to_string(offline->wanted)}}))
      .seen(count_of(*offline))
      .in_app(words(N_("Subscribe with QoS 1 or 2, and let the publisher use QoS 1 or 2 as well.")))
      .look(words(N_("To try it:")),
            subscribing(known, offline->version == mqtt_version::v5 ? " -x 3600" : ""),
            place::here);
}

/// All but QoS 0 waited, so an app that misses messages gets them from a publisher of QoS 0.
maybe_finding qos_0_alone(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || offline->arrived() == 0 || offline->arrived() < offline->sent())
    return {};
  const auto& at_0 = offline->runs.front();
  if (at_0.qos != 0 || at_0.sent == 0 || at_0.arrived > 0) return {};
  // Unasked, the app's own settings are not known.
  const certainty how_sure = known.asked().offline ? certainty::certain : certainty::possible;
  return made_finding(
             "delivery-qos0-not-queued", how_sure, strength::fits,
             words(N_("Messages wait for who is offline when they are sent with QoS 1 or 2; "
                      "those of QoS 0 do not.")))
      .seen(count_of(*offline))
      .seen(words(N_("Of {sent} messages of QoS 0 none waited."),
                  {{"sent", std::to_string(at_0.sent)}}))
      .in_app(words(N_("If yours do not wait, look at the QoS the publisher uses.")))
      .note();
}

maybe_finding expired_messages(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || offline->message_expiry_s < 0 || !offline->session_present ||
      offline->suback == 0)
    return {};
  const std::string expiry = std::to_string(offline->message_expiry_s);
  const bool was_longer_away = offline->away_s > static_cast<double>(offline->message_expiry_s);
  if (offline->arrived() == 0 && was_longer_away) {
    return made_finding(
               "delivery-message-expired", certainty::certain, strength::agreed,
               words(N_("The messages expire after {expiry} s; who is away for longer does "
                        "not get them."),
                     {{"expiry", expiry}}))
        .seen(words(N_("Away for {time}; the session was there, and none of {sent} messages."),
                    {{"time", time_text(offline->away_s * 1000)},
                     {"sent", std::to_string(offline->sent())}}))
        .in_app(words(N_("Let the publisher set a longer Message Expiry Interval, or none.")));
  }
  if (offline->arrived() == 0) return {};
  return made_finding("delivery-message-expired", certainty::certain, strength::hint,
                      words(N_("The messages wait for {expiry} s at most: who is away for longer "
                               "does not get them."),
                            {{"expiry", expiry}}))
      .seen(count_of(*offline))
      .note();
}

maybe_finding queue_overflow(const view& known, exclusions&) {
  const offline_fact* const offline = tried(known);
  if (offline == nullptr || !offline->session_present) return {};
  const int kept = offline->arrived(), sent = offline->sent();
  if (kept == 0 || kept >= sent) return {};
  const bool is_refused = std::any_of(offline->runs.begin(), offline->runs.end(),
                                      [](const auto& run) { return run.ack >= refused; });
  if (is_refused) return {};
  const bool was_longer_away = offline->message_expiry_s >= 0 &&
                               offline->away_s >= static_cast<double>(offline->message_expiry_s);
  // Facts from a file may hold other runs than this version makes.
  const auto first = std::find_if(offline->runs.begin(), offline->runs.end(),
                                  [](const auto& run) { return run.qos > 0; });
  made_finding made("delivery-queue-overflow",
                    was_longer_away ? certainty::possible : certainty::likely, strength::agreed,
                    words(N_("The broker keeps at most {kept} messages for a client that is away, "
                             "and drops the others without a word."),
                          {{"kept", std::to_string(kept)}}));
  made.seen(count_of(*offline))
      .seen(words(N_("The broker acknowledged every one of them to the publisher.")));
  if (first->arrived > 0 && first->arrived < first->sent)
    made.seen(first->first_no == 1 ? words(N_("Those that were sent first were kept."))
                                   : words(N_("Those that were sent last were kept.")));
  say_setting(made, known, "delivery-queue-overflow");
  set_in_broker(made, known, broker_setting::queue_length);
  return made.in_app(
      words(N_("Or send less: a retained message keeps the last value and needs no queue.")));
}

bool is_persistence_off(const view& known) {
  if (!known.all.host) return false;
  for (const auto& configuration : known.all.host->configurations) {
    if (!configuration.is_used || configuration.broker != broker_kind::mosquitto) continue;
    const auto set = configuration.settings.find("persistence");
    if (set == configuration.settings.end() || set->second == "false") return true;
  }
  return false;
}

/// The app's own session, looked up under the identifier given with -i, does not exist.
maybe_finding session_missing(const view& known, exclusions&) {
  if (!known.at.offline || known.at.offline->client_id.empty() || known.at.offline->was_found)
    return {};
  const double uptime = known.at.offline->uptime_s;
  const bool is_young = uptime >= 0 && uptime < recent_start_s;
  const places values{{"id", known.at.offline->client_id},
                      {"time", time_text(std::max(uptime, 1.0) * 1000)}};
  if (!is_young) {
    return made_finding("session-none-stored", certainty::certain, strength::aside,
                        words(N_("The broker holds no session for \"{id}\"."), values))
        .seen(words(N_("CONNACK said so: it never connected with these settings, connected with "
                       "clean session since, or was away for too long.")));
  }
  const bool is_seen = is_persistence_off(known);
  made_finding made(
      "session-lost-at-broker-restart", is_seen ? certainty::likely : certainty::possible,
      strength::first_of_several,
      words(N_("The broker holds no session for \"{id}\", and was started {time} ago: "
               "what it held in memory is gone."),
            values));
  made.seen(
      words(N_("CONNACK said that there is no session; the broker's $SYS topics tell how "
               "long it has been running.")));
  if (is_seen) made.seen(words(N_("Its configuration does not turn persistence on.")));
  set_in_broker(made, known, broker_setting::kept_sessions);
  return made.apart(words(N_("If the app did not connect before that, there was none to lose.")))
      .warning();
}

maybe_finding stale_subscriptions(const view& known, exclusions&) {
  if (!known.at.offline || !known.at.offline->was_found) return {};
  const offline_facts& found = *known.at.offline;
  const std::string& filter = known.asked().topic;
  const bool is_foreign = std::any_of(
      found.waiting_topics.begin(), found.waiting_topics.end(), [&](const std::string& topic) {
        return !filter.empty() && is_topic_filter(filter) && !topic_matches(filter, topic);
      });
  const places values{{"id", found.client_id},
                      {"filter", filter},
                      {"topics", list_text(found.waiting_topics)},
                      {"count", std::to_string(found.waiting)}};
  if (!is_foreign) {
    return made_finding("session-messages-waiting", certainty::certain, strength::hint,
                        words(N_("The broker holds a session for \"{id}\"."), values))
        .seen(found.waiting == 0
                  ? words(N_("Nothing waits in it."))
                  : words(N_("It began to send what waits, on {topics}; none of it was "
                             "acknowledged, it goes on waiting."),
                          values));
  }
  return made_finding("session-stale-subscriptions", certainty::certain, strength::first_of_several,
                      words(N_("The broker resumed an old session of \"{id}\" with old "
                               "subscriptions."),
                            values))
      .seen(words(N_("Before anything was subscribed to, messages came on {topics}, which "
                     "\"{filter}\" does not match."),
                  values))
      .in_app(words(N_("Unsubscribe from what is no longer wanted, or connect once with clean "
                       "session on: that removes the session and what waits in it.")))
      .mend(words(N_("From here:")),
            subscriber_command(known) + " -i " + shell_word(found.client_id) + " -t x -E",
            place::here);
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"session-clean-session", N_("a clean session throws away what was kept"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, clean_session},
    {"session-v5-expires-at-once",
     N_("a session of MQTT 5 without an expiry interval ends with its connection"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, expires_at_once},
    {"session-expired-while-away", N_("the session ended while the subscriber was away"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, expired_while_away},
    {"session-expiry-capped", N_("the broker keeps sessions for less time than asked for"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, expiry_capped},
    {"session-not-kept", N_("the broker does not keep sessions"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_kept},
    {"delivery-qos0-not-queued", N_("messages of QoS 0 are not kept for who is away"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, subscribed_at_qos_0},
    {"delivery-message-expired", N_("messages expired before they were fetched"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, expired_messages},
    {"session-lost-at-broker-restart", N_("the broker was restarted and kept no session"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, session_missing},
    {"session-stale-subscriptions", N_("a resumed session has old subscriptions"), layer::delivery,
     exit_code::failed, station::broker, severity::warning, stale_subscriptions},
    {"session-messages-waiting", N_("the broker holds a session with messages"), layer::delivery,
     exit_code::failed, station::broker, severity::note},
    {"session-none-stored", N_("the broker holds no session of that identifier"), layer::delivery,
     exit_code::failed, station::broker, severity::note},
};

constexpr second_look looks[] = {
    {"delivery-qos0-not-queued", qos_0_alone},
    {"delivery-queue-overflow", queue_overflow},
};

}  // namespace

cause_table offline_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
