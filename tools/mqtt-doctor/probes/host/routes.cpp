#include "mqtt-doctor/probes/host/routes.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

// Somewhere on the Internet that no routing table is likely to name.
constexpr const char* afar = "193.0.0.1";
// A ban for each address fills a table; beyond that no more are kept.
constexpr std::size_t most_routes = 1000;
constexpr std::size_t most_addresses = 8;

std::string way_line(const std::string& address) {
  std::string line = "ip -o route get ";
  line.append(afar).append(" from ").append(address);  // not with +: GCC bug 105329
  return line;
}

bool is_asked(const std::string& address) { return !is_v6_text(address) && !is_loopback(address); }

int real_interfaces(const machine_files& files) {
  int count = 0;
  for (const auto& line : lines_of(files.read("/proc/net/dev"))) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && trimmed(line.substr(0, colon)) != "lo") ++count;
  }
  return count;
}

}  // namespace

void start_route_programs(const machine_files& files, const std::vector<std::string>& addresses,
                          commands& programs) {
  if (real_interfaces(files) < 2) return;
  std::size_t count = 0;
  for (const auto& address : addresses) {
    if (is_asked(address) && count++ < most_addresses) programs.start(way_line(address));
  }
}

void look_at_routes(const machine_files& files, const commands& programs, host_facts& into) {
  // Interface, destination, gateway, flags, three counts, mask: numbers as they lie in memory. A
  // route that leads nowhere (blackhole, unreachable, prohibit) has no interface.
  for (const auto& line : lines_of(files.read("/proc/net/route"))) {
    const auto fields = words_of(line);
    if (fields.size() < 8 || fields[0] == "Iface" || into.routes.size() == most_routes) continue;
    in_addr network{};
    network.s_addr = static_cast<in_addr_t>(std::strtoul(fields[1].c_str(), nullptr, 16));
    const auto mask = static_cast<std::uint32_t>(std::strtoul(fields[7].c_str(), nullptr, 16));
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &network, text, sizeof text);
    route_fact made;
    made.network = std::string(text) + "/" + std::to_string(std::popcount(mask));
    if (fields[0] != "*") made.by = fields[0];
    into.routes.push_back(std::move(made));
  }
  for (const auto& address : into.addresses) {
    if (!is_asked(address)) continue;
    const auto fields = words_of(programs.of(way_line(address)).out);
    const auto at = std::find(fields.begin(), fields.end(), "dev");
    if (at == fields.end() || at + 1 == fields.end()) continue;
    into.ways_out.push_back({address, *(at + 1)});
  }
}

}  // namespace mqttkit::doctor
