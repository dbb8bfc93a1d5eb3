// What ended the connections of a watch (delivery --watch).
#include <algorithm>
#include <cmath>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/watch_words.hpp"
#include "mqtt-doctor/facts/codes.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int taken_over = number_of(reason_code::session_taken_over),
              keep_alive_timeout = number_of(reason_code::keep_alive_timeout),
              shutting_down = number_of(reason_code::server_shutting_down);
constexpr double same_moment_s = 1;
constexpr double same_silence = 0.15;  // two equal silences differ by less, as a share

/// The longest silence that a connection survived.
double longest_survived(const watch_facts& watched) {
  double longest = 0;
  for (const auto& pause : watched.pauses) {
    if (pause.survived) longest = std::max(longest, pause.seconds);
  }
  return longest;
}

/// Drops that ended in this way after a longer silence than any survived; none unless the pausing
/// connection is among them.
std::vector<const watch_drop*> idle_drops(const watch_facts& watched, connection_end end,
                                          bool was_pinged) {
  std::vector<const watch_drop*> found;
  bool has_paused = false;
  const double survived = longest_survived(watched);
  for (const auto& drop : watched.drops) {
    const bool is_alike = drop.end == end && drop.was_pinged == was_pinged && drop.reason < 0;
    if (!is_alike || drop.idle_s <= survived) continue;
    has_paused = has_paused || !drop.is_steady;
    found.push_back(&drop);
  }
  if (!has_paused) found.clear();
  return found;
}

double shortest(const std::vector<const watch_drop*>& drops) {
  double least = drops.front()->idle_s;
  for (const auto* const drop : drops) least = std::min(least, drop->idle_s);
  return least;
}

bool are_alike(const std::vector<const watch_drop*>& drops) {
  const double least = shortest(drops);
  return std::all_of(drops.begin(), drops.end(), [&](const watch_drop* drop) {
    return drop->idle_s <= least * (1 + same_silence) + 1;
  });
}

/// Both connections of the watch were ended at the same moment.
struct outage {
  const watch_drop* steady;
  const watch_drop* pausing;
};

bool was_ended(const watch_drop& drop) {
  const bool is_shutdown = drop.reason < 0 || drop.reason == shutting_down;
  return is_shutdown && !drop.was_pinged &&
         (drop.end == connection_end::closed || drop.end == connection_end::reset ||
          drop.end == connection_end::disconnect);
}

/// How far apart the ages of two connections may be to count as equal, in seconds.
double spread_at(double age) {
  constexpr double share = 0.1, spread_s = 0.3;
  return std::max(spread_s, share * age);
}

/// The age at which every connection that pinged in time was ended; 0 where the ages differ. A
/// restarted broker refuses connections for a moment, and its restarts keep no fixed interval.
double same_age(const watch_facts& watched) {
  double least = 0, most = 0;
  int count = 0;
  for (const auto& drop : watched.drops) {
    if (!drop.is_steady) continue;
    const bool is_ended =
        drop.end == connection_end::closed || drop.end == connection_end::disconnect;
    // A connection silent for most of its life may have been ended for that silence.
    constexpr double mostly = 0.75;
    const bool was_silent = drop.idle_s > mostly * drop.stood_s;
    if (!is_ended || was_silent || drop.refusals > 0 || drop.was_port_closed ||
        drop.reason == shutting_down || drop.reason == taken_over)
      return 0;
    least = count == 0 ? drop.stood_s : std::min(least, drop.stood_s);
    most = std::max(most, drop.stood_s);
    ++count;
  }
  return count >= 2 && most - least <= spread_at(least) ? least : 0;
}

