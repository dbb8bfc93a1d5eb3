#include "mqtt-doctor/phone/broker_choice.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_listed = 6;  // ports in one sentence

/// The scheme of a port by the configuration in use; none when that does not name the port.
scheme configured_scheme(const host_facts& host, int port) {
  for (const configuration_fact& file : host.configurations) {
    if (!file.is_used) continue;
    for (const configured_listener& listener : file.listeners) {
      if (listener.port != port) continue;
      const listener_protocol by = listener.protocol.value();
      const bool is_socket = by == listener_protocol::websockets || by == listener_protocol::ws ||
                             by == listener_protocol::wss;
      const bool is_mqtt = by == listener_protocol::mqtt || by == listener_protocol::mqtts;
      if (!is_socket && !is_mqtt) continue;
      const bool has_tls = by == listener_protocol::mqtts || by == listener_protocol::wss ||
                           listener.certificate.has_value() ||
                           listener.settings.contains("certfile");
      return scheme_with(has_tls, is_socket);
    }
  }
  return scheme::none;
}

/// The inside port for an outside one in "0.0.0.0:11883->1883/tcp, 9001/tcp"; 0 for none.
int mapped_port(const std::string& ports, int outside) {
  const std::string mark = ":" + std::to_string(outside) + "->";
  const std::size_t at = ports.find(mark);
  if (at == std::string::npos) return 0;
  const char* const begin = ports.data() + at + mark.size();
  int inside = 0;
  const auto [end, error] = std::from_chars(begin, ports.data() + ports.size(), inside);
  static_cast<void>(end);
  return error == std::errc() ? inside : 0;
}

scheme scheme_of(const host_facts& host, const listener_fact& listener) {
  if (const scheme said = configured_scheme(host, listener.port); said != scheme::none) return said;
  if (listener.program() == listening_program::docker_proxy) {
    for (const container_fact& container : host.containers) {
      const int inside = mapped_port(container.ports, listener.port);
      if (inside != 0) return expected_scheme(inside);
    }
  }
  const scheme usual = expected_scheme(listener.port);
  if (usual != scheme::none && listener.port != default_port(scheme::wss)) return usual;
  // All of mosquitto's ports are for MQTT, while other brokers have dashboards and clusters too.
  const bool is_mosquitto =
      listener.program() == listening_program::mosquitto || listener.user == "mosquitto";
  return is_mosquitto ? scheme::mqtt : scheme::none;
}

int order_of(scheme by) {
  switch (by) {
    case scheme::mqtt:
      return 0;
    case scheme::mqtts:
      return 1;
    case scheme::ws:
      return 2;
    default:
      return 3;
  }
}

std::string listed(const std::vector<const broker_listener*>& all) {
  std::string out;
  for (std::size_t i = 0; i < all.size() && i < most_listed; ++i) {
    const broker_listener& listener = *all[i];
    if (!out.empty()) out += ", ";
    out += std::to_string(listener.port);
    out += " (";
    out += word_of(listener.by);
    if (!listener.program.empty()) out.append(", ").append(listener.program);
    out += ")";
  }
  if (all.size() > most_listed) out += ", ...";
  return out;
}

std::vector<const broker_listener*> those(const std::vector<broker_listener>& all,
                                          bool are_for_others) {
  std::vector<const broker_listener*> out;
  for (const broker_listener& listener : all) {
    if (listener.is_for_others == are_for_others) out.push_back(&listener);
  }
  return out;
}

/// The pid of the broker that listens there; 0 where none is known.
int broker_at(const host_facts& host, int port) {
  for (const listener_fact& listener : host.listeners) {
    if (listener.port != port || listener.pid == 0) continue;
    const bool is_broker =
        std::any_of(host.brokers.begin(), host.brokers.end(),
                    [&](const process_fact& process) { return process.pid == listener.pid; });
    if (is_broker) return listener.pid;
  }
  // Only root sees other users' sockets, but their configuration may be readable.
  for (const configuration_fact& file : host.configurations) {
    if (!file.is_used || file.pid == 0) continue;
    const bool has_port =
        std::any_of(file.listeners.begin(), file.listeners.end(),
                    [&](const configured_listener& listener) { return listener.port == port; });
    if (has_port) return file.pid;
  }
  return 0;
}

}  // namespace

bool are_of_different_brokers(const host_facts& host, int port, int other) {
  const int first = broker_at(host, port), second = broker_at(host, other);
  return first != 0 && second != 0 && first != second;
}

std::vector<broker_listener> broker_listeners(const host_facts& host, int own_port) {
  std::vector<broker_listener> out;
  for (const listener_fact& listener : host.listeners) {
    if (listener.port == own_port) continue;
    const scheme by = scheme_of(host, listener);
    if (by == scheme::none) continue;
    const bool is_for_others = !is_loopback(listener.address);
    const auto same = std::find_if(out.begin(), out.end(), [&](const broker_listener& known) {
      return known.port == listener.port;
    });
    if (same != out.end()) {
      same->is_for_others = same->is_for_others || is_for_others;
      continue;
    }
    broker_listener made;
    made.port = listener.port;
    made.by = by;
    made.program = listener.process;
    if (made.program.empty() && listener.user == "mosquitto") made.program = listener.user;
    made.is_for_others = is_for_others;
    out.push_back(std::move(made));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& listener, const auto& other) {
    const auto rank = [](const broker_listener& of) {
      return std::tuple(!of.is_for_others, order_of(of.by), usual_scheme(of.port) != of.by,
                        of.port);
    };
    return rank(listener) < rank(other);
  });
  return out;
}

port_access access_to_port(const host_facts& host, int port) {
  port_access out = port_access::closed;
  for (const listener_fact& listener : host.listeners) {
    if (listener.port != port) continue;
    if (!is_loopback(listener.address)) return port_access::open;
    out = port_access::for_itself;
  }
  return out;
}

sentence words_of_choice(const std::vector<broker_listener>& all, const std::string& host) {
  auto shown = those(all, true);
  if (shown.empty()) shown = those(all, false);
  if (shown.size() < 2) return {};
  const broker_listener& other = *shown[1];
  std::string target = shell_word(host_and_port(host, static_cast<unsigned>(other.port)));
  if (other.by != scheme::mqtt) {
    const bool has_path = has_websocket(other.by);
    target = shell_word(std::string(word_of(other.by))
                            .append("://")
                            .append(host_and_port(host, static_cast<unsigned>(other.port)))
                            .append(has_path ? "/mqtt" : ""));
  }
  return words(N_("Listening here: {listeners}. The phone is to try {port}; for another name it: "
                  "{command}"),
               {{"listeners", listed(shown)},
                {"port", std::to_string(all.front().port)},
                {"command", "mqtt-doctor phone " + target}});
}

sentence words_of_inner(const std::vector<broker_listener>& all) {
  const auto inner = those(all, false);
  if (inner.empty() || inner.size() == all.size()) return {};
  return words(N_("Only this machine itself reaches {listeners}."), {{"listeners", listed(inner)}});
}

}  // namespace mqttkit::doctor
