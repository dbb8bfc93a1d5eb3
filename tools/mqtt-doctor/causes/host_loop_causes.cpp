#include "mqtt-doctor/causes/host_loop_causes.hpp"

#include <algorithm>
#include <charconv>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether one topic may fit both filters.
bool can_share_a_topic(std::string_view a, std::string_view b) {
  for (;;) {
    const std::string_view one = a.substr(0, a.find('/')), other = b.substr(0, b.find('/'));
    if (one == "#" || other == "#") return true;
    if (one != "+" && other != "+" && one != other) return false;
    const bool ends_a = one.size() == a.size(), ends_b = other.size() == b.size();
    if (ends_a || ends_b) {
      const std::string_view rest = ends_a ? b.substr(other.size()) : a.substr(one.size());
      return (ends_a && ends_b) || rest == "/#";
    }
    a.remove_prefix(one.size() + 1);
    b.remove_prefix(other.size() + 1);
  }
}

bool carries(const bridge_topic_fact& line, bool outward) {
  return line.direction == bridge_direction::both ||
         line.direction == (outward ? bridge_direction::out : bridge_direction::in);
}

/// A line of one bridge and one of another that bring back what the first took away. What is
/// renamed on the way does not come round under its own name.
const bridge_topic_fact* brought_back(const bridge_fact& taken, const bridge_fact& back,
                                      bool is_back_outward) {
  for (const bridge_topic_fact& line : taken.topics) {
    if (!carries(line, true) || line.local != line.remote) continue;
    for (const bridge_topic_fact& other : back.topics) {
      if (!carries(other, is_back_outward) || other.local != other.remote) continue;
      if (can_share_a_topic(line.local + line.filter, other.local + other.filter)) return &other;
    }
  }
  return nullptr;
}

/// The port of a bridge's first address where that is on this machine; 0 otherwise.
int own_port_of(const host_view& at, const bridge_fact& bridge) {
  const std::string first = bridge.addresses.substr(0, bridge.addresses.find(' '));
  const std::size_t colon = first.rfind(':');
  const std::string host = first.substr(0, colon);
  const auto& own = at.host.addresses;
  if (host != "localhost" && !is_loopback(host) &&
      std::find(own.begin(), own.end(), host) == own.end())
    return 0;
  int port = 1883;
  if (colon != std::string::npos)
    std::from_chars(first.data() + colon + 1, first.data() + first.size(), port);
  return port;
}

const configuration_fact* broker_at(const host_view& at, int port) {
  for (const auto& each : at.host.configurations) {
    if (each.pid != 0 && each.broker == broker_kind::mosquitto && block_for(each, port) != nullptr)
      return &each;
  }
  return nullptr;
}

std::string place_of(const bridge_fact& bridge) {
  return bridge.file + ", line " + std::to_string(bridge.line);
}

maybe_finding loop_of(const host_view& at, const bridge_fact& one, const bridge_fact& other,
                      const bridge_topic_fact& line) {
  const places with{{"one", one.name},
                    {"other", other.name},
                    {"place", place_of(one)},
                    {"second", place_of(other)},
                    {"topic", line.filter}};
  return made_finding(
             "delivery-duplicated", certainty::certain, strength::leaning,
             words(N_("The bridges {one} and {other} join the same two brokers and bring each "
                      "other's messages back: each message on \"{topic}\" goes round in circles "
                      "without end."),
                   with))
      .seen(words(N_("{place}: connection {one}; {second}: connection {other}."), with))
      .look(words(N_("Take one of the two bridges out; a topic line with \"both\" in the other one "
                     "carries both ways. Then start that broker again:")),
            "sudoedit " + shell_word(one.file))
      .then(words(N_("Then:")), restart_command(at))
      .warning();
}

}  // namespace

maybe_finding host_bridge_loop(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || at->configuration->pid == 0) return {};
  const configuration_fact& own = *at->configuration;
  for (const bridge_fact& bridge : own.bridges) {
    const int port = own_port_of(*at, bridge);
    const configuration_fact* const far = port == 0 ? nullptr : broker_at(*at, port);
    if (far == nullptr) continue;
    if (far == &own) {
      const places with{
          {"bridge", bridge.name}, {"place", place_of(bridge)}, {"address", bridge.addresses}};
      return made_finding("delivery-duplicated", certainty::certain, strength::leaning,
                          words(N_("The bridge {bridge} leads to {address}, which is this very "
                                   "broker: what it carries comes back and goes out again."),
                                with))
          .seen(words(N_("{place}: connection {bridge}."), with))
          .look(words(N_("Let its address line name the other broker, or take the bridge out:")),
                "sudoedit " + shell_word(bridge.file))
          .then(words(N_("Then:")), restart_command(*at))
          .warning();
    }
    for (const bridge_fact& back : far->bridges) {
      const int to = own_port_of(*at, back);
      if (to == 0 || block_for(own, to) == nullptr) continue;
      if (const auto* const line = brought_back(bridge, back, true))
        return loop_of(*at, bridge, back, *line);
    }
    for (const bridge_fact& beside : own.bridges) {
      if (&beside == &bridge || own_port_of(*at, beside) != port) continue;
      if (const auto* const line = brought_back(bridge, beside, false))
        return loop_of(*at, bridge, beside, *line);
    }
  }
  return {};
}

}  // namespace mqttkit::doctor
