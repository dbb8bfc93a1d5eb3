#include "mqtt-doctor/probes/host/routes.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

// An Internet address that hardly any routing table names.
constexpr const char* afar = "193.0.0.1";
// Bans by route may fill a table; further routes are not kept.
constexpr std::size_t most_routes = 1000;
constexpr std::size_t most_addresses = 8;

std::string way_line(const std::string& address) {
  std::string line = "ip -o route get ";
  line.append(afar).append(" from ").append(address);  // not +: GCC bug 105329
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

constexpr const char* rules_line = "ip -4 -o rule show";
constexpr const char* tables_line = "ip -4 -o route show table all";
constexpr const char* neighbours_line = "ip -o neigh show";
constexpr std::size_t most_rules = 100;

/// The word behind that one; "" when it is missing.
std::string behind(const std::vector<std::string>& fields, std::string_view word) {
  const auto at = std::find(fields.begin(), fields.end(), word);
  return at == fields.end() || at + 1 == fields.end() ? std::string() : *(at + 1);
}

/// Reads rules: "90:	from 10.77.2.2 to 10.77.0.0/16 lookup 100".
void read_rules(const std::string& printed, host_facts& into) {
  for (const auto& line : lines_of(printed)) {
    const auto fields = words_of(line);
    if (fields.size() < 5 || into.routing_rules.size() == most_rules) continue;
    routing_rule_fact made;
    made.priority = std::atoi(fields[0].c_str());
    made.from = behind(fields, "from");
    made.to = behind(fields, "to");
    made.table = behind(fields, "lookup");
    if (made.from == "all") made.from.clear();
    // Rules by mark, port or interface cannot be decided by addresses.
    const bool has_more = std::any_of(fields.begin(), fields.end(), [](const auto& word) {
      return word == "fwmark" || word == "iif" || word == "oif" || word == "not" ||
             word == "ipproto" || word == "sport" || word == "dport" || word == "uidrange" ||
             word == "suppress_prefixlength";
    });
    const bool is_usual = made.table == "local" || made.table == "main" || made.table == "default";
    if (has_more || is_usual || made.table.empty()) continue;
    for (const auto& word : fields) {
      if (&word != &fields.front()) made.text += (made.text.empty() ? "" : " ") + word;
    }
    into.routing_rules.push_back(std::move(made));
  }
}

/// Neighbours that did not answer ARP.
std::vector<std::string> dead_neighbours(const machine_files& files) {
  std::vector<std::string> out;
  for (const auto& line : lines_of(files.read("/proc/net/arp"))) {
    const auto fields = words_of(line);
    if (fields.size() > 2 && fields[2] == "0x0") out.push_back(fields[0]);
  }
  return out;
}

/// Reads routes: "default via 10.77.2.9 dev e0 table 100", "blackhole 10.0.0.0/8 table 100".
void read_tables(const machine_files& files, const std::string& printed, host_facts& into) {
  const auto dead = dead_neighbours(files);
  for (const auto& line : lines_of(printed)) {
    auto fields = words_of(line);
    if (fields.empty() || into.table_routes.size() == most_rules) continue;
    table_route_fact made;
    made.table = behind(fields, "table");
    const bool is_asked_for =
        std::any_of(into.routing_rules.begin(), into.routing_rules.end(),
                    [&](const routing_rule_fact& rule) { return rule.table == made.table; });
    if (!is_asked_for) continue;
    made.by = behind(fields, "dev");
    made.via = behind(fields, "via");
    const bool is_nowhere = fields[0] == "blackhole" || fields[0] == "unreachable" ||
                            fields[0] == "prohibit" || fields[0] == "throw";
    if (fields[0] == "throw") continue;  // the next rule decides
    if (is_nowhere) made.by.clear();
    const std::string name = is_nowhere && fields.size() > 1 ? fields[1] : fields[0];
    made.network = name == "default"                     ? "0.0.0.0/0"
                   : name.find('/') == std::string::npos ? name + "/32"
                                                         : name;
    made.is_dead = std::find(dead.begin(), dead.end(), made.via) != dead.end();
    into.table_routes.push_back(std::move(made));
  }
}

/// The larger of an interface's value and that of "all" counts (ip-sysctl, rp_filter).
void read_strictness(const machine_files& files, host_facts& into) {
  const std::string folder = "/proc/sys/net/ipv4/conf/";
  const auto value = [&](const std::string& name) {
    return std::atoi(files.read(folder + name + "/rp_filter").c_str());
  };
  const int for_all = value("all");
  constexpr std::size_t most = 32;
  for (const auto& name : files.list(folder)) {
    if (name == "all" || name == "default" || name == "lo") continue;
    if (std::max(for_all, value(name)) == 1 && into.strict_interfaces.size() < most)
      into.strict_interfaces.push_back(name);
  }
}

}  // namespace