/// How often one of the watch's own connections was ended when another had just been accepted,
/// which then stood.
std::size_t ended_by_each_other(const watch_facts& watched) {
  constexpr double just_then_s = 0.3, inaccuracy_s = 0.05;
  std::size_t count = 0;
  for (const auto& drop : watched.drops) {
    if (!was_ended(drop) && drop.reason != taken_over) continue;
    bool has_come = false, has_gone = false;
    for (const auto& other : watched.drops) {
      if (other.is_steady == drop.is_steady) continue;
      const double since = drop.at_s - other.at_s - other.away_s;
      has_come = has_come || (other.away_s >= 0 && since > -inaccuracy_s && since < just_then_s);
      has_gone = has_gone || std::abs(drop.at_s - other.at_s) < just_then_s;
    }
    count += has_come && !has_gone ? 1 : 0;
  }
  constexpr std::size_t often = 3;
  return count >= often && 3 * count >= 2 * watched.drops.size() ? count : 0;
}

std::vector<outage> outages(const watch_facts& watched) {
  std::vector<outage> found;
  if (same_age(watched) > 0 || ended_by_each_other(watched) > 0) return found;
  // An idle limit may end both connections at once, too, but not early, and the port stays open.
  const auto is_telling = [survived = longest_survived(watched)](const watch_drop& drop) {
    return drop.idle_s < survived || drop.refusals > 0 || drop.reason == shutting_down;
  };
  for (const auto& drop : watched.drops) {
    if (!drop.is_steady || !was_ended(drop)) continue;
    for (const auto& other : watched.drops) {
      if (other.is_steady || !was_ended(other)) continue;
      const bool is_same = std::abs(drop.at_s - other.at_s) < same_moment_s;
      if (is_same && (is_telling(drop) || is_telling(other))) {
        found.push_back({&drop, &other});
        break;
      }
    }
  }
  return found;
}

/// The watch without the drops that an outage or a limit of age explains.
watch_facts without_outages(const watch_facts& watched) {
  watch_facts rest = watched;
  rest.drops.clear();
  const auto found = outages(watched);
  const double age = watched.has_users_id ? 0 : same_age(watched);
  for (const auto& drop : watched.drops) {
    const bool is_explained = std::any_of(found.begin(), found.end(), [&](const outage& both) {
      return both.steady == &drop || both.pausing == &drop;
    });
    const bool is_by_age = age > 0 && std::abs(drop.stood_s - age) <= spread_at(age);
    if (!is_explained && !is_by_age) rest.drops.push_back(drop);
  }
  return rest;
}

maybe_finding broker_restarted(const watch_facts& watched) {
  const auto found = outages(watched);
  if (found.empty()) return {};
  const outage& first = found.front();
  const bool is_told =
      first.steady->reason == shutting_down || first.pausing->reason == shutting_down;
  const bool was_closed = first.steady->was_port_closed || first.pausing->was_port_closed;
  double away = first.steady->away_s;
  if (away < 0 || (first.pausing->away_s >= 0 && first.pausing->away_s < away))
    away = first.pausing->away_s;
  const places values{{"time", tools::silence_text(away)},
                      {"at", tools::silence_text(first.steady->at_s)},
                      {"count", std::to_string(found.size())}};
  made_finding made(
      "session-broker-restarted", is_told ? certainty::certain : certainty::likely, strength::told,
      away >= 0
          ? words(N_("The broker was stopped or restarted; it was away for at most {time}."),
                  values)
          : words(N_("The broker was stopped during the watch, and did not come back."), values));
  if (is_told) made.seen(words(N_("DISCONNECT said 0x8B (Server shutting down).")));
  made.seen(found.size() == 1
                ? words(N_("Both connections were ended in the same moment, {at} into the watch."),
                        values)
                : words(N_("{count} times both connections were ended in the same moment, first "
                           "{at} into the watch."),
                        values));
  if (was_closed) made.seen(words(N_("After that the port refused connections.")));
  made.in_app(words(N_("Let the app connect again by itself, with pauses that grow.")))
      .mend(words(N_("Find out who stops it: its log and that of the system say so.")));
  if (!is_told)
    made.apart(
        words(N_("A proxy in front of the broker that is restarted looks the same; the "
                 "broker's topic $SYS/broker/uptime tells them apart.")));
  return made;
}

