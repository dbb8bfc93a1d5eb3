#include "mqtt-doctor/causes/own_networks.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {

bool is_made_by_a_program(const std::string& interface) {
  constexpr std::string_view fronts[] = {"docker", "virbr", "veth",  "cni", "podman",
                                         "lxc",    "lxd",   "vmnet", "vbox"};
  // Docker's networks are "br-" and digits of their identifier; "br-lan" is a router's.
  constexpr std::size_t fewest_digits = 8;
  if (interface.size() >= 3 + fewest_digits && interface.starts_with("br-"))
    return interface.find_first_not_of("0123456789abcdef", 3) == std::string::npos;
  return std::any_of(std::begin(fronts), std::end(fronts),
                     [&](std::string_view front) { return interface.rfind(front, 0) == 0; });
}

int bits_of(const std::string& network) {
  int bits = 0;
  const std::size_t slash = network.find('/');
  if (slash != std::string::npos)
    std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  return bits;
}

const route_fact* route_to(const host_facts& host, const std::string& address) {
  const route_fact* best = nullptr;
  for (const auto& route : host.routes) {
    const bool is_better = best == nullptr || bits_of(route.network) > bits_of(best->network);
    if (is_better && lies_in(address, route.network)) best = &route;
  }
  return best;
}

bool is_lost(const std::vector<lost_neighbour_fact>& all, const std::string& address,
             const std::string& by) {
  return std::any_of(all.begin(), all.end(), [&](const auto& each) {
    return each.address == address && (by.empty() || each.by == by);
  });
}

const listener_fact* socket_at(const host_facts& host, const std::string& address, int port) {
  const listener_fact* best = nullptr;
  const bool is_v6 = is_v6_text(address);
  for (const auto& each : host.listeners) {
    if (each.port != port) continue;
    if (each.address == address) return &each;
    const bool is_of_family = each.address == (is_v6 ? "::" : "0.0.0.0");
    if (is_of_family || (best == nullptr && each.address == "::")) best = &each;
  }
  return best;
}

}  // namespace mqttkit::doctor
