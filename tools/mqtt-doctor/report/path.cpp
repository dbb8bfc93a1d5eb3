// Which station on the way from client to broker is broken, for the report's picture.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/report/document.hpp"

namespace mqttkit::doctor {
namespace {

bool has_proxy(const facts& known) {
  for (const auto& endpoint : known.endpoints) {
    for (const auto& contact : endpoint.contacts) {
      if (!contact.websocket) continue;
      if (contact.websocket->headers.contains("via")) return true;
      const auto server = contact.websocket->headers.find("server");
      if (server == contact.websocket->headers.end()) continue;
      for (const char* name : {"nginx", "cloudflare", "Caddy", "Apache", "envoy", "awselb"}) {
        if (server->second.find(name) != std::string::npos) return true;
      }
    }
  }
  return false;
}

}  // namespace

path_states path_of(const vantage& from, const finding* cause, bool is_server) {
  path_states out;
  out.fill(step_state::untested);
  const auto at = [&out](station where) -> step_state& {
    return out[static_cast<std::size_t>(where)];
  };
  const view known = from.main();
  const contact* const client = known.client();
  const bool was_answered =
      client != nullptr &&
      (client->connect.is_connected() || client->connect.outcome == connect_outcome::refused);
  if (!is_server) {
    if (client != nullptr) at(station::client) = step_state::good;
    if (was_answered || is_host_alive(known)) at(station::network) = step_state::good;
    if (is_connected(known)) at(station::firewall) = step_state::good;
  }
  if (const auto& gateway = known.at.gateway; !is_server && gateway) {
    const bool is_heard = gateway->answer == gateway_answer::connack || !gateway->received.empty();
    at(station::client) = step_state::good;
    if (is_heard || gateway->icmp) at(station::network) = step_state::good;
    if (is_heard) at(station::firewall) = step_state::good;
  }
  if (from.works()) {
    at(station::broker) = step_state::good;
    if (has_proxy(from.known)) at(station::proxy) = step_state::good;
  }
  if (from.made.is_healthy || cause == nullptr) return out;
  const station fault = cause_of(cause->id).fault;
  if (is_server && fault != station::broker && from.works()) return out;
  const auto broken = static_cast<std::size_t>(fault);
  out[broken] = step_state::bad;
  for (std::size_t i = broken + 1; i < out.size(); ++i) out[i] = step_state::untested;
  return out;
}

}  // namespace mqttkit::doctor