sentence span_of(const watch_facts& watched, double dropped) {
  return words(N_("A silence of {survived} was survived, one of {dropped} was not."),
               {{"survived", tools::silence_text(longest_survived(watched))},
                {"dropped", tools::silence_text(dropped)}});
}

std::string half_of(double seconds) {
  return std::to_string(std::max(1, static_cast<int>(seconds / 2)));
}

/// The broker lets one connection stand: of an identifier that it makes of the user name, or of a
/// user.
maybe_finding one_at_a_time(const watch_facts& watched) {
  const std::size_t count = ended_by_each_other(watched);
  if (count == 0 || watched.has_users_id) return {};
  return made_finding("session-duplicate-client-id", certainty::likely, strength::proven,
                      words(N_("The broker ends a connection when another of the same user begins, "
                               "though they have different client identifiers: it makes the "
                               "identifier of the user name, or allows a user one connection.")))
      .seen(words(N_("{count} times one of the doctor's two connections was ended just when the "
                     "other was accepted."),
                  {{"count", std::to_string(count)}}))
      .in_app(words(N_("Give each app a user of its own.")))
      .mend(
          words(N_("Or change that in the broker; on mosquitto it is use_username_as_clientid, on "
                   "EMQX mqtt.use_username_as_clientid.")));
}

maybe_finding takeover(const watch_facts& watched) {
  std::vector<const watch_drop*> closed;
  bool is_told = false;
  for (const auto& drop : watched.drops) {
    is_told = is_told || drop.reason == taken_over;
    // Longer silences were survived, so neither keep alive nor an idle limit is the reason.
    const bool is_sudden =
        drop.end == connection_end::closed && drop.idle_s <= longest_survived(watched);
    if (drop.is_steady && (is_sudden || drop.reason == taken_over)) closed.push_back(&drop);
  }
  if (!is_told && (closed.size() < 2 || !watched.has_users_id)) return {};
  made_finding made("session-duplicate-client-id", is_told ? certainty::certain : certainty::likely,
                    is_told ? strength::proven : strength::agreed,
                    words(N_("Another client uses the same client identifier; each login throws "
                             "the other out.")));
  if (is_told) made.seen(words(N_("DISCONNECT said 0x8E (Session taken over).")));
  if (!closed.empty())
    made.seen(words(closed.size() == 1
                        ? N_("The broker ended the connection in the midst of answered pings, "
                             "after {time}.")
                        : N_("{count} times the broker ended the connection in the midst of "
                             "answered pings; the first stood for {time}."),
                    {{"count", std::to_string(closed.size())},
                     {"time", tools::silence_text(closed.front()->stood_s)}}));
  made.in_app(words(N_("Give each client an identifier of its own.")));
  if (!is_told) {
    made.apart(
        words(N_("With an identifier of the doctor's own the connection would stand: leave "
                 "-i away.")));
  }
  return made;
}

/// Adds which side ended the connection, where a capture saw the packets.
void add_parting(made_finding& made, const std::vector<const watch_drop*>& drops) {
  for (const watch_drop* const drop : drops) {
    const watch_parting& parting = drop->parting;
    if (parting.ttl < 0 || parting.usual_ttl < 0) continue;
    const places with{{"flag", parting.flag},
                      {"ttl", std::to_string(parting.ttl)},
                      {"usual", std::to_string(parting.usual_ttl)}};
    made.seen(parting.is_foreign()
                  ? words(N_("The {flag} came with TTL {ttl}, the broker's other packets with "
                             "{usual}: something on the way sent it."),
                          with)
                  : words(N_("The {flag} came with TTL {ttl}, as the broker's other packets: it is "
                             "from the machine that was dialled."),
                          with));
    return;
  }
}

