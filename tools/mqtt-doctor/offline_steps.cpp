// The line about messages that were sent while their subscriber was away.
#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

step undone(const offline_fact& one) {
  const places values{{"topic", one.topic}};
  const std::string& at = one.stopped_at;
  return {"offline", step_state::doubtful,
          at == "subscribe" ? words(N_("{topic} could not be subscribed to"), values)
          : at == "publish" ? words(N_("no message on {topic} was acknowledged"), values)
          : at == "return"  ? words(N_("the broker did not take the subscriber back"), values)
                            : words(N_("a second client was not let in"), values),
          0};
}

}  // namespace

step offline_step(const offline_facts& seen) {
  const offline_fact* judged = nullptr;
  for (const auto& one : seen.tries) {
    if (judged == nullptr || one.is_users_topic) judged = &one;
  }
  if (judged == nullptr) return {"offline", step_state::untested, words(N_("not tested")), 0};
  if (!judged->is_done()) return undone(*judged);
  const places values{{"topic", judged->topic},
                      {"sent", std::to_string(judged->sent())},
                      {"arrived", std::to_string(judged->arrived())},
                      {"time", time_text(judged->away_s * 1000)}};
  if (judged->sent() == 0)
    return {"offline", step_state::untested, words(N_("the broker knows QoS 0 only")), 0};
  if (judged->arrived() == judged->sent())
    return {"offline", step_state::good,
            words(N_("{sent} messages on {topic} waited for a subscriber that was away for {time}"),
                  values),
            0};
  return {"offline", step_state::bad,
          words(N_("of {sent} messages on {topic} {arrived} waited for a subscriber that was away "
                   "for {time}"),
                values),
          0};
}

}  // namespace mqttkit::doctor
