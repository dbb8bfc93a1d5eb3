// The report's lines about retained messages, sessions and sizes that delivery examined.
#include <algorithm>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/watch_words.hpp"

namespace mqttkit::doctor {
namespace {

step undone(const offline_fact& offline) {
  const places values{{"topic", offline.topic}};
  const auto& at = offline.stopped_at;
  return {step_name::offline, step_state::doubtful,
          at == delivery_stage::subscribe ? words(N_("{topic} could not be subscribed to"), values)
          : at == delivery_stage::publish
              ? words(N_("no message on {topic} was acknowledged"), values)
          : at == delivery_stage::come_back
              ? words(N_("the broker did not take the subscriber back"), values)
              : words(N_("a second client was not let in"), values),
          0};
}

step offline_step(const offline_facts& kept) {
  const offline_fact* judged = nullptr;
  for (const auto& each : kept.tries) {
    if (judged == nullptr || each.is_users_topic) judged = &each;
  }
  if (judged == nullptr)
    return {step_name::offline, step_state::untested, words(N_("not tested")), 0};
  if (!judged->is_done()) return undone(*judged);
  const places values{{"topic", judged->topic},
                      {"sent", std::to_string(judged->sent())},
                      {"arrived", std::to_string(judged->arrived())},
                      {"time", time_text(judged->away_s * 1000)}};
  if (judged->sent() == 0)
    return {step_name::offline, step_state::untested, words(N_("the broker knows QoS 0 only")), 0};
  if (judged->arrived() == judged->sent())
    return {step_name::offline, step_state::good,
            words(N_("{sent} messages on {topic} waited for a subscriber that was away for {time}"),
                  values),
            0};
  return {step_name::offline, step_state::bad,
          words(N_("of {sent} messages on {topic} {arrived} waited for a subscriber that was away "
                   "for {time}"),
                values),
          0};
}

/// The session of the identifier given with -i, as it was before the doctor changed anything.
step session_step(const offline_facts& offline) {
  const places values{{"id", offline.client_id}, {"count", std::to_string(offline.waiting)}};
  if (!offline.was_found)
    return {step_name::session, step_state::doubtful,
            words(N_("the broker has none of {id}"), values), 0};
  return {step_name::session, step_state::good,
          offline.waiting == 0
              ? words(N_("of {id}: present, nothing waits in it"), values)
              : words(N_("of {id}: present, messages that wait in it: at least {count}"), values),
          0};
}

step retained_step(const retained_fact& retained) {
  const places values{{"topic", retained.topic}};
  if (retained.kept && !retained.cleared)
    return {step_name::retained, step_state::doubtful,
            words(N_("the broker keeps retained messages; the one on {topic} may still be there"),
                  values),
            0};
  if (retained.kept)
    return {step_name::retained, step_state::good,
            words(N_("the broker keeps retained messages and lets go of them"), values), 0};
  return {step_name::retained, step_state::bad,
          words(N_("a retained message on {topic} was not kept"), values), 0};
}

step size_step(const exchange_fact& exchange) {
  const places values{{"bytes", std::to_string(exchange.payload_bytes)},
                      {"sent", std::to_string(exchange.sent())},
                      {"arrived", std::to_string(exchange.arrived())}};
  double slowest = 0;
  for (const auto& run : exchange.runs) slowest = std::max(slowest, run.slowest_ms);
  const bool is_whole = exchange.sent() > 0 && exchange.arrived() == exchange.sent();
  return {step_name::size, is_whole ? step_state::good : step_state::bad,
          is_whole ? words(N_("messages of {bytes} bytes arrive"), values)
                   : words(N_("of {sent} messages of {bytes} bytes {arrived} arrived"), values),
          slowest};
}

/// Adds a line about the whole watch, then its first drops with their times.
void add_watch(const watch_facts& watched, std::vector<step>& to) {
  constexpr std::size_t most_drops = 5;
  const step_state state = watched.drops.empty() ? step_state::good : step_state::bad;
  to.push_back({step_name::watch, state, summary_of(watched), 0});
  to.push_back({step_name::keep_alive, step_state::good, keep_alive_of(watched), 0});
  for (std::size_t i = 0; i < std::min(most_drops, watched.drops.size()); ++i) {
    const watch_drop& drop = watched.drops[i];
    to.push_back({drop.is_steady ? step_name::pinging : step_name::pausing, step_state::bad,
                  moment_of(drop), 0});
  }
}

}  // namespace

std::vector<step> message_kind_steps(const view& known) {
  std::vector<step> steps;
  if (known.at.retained) steps.push_back(retained_step(*known.at.retained));
  if (known.at.large) steps.push_back(size_step(*known.at.large));
  if (known.at.offline && !known.at.offline->client_id.empty())
    steps.push_back(session_step(*known.at.offline));
  if (known.at.offline) steps.push_back(offline_step(*known.at.offline));
  if (known.all.watch) add_watch(*known.all.watch, steps);
  return steps;
}

}  // namespace mqttkit::doctor