maybe_finding proxy(const watch_facts& watched) {
  const auto drops = idle_drops(watched, connection_end::closed, false);
  if (drops.empty()) return {};
  const bool is_websocket = has_websocket(watched.scheme.value());
  const bool is_sure = drops.size() > 1 && are_alike(drops);
  const double limit = shortest(drops);
  made_finding made(is_websocket ? "ws-idle-timeout" : "proxy-idle-timeout",
                    is_sure ? certainty::likely : certainty::possible,
                    is_sure ? strength::seen : strength::leaning,
                    words(N_("Something closes the connection after {limit} without a packet: a "
                             "proxy or load balancer in front of the broker."),
                          {{"limit", tools::silence_text(limit)}}));
  made.seen(words(drops.size() == 1
                      ? N_("It was closed in order while nothing was said, on the connection "
                           "whose keep alive is off: it is not the broker's.")
                      : N_("{count} times it was closed in order while nothing was said, also on "
                           "the connection whose keep alive is off: it is not the broker's."),
                  {{"count", std::to_string(drops.size())}}))
      .seen(span_of(watched, limit));
  add_parting(made, drops);
  made.in_app(words(N_("Set keep alive to {seconds} s or less."), {{"seconds", half_of(limit)}}))
      .lines(is_websocket ? words(N_("Or raise the limit, in nginx:"))
                          : words(N_("Or raise the limit, in nginx (stream) or haproxy:")),
             is_websocket
                 ? "proxy_read_timeout 1h;"
                 : "proxy_timeout 1h;                  # nginx\ntimeout client 1h          "
                   "        # haproxy, with timeout server 1h",
             "nginx.conf");
  return made;
}

maybe_finding reset(const watch_facts& watched) {
  const auto drops = idle_drops(watched, connection_end::reset, true);
  if (drops.empty()) return {};
  const double limit = shortest(drops);
  made_finding made("path-nat-idle-reset",
                    drops.size() > 1 ? certainty::likely : certainty::possible, strength::agreed,
                    words(N_("A firewall or NAT forgets the connection after at most {limit} "
                             "without a packet, and resets what comes later."),
                          {{"limit", tools::silence_text(limit)}}));
  made.seen(words(drops.size() == 1
                      ? N_("The first packet after the silence was answered with a reset.")
                      : N_("{count} times the first packet after the silence was answered with a "
                           "reset."),
                  {{"count", std::to_string(drops.size())}}))
      .seen(span_of(watched, limit));
  add_parting(made, drops);
  made.in_app(words(N_("Set keep alive to {seconds} s or less."),
                    {{"seconds", half_of(std::max(longest_survived(watched), limit / 2))}}));
  return made;
}

/// Whether the connection was lost, unanswered or unreachable, after a silence that others survive.
bool is_way_gone(const watch_drop& drop, double survived) {
  constexpr double chance = 1.05;  // two pauses meant to be equal differ by less
  const bool is_lost = drop.end == connection_end::silent || drop.end == connection_end::failed;
  return is_lost && drop.reason < 0 && drop.idle_s <= survived * chance;
}

maybe_finding silence(const watch_facts& watched) {
  const auto drops = idle_drops(watched, connection_end::silent, true);
  if (drops.empty()) return {};
  // Connections were also lost after shorter silences: the network itself was away.
  const bool was_away = std::any_of(
      watched.drops.begin(), watched.drops.end(),
      [&](const watch_drop& drop) { return is_way_gone(drop, longest_survived(watched)); });
  if (was_away) return {};
  const double limit = shortest(drops);
  made_finding made("path-nat-idle-drop",
                    drops.size() > 1 ? certainty::likely : certainty::possible, strength::agreed,
                    words(N_("The network forgets a connection after at most {limit} without a "
                             "packet, and says nothing: the app goes on believing that it is "
                             "connected."),
                          {{"limit", tools::silence_text(limit)}}));
  made.seen(words(drops.size() == 1
                      ? N_("A ping after the silence was not answered; after shorter silences one "
                           "was.")
                      : N_("{count} times a ping after the silence was not answered; after "
                           "shorter silences it was."),
                  {{"count", std::to_string(drops.size())}}))
      .seen(span_of(watched, limit))
      .in_app(words(N_("Set keep alive to {seconds} s or less."),
                    {{"seconds", half_of(std::max(longest_survived(watched), limit / 2))}}));
  return made;
}

