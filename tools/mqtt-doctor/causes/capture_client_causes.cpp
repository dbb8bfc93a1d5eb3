// Causes from a capture: what the client itself does with its connections.
#include <algorithm>

#include "mqtt-doctor/causes/capture_view.hpp"

namespace mqttkit::doctor {

/// The client ends its connections by itself, without DISCONNECT: its will is published each time.
maybe_finding left_without_a_word(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  std::int64_t closed = 0, reset = 0;
  double youngest = 0, oldest = 0;
  const stream_fact* last = nullptr;
  for (const stream_fact& stream : known.all.capture->streams) {
    const bool is_reset = stream.ending == stream_ending::reset_by_client;
    const bool is_closed = stream.ending == stream_ending::closed_by_client;
    if (!stream.was_let_in || stream.said_goodbye || !(is_reset || is_closed)) continue;
    ++(is_reset ? reset : closed);
    youngest = last == nullptr ? stream.seconds : std::min(youngest, stream.seconds);
    oldest = std::max(oldest, stream.seconds);
    last = &stream;
  }
  constexpr std::int64_t enough = 3;  // once or twice a network is left
  if (closed + reset < enough) return {};
  const places with{{"client", last->client.address},
                    {"count", std::to_string(closed + reset)},
                    {"packets", packets_text(last->ended_in)}};
  constexpr double least_timer_s = 5;
  if (youngest >= least_timer_s && oldest - youngest <= 0.5 + youngest / 50) {
    places more = with;
    more["time"] = seconds_text(oldest);
    return made_finding("session-left-without-disconnect", certainty::likely, strength::agreed,
                        words(N_("The app at {client} itself ends its connection whenever it is "
                                 "{time} old, without DISCONNECT ({count} times): a timer of its "
                                 "own does that, and not the broker or the way."),
                              more))
        .seen(words(N_("The last time in packet {packets}."), more))
        .in_app(
            words(N_("Look for a watchdog, a time limit of the function it runs in, or code that "
                     "connects anew on a schedule.")))
        .warning();
  }
  made_finding made(
      "session-left-without-disconnect", certainty::likely, strength::usual,
      reset > closed
          ? words(N_("The app at {client} itself ended {count} connections by RST and without "
                     "DISCONNECT: it crashes, or is ended; a will, if it has one, is published "
                     "each time."),
                  with)
          : words(N_("The app at {client} itself closed {count} connections without DISCONNECT: a "
                     "will, if it has one, is published each time."),
                  with));
  return made.seen(words(N_("The last time in packet {packets}."), with))
      .in_app(
          words(N_("Look into the app's own log at these times; where it closes on purpose, let it "
                   "send DISCONNECT first.")))
      .note();
}

/// A client of MQTT opens connections on which it says nothing, until the other side ends them.
maybe_finding says_nothing(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  constexpr double long_s = 3;  // scans and health checks are shorter
  std::int64_t count = 0;
  bool has_spoken = false;
  const stream_fact* last = nullptr;
  for (const stream_fact& stream : known.all.capture->streams) {
    has_spoken = has_spoken || stream.was_let_in;
    const bool is_theirs = stream.ending == stream_ending::closed_by_broker ||
                           stream.ending == stream_ending::reset_by_broker;
    const bool is_mute = stream.client.bytes == 0 && stream.broker.bytes == 0;
    if (!is_mute || !is_theirs || stream.is_late || stream.seconds < long_s) continue;
    ++count;
    last = &stream;
  }
  if (count < 2 || !has_spoken) return {};
  const places with{{"client", last->client.address},
                    {"count", std::to_string(count)},
                    {"time", seconds_text(last->seconds)},
                    {"packets", packets_text(last->ended_in)}};
  return made_finding(
             "silent", certainty::likely, strength::seen,
             words(N_("{client} opened {count} connections and sent no CONNECT on them, until the "
                      "broker ended them (the last after {time}): the way is open, and the app "
                      "hangs before it speaks."),
                   with))
      .seen(words(N_("Packets {packets}, as Wireshark numbers them."), with))
      .in_app(words(N_("Look into the app's own log at these times: it may wait for another of its "
                       "connections, or for a login of its own.")))
      .warning();
}

}  // namespace mqttkit::doctor
