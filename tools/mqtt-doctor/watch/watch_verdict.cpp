#include "mqtt-doctor/watch/watch_verdict.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int taken_over = 0x8e, keep_alive_timeout = 0x8d;
constexpr double same_silence = 0.15;  // two silences that end alike differ by less, as a share

std::string seconds_text(double seconds) {
  char text[32];
  (void)std::snprintf(text, sizeof text, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  return text;
}

/// The longest silence that was survived.
double longest_survived(const watch_facts& seen) {
  double longest = 0;
  for (const auto& one : seen.pauses) {
    if (one.survived) longest = std::max(longest, one.seconds);
  }
  return longest;
}

/// Drops that ended so after a silence longer than any survived, if the connection that pauses is
/// among them.
std::vector<const watch_drop*> idle_drops(const watch_facts& seen, std::string_view end,
                                          bool was_pinged) {
  std::vector<const watch_drop*> found;
  bool has_paused = false;
  const double survived = longest_survived(seen);
  for (const auto& one : seen.drops) {
    const bool is_alike = one.end == end && one.was_pinged == was_pinged && one.reason < 0;
    if (!is_alike || one.idle_s <= survived) continue;
    has_paused = has_paused || !one.is_steady;
    found.push_back(&one);
  }
  if (!has_paused) found.clear();
  return found;
}

double shortest(const std::vector<const watch_drop*>& drops) {
  double least = drops.front()->idle_s;
  for (const auto* const one : drops) least = std::min(least, one->idle_s);
  return least;
}

bool are_alike(const std::vector<const watch_drop*>& drops) {
  const double least = shortest(drops);
  return std::all_of(drops.begin(), drops.end(), [&](const watch_drop* one) {
    return one->idle_s <= least * (1 + same_silence) + 1;
  });
}

words span_of(const watch_facts& seen, double dropped) {
  return words(
      N_("A silence of {survived} was survived, one of {dropped} was not."),
      {{"survived", seconds_text(longest_survived(seen))}, {"dropped", seconds_text(dropped)}});
}

std::string half_of(double seconds) {
  return std::to_string(std::max(1, static_cast<int>(seconds / 2)));
}

void weigh_takeover(const watch_facts& seen, std::vector<finding>& found) {
  std::vector<const watch_drop*> closed;
  bool is_told = false;
  for (const auto& one : seen.drops) {
    is_told = is_told || one.reason == taken_over;
    // Longer silences were survived: neither keep alive nor an idle limit is the reason.
    const bool is_sudden = one.end == "closed" && one.idle_s <= longest_survived(seen);
    if (one.is_steady && (is_sudden || one.reason == taken_over)) closed.push_back(&one);
  }
  if (!is_told && (closed.size() < 2 || !seen.has_users_id)) return;
  made_finding made("session-duplicate-client-id", layer::delivery,
                    is_told ? certainty::certain : certainty::likely, is_told ? 98 : 85,
                    words(N_("Another client uses the same client identifier; each login throws "
                             "the other out.")));
  if (is_told) made.seen(words(N_("DISCONNECT said 0x8E (Session taken over).")));
  made.seen(
          words(N_("{count} times the broker ended the connection in the midst of answered pings; "
                   "the first stood for {time}."),
                {{"count", std::to_string(closed.size())},
                 {"time", seconds_text(closed.empty() ? 0 : closed.front()->stood_s)}}))
      .in_app(words(N_("Give each client an identifier of its own.")));
  if (!is_told) {
    made.apart(
        words(N_("With an identifier of the doctor's own the connection would stand: leave "
                 "-i away.")));
  }
  if (std::optional<finding> one = made) found.push_back(std::move(*one));
}

void weigh_proxy(const watch_facts& seen, std::vector<finding>& found) {
  const auto drops = idle_drops(seen, "closed", false);
  if (drops.empty()) return;
  const bool is_websocket = seen.scheme == "ws" || seen.scheme == "wss";
  const bool is_sure = drops.size() > 1 && are_alike(drops);
  const double limit = shortest(drops);
  made_finding made(is_websocket ? "ws-idle-timeout" : "proxy-idle-timeout", layer::proxy,
                    is_sure ? certainty::likely : certainty::possible, is_sure ? 90 : 70,
                    words(N_("Something closes the connection after {limit} without a packet: a "
                             "proxy or load balancer in front of the broker."),
                          {{"limit", seconds_text(limit)}}));
  made.seen(words(N_("{count} times it was closed in order while nothing was said, also on the "
                     "connection whose keep alive is off: it is not the broker's."),
                  {{"count", std::to_string(drops.size())}}))
      .seen(span_of(seen, limit))
      .in_app(words(N_("Set keep alive to {seconds} s or less."), {{"seconds", half_of(limit)}}))
      .mend(is_websocket ? words(N_("Or raise the limit, in nginx:"))
                         : words(N_("Or raise the limit, in nginx (stream) or haproxy:")),
            is_websocket ? "proxy_read_timeout 1h;"
                         : "proxy_timeout 1h;                  # nginx\ntimeout client 1h          "
                           "        # haproxy, with timeout server 1h");
  if (std::optional<finding> one = made) found.push_back(std::move(*one));
}

void weigh_reset(const watch_facts& seen, std::vector<finding>& found) {
  const auto drops = idle_drops(seen, "reset", true);
  if (drops.empty()) return;
  const double limit = shortest(drops);
  made_finding made("path-nat-idle-reset", layer::path,
                    drops.size() > 1 ? certainty::likely : certainty::possible, 88,
                    words(N_("A firewall or NAT forgets the connection after at most {limit} "
                             "without a packet, and resets what comes later."),
                          {{"limit", seconds_text(limit)}}));
  made.seen(words(N_("{count} times the first packet after the silence was answered with a reset."),
                  {{"count", std::to_string(drops.size())}}))
      .seen(span_of(seen, limit))
      .in_app(words(N_("Set keep alive to {seconds} s or less."),
                    {{"seconds", half_of(std::max(longest_survived(seen), limit / 2))}}));
  if (std::optional<finding> one = made) found.push_back(std::move(*one));
}

void weigh_silence(const watch_facts& seen, std::vector<finding>& found) {
  const auto drops = idle_drops(seen, "silent", true);
  if (drops.empty()) return;
  // After shorter silences as well: the network itself was away.
  const bool was_away =
      std::any_of(seen.drops.begin(), seen.drops.end(), [&](const watch_drop& one) {
        return one.end == "silent" && one.idle_s <= longest_survived(seen);
      });
  if (was_away) return;
  const double limit = shortest(drops);
  made_finding made("path-nat-idle-drop", layer::path,
                    drops.size() > 1 ? certainty::likely : certainty::possible, 88,
                    words(N_("The network forgets a connection after at most {limit} without a "
                             "packet, and says nothing: the app goes on believing that it is "
                             "connected."),
                          {{"limit", seconds_text(limit)}}));
  made.seen(words(N_("{count} times a ping after the silence was not answered; after shorter "
                     "silences it was."),
                  {{"count", std::to_string(drops.size())}}))
      .seen(span_of(seen, limit))
      .in_app(words(N_("Set keep alive to {seconds} s or less."),
                    {{"seconds", half_of(std::max(longest_survived(seen), limit / 2))}}));
  if (std::optional<finding> one = made) found.push_back(std::move(*one));
}

void weigh_half_open(const watch_facts& seen, std::vector<finding>& found) {
  const auto deaf = std::find_if(seen.drops.begin(), seen.drops.end(), [&](const watch_drop& one) {
    return one.is_steady && one.end == "silent" && one.idle_s <= longest_survived(seen);
  });
  if (deaf == seen.drops.end()) return;
  made_finding made("path-half-open", layer::path, certainty::likely, 75,
                    words(N_("The network or the broker was gone for a while, and TCP did not "
                             "notice.")));
  made.seen(words(N_("A ping was not answered although one shortly before had been ({time} into "
                     "the watch)."),
                  {{"time", seconds_text(deaf->at_s)}}))
      .in_app(words(N_("Take a ping that is not answered for the end of the connection, and keep "
                       "keep alive short.")));
  if (std::optional<finding> one = made) found.push_back(std::move(*one));
}

void weigh_keep_alive(const watch_facts& seen, std::vector<finding>& found) {
  for (const auto& one : seen.drops) {
    if (one.reason != keep_alive_timeout) continue;
    made_finding made(
        "session-keepalive-expired", layer::delivery, certainty::certain, 92,
        words(N_("The broker ended the connection because it heard nothing for longer "
                 "than the keep alive allows.")));
    made.seen(words(N_("DISCONNECT said 0x8D (Keep Alive timeout).")))
        .in_app(words(N_("Let the client's network loop run, or set a longer keep alive.")));
    if (std::optional<finding> kept = made) found.push_back(std::move(*kept));
    break;
  }
  const bool is_shortened =
      seen.server_keep_alive_s >= 0 &&
      (seen.server_keep_alive_s < seen.keep_alive_s || seen.keep_alive_s == 0);
  if (!is_shortened) return;
  made_finding made("session-server-keepalive", layer::delivery, certainty::certain, 20,
                    words(N_("The broker set the keep alive to {given} s instead of {asked} s."),
                          {{"given", std::to_string(seen.server_keep_alive_s)},
                           {"asked", std::to_string(seen.keep_alive_s)}}));
  made.seen(words(N_("CONNACK has Server Keep Alive; a client that does not obey is dropped.")))
      .in_app(words(N_("Set the app's keep alive to this or less.")));
  if (std::optional<finding> one = made.note()) found.push_back(std::move(*one));
}

void weigh_rest(const watch_facts& seen, std::vector<finding>& found) {
  const bool has_cause = std::any_of(found.begin(), found.end(), [](const finding& one) {
    return one.how_bad == severity::problem;
  });
  if (has_cause || seen.drops.empty()) return;
  made_finding made("session-flaps", layer::delivery, certainty::possible, 10,
                    words(N_("The connection was lost {count} times, and the pattern fits no cause "
                             "this program knows."),
                          {{"count", std::to_string(seen.drops.size())}}));
  for (const auto& one : seen.drops) {
    made.seen(describe(one));
    if (&one - seen.drops.data() == 2) break;
  }
  made.apart(words(N_("See what the broker's log says at these times, or watch for longer.")));
  if (std::optional<finding> one = made) found.push_back(std::move(*one));
}

}  // namespace