maybe_finding half_open(const watch_facts& watched) {
  const auto deaf =
      std::find_if(watched.drops.begin(), watched.drops.end(), [&](const watch_drop& drop) {
        return drop.is_steady && is_way_gone(drop, longest_survived(watched));
      });
  if (deaf == watched.drops.end()) return {};
  const bool has_come_back = deaf->away_s >= 0;
  made_finding made(
      "path-half-open", certainty::likely, strength::leaning,
      has_come_back || deaf->refusals == 0
          ? words(N_("The network or the broker was gone for a while, and TCP did not notice."))
          : words(N_("The way to the broker, or its machine, was gone in the midst of the watch, "
                     "and did not come back; TCP did not notice.")));
  if (!has_come_back && deaf->refusals > 0)
    made.seen(words(N_("{count} attempts to connect anew failed as well."),
                    {{"count", std::to_string(deaf->refusals)}}));
  made.seen(words(N_("A ping was not answered although one shortly before had been ({time} into "
                     "the watch)."),
                  {{"time", tools::silence_text(deaf->at_s)}}))
      .in_app(words(N_("Take a ping that is not answered for the end of the connection, and keep "
                       "keep alive short.")));
  return made;
}

maybe_finding keep_alive_expired(const watch_facts& watched) {
  const bool is_told =
      std::any_of(watched.drops.begin(), watched.drops.end(),
                  [](const watch_drop& drop) { return drop.reason == keep_alive_timeout; });
  if (!is_told) return {};
  return made_finding(
             "session-keepalive-expired", certainty::certain, strength::seen,
             words(N_("The broker ended the connection because it heard nothing for longer "
                      "than the keep alive allows.")))
      .seen(words(N_("DISCONNECT said 0x8D (Keep Alive timeout).")))
      .in_app(words(N_("Let the client's network loop run, or set a longer keep alive.")));
}

maybe_finding server_keep_alive(const watch_facts& watched) {
  const bool is_shortened =
      watched.server_keep_alive_s >= 0 &&
      (watched.server_keep_alive_s < watched.keep_alive_s || watched.keep_alive_s == 0);
  if (!is_shortened) return {};
  return made_finding("session-server-keepalive", certainty::certain, strength::hint,
                      words(N_("The broker set the keep alive to {given} s instead of {asked} s."),
                            {{"given", std::to_string(watched.server_keep_alive_s)},
                             {"asked", std::to_string(watched.keep_alive_s)}}))
      .seen(words(N_("CONNACK has Server Keep Alive; a client that does not obey is dropped.")))
      .in_app(words(N_("Set the app's keep alive to this or less.")))
      .note();
}

/// A client kept silent past its keep alive, and the broker did not end its connection.
maybe_finding keep_alive_ignored(const watch_facts& watched) {
  if (watched.mute_keep_alive_s <= 0 || watched.mute_dropped_s >= 0 || !watched.drops.empty())
    return {};
  // A broker has to wait 1.5 times the keep alive (MQTT 5.0 §3.1.2.10), and checks in rounds.
  constexpr double patience = 3, rounds_s = 5;
  if (watched.mute_stood_s < patience * watched.mute_keep_alive_s + rounds_s) return {};
  return made_finding("session-keepalive-not-enforced", certainty::likely, strength::fits,
                      words(N_("The broker does not notice that a client has gone silent: its will "
                               "is not published, and it counts as connected.")))
      .seen(words(N_("A connection with a keep alive of {keepalive} s said nothing for {time} and "
                     "was not ended."),
                  {{"keepalive", std::to_string(watched.mute_keep_alive_s)},
                   {"time", tools::silence_text(watched.mute_stood_s)}}))
      .mend(words(N_("Update the broker; MQTT wants the end after one and a half times the keep "
                     "alive. A proxy in between may hold the connection, too.")));
}

