#include "mqtt-doctor/check/outcome.hpp"

#include <algorithm>

#include "common/exit_code.hpp"
#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

/// The connection that is reported: the accepted one, or else the one made as an app would.
const contact* connection_of(const view& from) {
  const contact* const yes = accepted(from);
  return yes != nullptr ? yes : from.client();
}

double time_to_connack(const contact& yes) {
  double ms = yes.connect.ms + yes.mqtt->ms;
  if (yes.tls) ms += yes.tls->ms;
  if (yes.websocket) ms += yes.websocket->ms;
  return ms;
}

void take_gateway(const gateway_fact& gateway, outcome& out) {
  out.address = gateway.address;
  if (gateway.is_accepted()) out.connected_ms = gateway.ms;
  for (const gateway_trip_fact& trip : gateway.trips) {
    if (!trip.arrived) continue;
    out.delivery_ms = trip.ms;
    break;
  }
}

void take_connection(const view& from, outcome& out) {
  if (from.at.gateway) return take_gateway(*from.at.gateway, out);
  const contact* const over = connection_of(from);
  if (over == nullptr) return;
  out.address = over->address;
  if (over->connect.is_connected()) out.round_trip_ms = over->round_trip_ms;
  if (over->mqtt && over->mqtt->is_accepted()) out.connected_ms = time_to_connack(*over);
  if (over->tls && !over->tls->chain.empty()) {
    const certificate_fact& own = over->tls->chain.front();
    out.certificate_ends = own.not_after;
    out.certificate_days = own.days_left;
  }
  for (const delivery_fact& sent : from.at.deliveries) {
    if (!sent.echoed) continue;
    out.delivery_ms = sent.echo_ms;
    break;
  }
}

}  // namespace

const char* to_string(check_state state) noexcept {
  switch (state) {
    case check_state::ok:
      return N_("ok");
    case check_state::warning:
      return N_("warning");
    case check_state::problem:
      break;
  }
  return N_("problem");
}

outcome outcome_of(const facts& all, const diagnosis& made,
                   const std::vector<std::string>& accepted) {
  outcome out;
  out.started = all.started;
  out.ms = all.ms;
  out.exit_code = made.exit_code;
  if (made.endpoint < all.endpoints.size())
    take_connection(view{all, all.endpoints[made.endpoint]}, out);
  for (const step& line : made.steps) out.steps.push_back({line.name, line.state, line.ms});
  const auto warning =
      std::find_if(made.warnings.begin(), made.warnings.end(), [&accepted](const finding& remark) {
        return remark.how_bad == severity::warning &&
               std::find(accepted.begin(), accepted.end(), remark.id) == accepted.end();
      });
  const finding* why = nullptr;
  if (!made.causes.empty()) {
    why = &made.causes.front();
  } else if (warning != made.warnings.end()) {
    why = &*warning;
    out.state = check_state::warning;
  } else {
    out.state = check_state::ok;
  }
  if (why != nullptr) {
    out.cause = why->id;
    out.words = why->cause;
  }
  return out;
}

outcome outcome_of_failure(std::string_view why) {
  outcome out;
  out.cause = unknown_cause;
  out.words = words(N_("It could not be looked at: {error}"), {{"error", std::string(why)}});
  out.exit_code = static_cast<int>(tools::exit_code::failed);
  return out;
}

}  // namespace mqttkit::doctor