std::vector<lost_neighbour_fact> read_lost_neighbours(std::string_view printed) {
  constexpr std::size_t most = 64;
  std::vector<lost_neighbour_fact> out;
  for (const auto& line : lines_of(printed)) {
    const auto fields = words_of(line);
    if (fields.size() < 4 || out.size() == most) continue;
    const std::string& state = fields.back();
    if (state == "FAILED" || state == "INCOMPLETE")
      out.push_back({fields[0], behind(fields, "dev")});
  }
  return out;
}

way_from_here look_at_way(const std::string& address, std::chrono::milliseconds limit) {
  commands programs(nullptr);
  const std::string line = "ip -o route get " + address;
  programs.start(line);
  programs.start(neighbours_line);
  programs.finish(std::chrono::steady_clock::now() + limit);
  const auto fields = words_of(programs.of(line).out);
  way_from_here out{behind(fields, "dev"), behind(fields, "via"), {}};
  for (auto& each : read_lost_neighbours(programs.of(neighbours_line).out)) {
    if (each.address == address || each.address == out.via)
      out.lost_neighbours.push_back(std::move(each));
  }
  return out;
}

void start_route_programs(const machine_files& files, const std::vector<std::string>& addresses,
                          commands& programs) {
  programs.start(rules_line);
  programs.start(tables_line);
  programs.start(neighbours_line);
  if (real_interfaces(files) < 2) return;
  std::size_t count = 0;
  for (const auto& address : addresses) {
    if (is_asked(address) && count++ < most_addresses) programs.start(way_line(address));
  }
}

namespace {

bool is_refusal(const std::string& word) {
  return word == "prohibit" || word == "unreachable" || word == "blackhole";
}

/// "10.77.2.2" and "default" as networks.
std::string network_of(const std::string& name, bool is_v6) {
  if (name == "default" || name == "all") return is_v6 ? "::/0" : "0.0.0.0/0";
  return name.find('/') != std::string::npos ? name : name + (is_v6 ? "/128" : "/32");
}

int bits_in(const std::string& network) {
  return std::atoi(network.c_str() + std::min(network.find('/') + 1, network.size()));
}

}  // namespace

std::string refusing_route_in(const std::string& rules, const std::string& routes,
                              const std::string& address) {
  const bool is_v6 = is_v6_text(address);
  for (const auto& line : lines_of(rules)) {
    // "32765:", "from", "all", "to", "10.0.0.5", "prohibit"
    const auto fields = words_of(line);
    if (fields.size() != 6 || fields[1] != "from" || fields[2] != "all" || fields[3] != "to" ||
        !is_refusal(fields[5]))
      continue;
    if (lies_in(address, network_of(fields[4], is_v6)))
      return fields[0] + " from all to " + fields[4] + " " + fields[5];
  }
  std::string found;
  int best = -1;
  for (const auto& line : lines_of(routes)) {
    const auto fields = words_of(line);
    if (fields.empty()) continue;
    const bool refuses = is_refusal(fields[0]) && fields.size() > 1;
    const std::string& name = refuses ? fields[1] : fields[0];
    const std::string network = network_of(name, is_v6);
    // Systems without IPv6 have "unreachable default" in the place of no route at all.
    if (refuses && bits_in(network) == 0 && fields[0] == "unreachable") continue;
    if (bits_in(network) < best || !lies_in(address, network)) continue;
    // Of equal routes the one with a way is taken to be preferred: nothing is refused by guess.
    if (bits_in(network) == best && refuses) continue;
    best = bits_in(network);
    found = refuses ? fields[0] + " " + name : std::string();
  }
  return found;
}

void look_at_routes(const machine_files& files, const commands& programs, host_facts& into) {
  // Interface, destination, gateway, flags, three counters and mask, as numbers in memory order. A
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
    in_addr router{};
    router.s_addr = static_cast<in_addr_t>(std::strtoul(fields[2].c_str(), nullptr, 16));
    if (router.s_addr != 0) made.via = ::inet_ntop(AF_INET, &router, text, sizeof text);
    into.routes.push_back(std::move(made));
  }
  read_rules(programs.of(rules_line).out, into);
  read_tables(files, programs.of(tables_line).out, into);
  read_strictness(files, into);
  into.lost_neighbours = read_lost_neighbours(programs.of(neighbours_line).out);
  for (const auto& address : into.addresses) {
    if (!is_asked(address)) continue;
    const auto fields = words_of(programs.of(way_line(address)).out);
    const auto at = std::find(fields.begin(), fields.end(), "dev");
    if (at == fields.end() || at + 1 == fields.end()) continue;
    into.ways_out.push_back({address, *(at + 1)});
  }
}

}  // namespace mqttkit::doctor
