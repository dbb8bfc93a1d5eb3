#include "mqtt-doctor/causes/broker_ports.hpp"

#include <algorithm>

#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// Whether a socket contradicts the configuration: the process may have inherited it unknowingly.
bool is_against_configuration(const host_view& at, const listener_fact& socket) {
  return std::any_of(at.host.configurations.begin(), at.host.configurations.end(),
                     [&](const configuration_fact& configuration) {
                       return configuration.is_used && configuration.pid == socket.pid &&
                              !configuration.listeners.empty() &&
                              block_for(configuration, socket.port) == nullptr &&
                              !contains(socket.command, " -p ");
                     });
}

}  // namespace

scheme scheme_at(const host_view& at, const listener_fact& socket) {
  for (const auto& configuration : at.host.configurations) {
    if (!configuration.is_used) continue;
    if (configuration.pid != 0 && socket.pid != 0 && configuration.pid != socket.pid) continue;
    const configured_listener* const block = block_for(configuration, socket.port);
    if (block == nullptr) continue;
    if (configuration.broker != broker_kind::mosquitto)
      return scheme_with(
          block->protocol == listener_protocol::mqtts || block->protocol == listener_protocol::wss,
          block->protocol == listener_protocol::ws || block->protocol == listener_protocol::wss);
    const bool is_websocket = block->protocol == listener_protocol::websockets ||
                              block->protocol == listener_protocol::ws;
    return scheme_with(block->settings.count("certfile") != 0, is_websocket);
  }
  return scheme::none;
}

std::vector<const listener_fact*> other_broker_ports(const host_view& at) {
  static constexpr int plain_mqtt[] = {1883, 8883, 8083, 8084, 9001, 15675, 61614};
  std::vector<const listener_fact*> found;
  const bool is_dialled_inside =
      at.known.client() != nullptr && is_loopback(at.known.client()->address);
  for (const auto& listener : at.host.listeners) {
    if (listener.port == at.port() || (is_loopback(listener.address) && !is_dialled_inside))
      continue;
    const bool is_usual = std::find(std::begin(plain_mqtt), std::end(plain_mqtt), listener.port) !=
                          std::end(plain_mqtt);
    const bool is_broker =
        listener.program() == listening_program::mosquitto ||
        (is_usual && std::any_of(at.host.brokers.begin(), at.host.brokers.end(),
                                 [&](const auto& broker) { return broker.pid == listener.pid; }));
    if (!is_broker || is_against_configuration(at, listener)) continue;
    const bool is_there = std::any_of(found.begin(), found.end(), [&](const auto* other) {
      return other->port == listener.port;
    });
    if (!is_there) found.push_back(&listener);
  }
  return found;
}

const listener_fact* other_broker_port(const host_view& at) {
  const listener_fact* best = nullptr;
  const scheme wanted = at.known.at.scheme.value();
  for (const auto* listener : other_broker_ports(at)) {
    const bool is_wanted = scheme_at(at, *listener) == wanted;
    if (best == nullptr || (is_wanted && scheme_at(at, *best) != wanted) ||
        (listener->port == 1883 && scheme_at(at, *best) != wanted))
      best = listener;
  }
  return best;
}

std::string ports_text(const host_view& at, const std::vector<const listener_fact*>& all) {
  std::vector<std::string> out;
  for (const auto* listener : all) {
    std::string text = std::to_string(listener->port);
    if (const scheme speaks = scheme_at(at, *listener); speaks != scheme::none)
      text.append(" (").append(fact_word<doctor::scheme>(speaks).word()).append(")");
    out.push_back(std::move(text));
  }
  return list_text(out);
}

bool is_sent_on(const host_view& at) {
  const firewall_fact* const rule = at.firewall(ip_family::v4);
  return rule != nullptr && read_forward_target(rule->forwarded_to).is_elsewhere();
}

}  // namespace mqttkit::doctor
