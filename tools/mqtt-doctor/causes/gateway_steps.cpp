// The lines of the report about a gateway of MQTT-SN.
#include "common/duration_text.hpp"
#include "mqtt-doctor/causes/gateway_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

step search_step(const gateway_fact& gateway) {
  if (gateway.found.empty()) {
    return gateway.is_group
               ? step{step_name::search, step_state::bad,
                      words(N_("nobody answers the search at {where}"),
                            {{"where", gateway_at(gateway)}}),
                      0}
               : step{step_name::search, step_state::untested,
                      words(N_("not answered, as many gateways do when they are asked alone")), 0};
  }
  const gateway_info_fact& first = gateway.found.front();
  return {step_name::search, step_state::good,
          words(N_("gateway {id} answers at {where}"),
                {{"id", std::to_string(first.id)},
                 {"where", first.names.empty() ? first.from : first.names}}),
          first.ms};
}

step gateway_step(const gateway_fact& gateway) {
  const places with{{"where", gateway_at(gateway)},
                    {"text", gateway.text.substr(0, 40)},
                    {"error", gateway.error}};
  const auto bad = [&](const char* what) {
    return step{step_name::gateway, step_state::bad, words(what, with), gateway.ms};
  };
  switch (gateway.answer.value()) {
    case gateway_answer::connack:
      break;
    case gateway_answer::closed:
      return bad(N_("{where} is closed: nobody listens there over UDP"));
    case gateway_answer::unreachable:
      return bad(N_("{where} cannot be reached ({error})"));
    case gateway_answer::disconnect:
      return bad(N_("{where} answers CONNECT with DISCONNECT"));
    case gateway_answer::other:
      return bad(N_("{where} answers with something else: {text}"));
    case gateway_answer::echo:
      return bad(N_("{where} sends back what it gets"));
    case gateway_answer::silent:
      return bad(N_("{where} does not answer CONNECT"));
    case gateway_answer::none:
      return {step_name::gateway, step_state::untested, words(N_("not tested")), 0};
  }
  if (gateway.code == 0)
    return {step_name::gateway, step_state::good, words(N_("{where} takes a client"), with),
            gateway.ms};
  return {step_name::gateway, step_state::bad,
          words(N_("CONNECT is refused with code {code} ({meaning})"),
                {{"code", std::to_string(gateway.code)}, {"meaning", code_words(gateway.code)}}),
          gateway.ms};
}

const char* words_of(trip_way way, bool arrived) {
  switch (way) {
    case trip_way::to_mqtt:
      return arrived ? N_("a message on {topic} passed from the gateway to {broker}")
                     : N_("a message on {topic} did not pass from the gateway to {broker}");
    case trip_way::from_mqtt:
      return arrived ? N_("a message on {topic} passed from {broker} to the gateway")
                     : N_("a message on {topic} did not pass from {broker} to the gateway");
    case trip_way::round:
    case trip_way::none:
      break;
  }
  return arrived ? N_("a message on {topic} came back")
                 : N_("a message on {topic} did not come back");
}

step trip_step(const view& known, const gateway_trip_fact& trip) {
  const places with{{"topic", trip.topic}, {"broker", known.asked().sent_via}};
  if (!trip.published) {
    return trip.suback == 0 ? step{step_name::delivery, step_state::good,
                                   words(N_("{topic} may be subscribed to"), with), 0}
                            : step{step_name::delivery, step_state::bad,
                                   words(N_("the subscription to {topic} is refused"), with), 0};
  }
  const step_state failed =
      trip.is_users_topic || trip.way != trip_way::round ? step_state::bad : step_state::doubtful;
  return {step_name::delivery, trip.arrived ? step_state::good : failed,
          words(words_of(trip.way.value(), trip.arrived), with), trip.arrived ? trip.ms : 0};
}

step sleep_step(const gateway_sleep_fact& sleep) {
  const bool is_kept = sleep.published && sleep.arrived;
  return {step_name::sleep, is_kept ? step_state::good : step_state::doubtful,
          !sleep.fell_asleep ? words(N_("a client is not let sleep"))
          : is_kept          ? words(N_("a message waited for a client that slept"))
                             : words(N_("a message did not wait for a client that slept")),
          is_kept ? sleep.ms : 0};
}

step idle_step(const gateway_idle_fact& idle) {
  const double kept = idle.kept_s(), lost = idle.lost_s();
  const places with{{"kept", tools::silence_text(kept)}, {"lost", tools::silence_text(lost)}};
  if (lost == 0)
    return kept == 0 ? step{step_name::pausing, step_state::untested, words(N_("not tested")), 0}
                     : step{step_name::pausing, step_state::good,
                            words(N_("a message came after up to {kept} of silence"), with), 0};
  return {step_name::pausing, lost <= idle.keep_alive_s ? step_state::bad : step_state::doubtful,
          kept == 0
              ? words(N_("no message came after {lost} of silence"), with)
              : words(N_("a message came after {kept} of silence, and none after {lost}"), with),
          0};
}

}  // namespace

std::vector<step> gateway_steps(const view& known) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr)
    return {{step_name::gateway, step_state::untested, words(N_("not tested")), 0}};
  std::vector<step> steps;
  const bool is_asked =
      gateway->answer == gateway_answer::connack || !gateway->found.empty() || gateway->is_group;
  if (is_asked) steps.push_back(search_step(*gateway));
  steps.push_back(gateway_step(*gateway));
  for (const trip_way way : {trip_way::round, trip_way::to_mqtt, trip_way::from_mqtt}) {
    if (const gateway_trip_fact* const trip = trip_of(*gateway, way))
      steps.push_back(trip_step(known, *trip));
  }
  if (gateway->sleep) steps.push_back(sleep_step(*gateway->sleep));
  if (gateway->idle) steps.push_back(idle_step(*gateway->idle));
  return steps;
}

}  // namespace mqttkit::doctor