words describe(const watch_drop& one) {
  const places values{{"stood", seconds_text(one.stood_s)},
                      {"idle", seconds_text(one.idle_s)},
                      {"reason", std::to_string(one.reason)}};
  if (one.reason >= 0)
    return words(N_("dropped after {stood}: the broker's DISCONNECT said {reason}"), values);
  if (one.end == "silent")
    return words(N_("dead after {stood}: no answer to a ping after {idle} of silence"), values);
  if (one.end == "reset")
    return words(N_("dropped after {stood}: reset after {idle} of silence"), values);
  return words(N_("dropped after {stood}: closed after {idle} of silence"), values);
}

words summary_of(const watch_facts& seen) {
  const places values{{"time", seconds_text(seen.lasted_s)},
                      {"pings", std::to_string(seen.pings)},
                      {"drops", std::to_string(seen.drops.size())},
                      {"pause", seconds_text(longest_survived(seen))}};
  if (seen.drops.empty())
    return words(N_("Connected for {time} without a drop; {pings} pings answered; the longest "
                    "silence, {pause}, was survived."),
                 values);
  return words(N_("In {time} {drops} drops; {pings} pings answered; the longest silence survived "
                  "is {pause}."),
               values);
}

std::vector<finding> judge_watch(const watch_facts& seen) {
  std::vector<finding> found;
  weigh_takeover(seen, found);
  weigh_keep_alive(seen, found);
  weigh_proxy(seen, found);
  weigh_reset(seen, found);
  weigh_silence(seen, found);
  weigh_half_open(seen, found);
  weigh_rest(seen, found);
  std::stable_sort(found.begin(), found.end(),
                   [](const finding& a, const finding& b) { return a.weight > b.weight; });
  return found;
}

}  // namespace mqttkit::doctor