/// The broker ends each connection at the same age, though all packets were answered.
maybe_finding ended_by_age(const watch_facts& watched) {
  const double age = same_age(watched);
  // A takeover or a silence that long may be the reason; a connection that pings has no silence.
  if (age <= 0 || (watched.has_users_id && takeover(watched))) return {};
  made_finding made(
      "session-lifetime", certainty::likely, strength::told,
      words(N_("Every connection is ended {time} after it began, whatever is said on it: a login "
               "or token that expires, or the longest time that a proxy or the broker allows."),
            {{"time", tools::silence_text(age)}}));
  constexpr std::size_t most_quoted = 3;
  std::size_t quoted = 0;
  for (const auto& drop : watched.drops) {
    if (drop.is_steady && quoted++ < most_quoted) made.seen(describe(drop));
  }
  return made
      .mend(words(N_("Look for such a limit: the token's expiry, the broker's longest connection, "
                     "or the proxy's (max_connection_duration, session timeout).")))
      .in_app(words(N_("Let the app connect again by itself, and subscribe again.")));
}

bool has_cause(const watch_facts& watched) {
  for (const auto& weigh : {ended_by_age, one_at_a_time, takeover, keep_alive_expired, proxy, reset,
                            silence, half_open}) {
    if (weigh(watched)) return true;
  }
  return false;
}

maybe_finding rest(const watch_facts& watched) {
  if (watched.drops.empty() || has_cause(watched)) return {};
  const places values{{"count", std::to_string(watched.drops.size())}};
  made_finding made("session-flaps", certainty::possible, strength::aside,
                    watched.drops.size() == 1
                        ? words(N_("The connection was lost, and the pattern fits no cause this "
                                   "program knows."))
                        : words(N_("The connection was lost {count} times, and the pattern fits no "
                                   "cause this program knows."),
                                values));
  constexpr std::size_t most_quoted = 3;
  for (std::size_t i = 0; i < std::min(most_quoted, watched.drops.size()); ++i)
    made.seen(describe(watched.drops[i]));
  return made.apart(
      words(N_("See what the broker's log says at these times, or watch for longer.")));
}

template <maybe_finding (*weigh)(const watch_facts&)>
maybe_finding of_watch(const view& known, exclusions&) {
  return known.all.watch ? weigh(*known.all.watch) : maybe_finding();
}

template <maybe_finding (*weigh)(const watch_facts&)>
maybe_finding of_drops(const view& known, exclusions&) {
  return known.all.watch ? weigh(without_outages(*known.all.watch)) : maybe_finding();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"session-broker-restarted", N_("the broker was stopped or restarted"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, of_watch<broker_restarted>},
    {"session-keepalive-expired", N_("the client was silent for longer than its keep alive allows"),
     layer::delivery, exit_code::failed, station::broker, severity::problem,
     of_drops<keep_alive_expired>},
    {"session-server-keepalive", N_("the broker sets the keep alive"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, of_watch<server_keep_alive>},
    {"session-keepalive-not-enforced",
     N_("the broker does not notice that a client has gone silent"), layer::delivery,
     exit_code::failed, station::broker, severity::warning, of_watch<keep_alive_ignored>},
    {"proxy-idle-timeout", N_("a proxy or load balancer closes silent connections"), layer::proxy,
     exit_code::cannot_connect, station::proxy, severity::problem, of_drops<proxy>},
    {"path-nat-idle-reset", N_("a firewall or NAT forgets a silent connection and resets it later"),
     layer::path, exit_code::cannot_connect, station::network, severity::problem, of_drops<reset>},
    {"path-nat-idle-drop", N_("the network forgets a silent connection and says nothing"),
     layer::path, exit_code::cannot_connect, station::network, severity::problem,
     of_drops<silence>},
    {"path-half-open", N_("the link was gone for a while, and TCP did not notice"), layer::path,
     exit_code::cannot_connect, station::network, severity::problem, of_drops<half_open>},
    {"session-lifetime", N_("every connection is ended at the same age"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, of_watch<ended_by_age>},
    {"session-flaps", N_("the connection is lost now and then, for no reason that shows"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, of_drops<rest>},
    {"ws-idle-timeout", N_("a web server in front closes silent connections"), layer::proxy,
     exit_code::cannot_connect, station::proxy, severity::problem},
};

constexpr second_look looks[] = {
    {"session-duplicate-client-id", of_drops<takeover>},
    {"session-duplicate-client-id", of_watch<one_at_a_time>},
};

}  // namespace

sentence describe(const watch_drop& drop) {
  const places values{{"stood", tools::silence_text(drop.stood_s)},
                      {"idle", tools::silence_text(drop.idle_s)},
                      {"reason", std::to_string(drop.reason)}};
  if (drop.reason >= 0)
    return words(N_("dropped after {stood}: the broker's DISCONNECT said {reason}"), values);
  if (drop.end == connection_end::silent)
    return words(N_("dead after {stood}: no answer to a ping after {idle} of silence"), values);
  if (drop.end == connection_end::reset)
    return words(N_("dropped after {stood}: reset after {idle} of silence"), values);
  return words(N_("dropped after {stood}: closed after {idle} of silence"), values);
}

sentence moment_of(const watch_drop& drop) {
  const places values{{"at", tools::silence_text(drop.at_s)},
                      {"stood", tools::silence_text(drop.stood_s)},
                      {"idle", tools::silence_text(drop.idle_s)},
                      {"reason", std::to_string(drop.reason)}};
  if (drop.reason >= 0)
    return words(N_("{at} into the watch: DISCONNECT with reason {reason}; it had stood for "
                    "{stood}"),
                 values);
  if (drop.end == connection_end::silent)
    return words(N_("{at} into the watch: no answer to a ping after {idle} of silence; it had "
                    "stood for {stood}"),
                 values);
  if (drop.end == connection_end::reset)
    return words(N_("{at} into the watch: reset after {idle} of silence; it had stood for {stood}"),
                 values);
  return words(N_("{at} into the watch: closed after {idle} of silence; it had stood for {stood}"),
               values);
}

sentence keep_alive_of(const watch_facts& watched) {
  const bool is_set = watched.server_keep_alive_s >= 0;
  const places values{
      {"keepalive", std::to_string(is_set ? watched.server_keep_alive_s : watched.keep_alive_s)},
      {"mute", std::to_string(watched.mute_keep_alive_s)},
      {"time", tools::silence_text(watched.mute_dropped_s)}};
  // An end before the keep alive, or together with the others, was no answer to the silence.
  const auto ended_with = [&](const outage& both) {
    return std::abs(both.steady->at_s - watched.mute_ended_at_s) < same_moment_s;
  };
  const auto found = outages(watched);
  if (watched.mute_dropped_s >= watched.mute_keep_alive_s && watched.mute_dropped_s >= 0 &&
      std::none_of(found.begin(), found.end(), ended_with))
    return words(N_("{keepalive} s, kept by us; a client that says nothing and has {mute} s is "
                    "ended by the broker after {time}"),
                 values);
  return is_set ? words(N_("{keepalive} s, as the broker set it; kept by us"), values)
                : words(N_("{keepalive} s, kept by us"), values);
}

sentence summary_of(const watch_facts& watched) {
  const places values{{"time", tools::silence_text(watched.lasted_s)},
                      {"pings", std::to_string(watched.pings)},
                      {"drops", std::to_string(watched.drops.size())},
                      {"pause", tools::silence_text(longest_survived(watched))}};
  if (watched.drops.empty())
    return words(N_("Connected for {time} without a drop; pings answered: {pings}; the longest "
                    "silence, {pause}, was survived."),
                 values);
  return watched.drops.size() == 1
             ? words(N_("In {time} one drop; pings answered: {pings}; the longest silence survived "
                        "is {pause}."),
                     values)
             : words(N_("In {time} {drops} drops; pings answered: {pings}; the longest silence "
                        "survived is {pause}."),
                     values);
}

cause_table watch_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
