#include "mqtt-doctor/probes/host/host.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <set>

#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqtt-doctor/probes/host/access_rules.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"
#include "mqtt-doctor/probes/host/commands.hpp"
#include "mqtt-doctor/probes/host/contained.hpp"
#include "mqtt-doctor/probes/host/containers.hpp"
#include "mqtt-doctor/probes/host/disks.hpp"
#include "mqtt-doctor/probes/host/firewall.hpp"
#include "mqtt-doctor/probes/host/kernel.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "mqtt-doctor/probes/host/routes.hpp"
#include "mqtt-doctor/probes/host/services.hpp"
#include "mqtt-doctor/probes/host/sockets.hpp"
#include "mqtt-doctor/probes/host/traefik.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* nft_json = "nft -j list ruleset";
constexpr const char* nft_listing = "nft -a list ruleset";
constexpr const char* journal =
    "journalctl -u mosquitto -u emqx -u rabbitmq-server -u nats-server -u vernemq -u nanomq -u "
    "flashmq -u activemq -u hivemq -u snap.mosquitto.mosquitto -n 200 --no-pager -q -o cat";
constexpr const char* mosquitto_help = "mosquitto -h";

std::string systemctl_line() {
  std::string out = "systemctl show";
  for (const auto& name : known_services()) out += " " + name;
  return out + " --property=Id,LoadState,ActiveState,UnitFileState,Result,ExecMainStatus,ExecStart";
}

std::vector<std::string> addresses_here() {
  std::vector<std::string> out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    char room[INET6_ADDRSTRLEN] = {};
    if (each->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
      ::inet_ntop(AF_INET, &v4->sin_addr, room, sizeof room);
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) continue;
      ::inet_ntop(AF_INET6, &v6->sin6_addr, room, sizeof room);
    } else {
      continue;
    }
    out.emplace_back(room);
  }
  ::freeifaddrs(all);
  return out;
}

bool has_printed(const printed_text& text) {
  return text.outcome == command_outcome::ran && text.exit_code == 0;
}

void start_firewall_programs(const machine_files& files, commands& programs) {
  programs.start(nft_json);
  programs.start(nft_listing);
  programs.start("iptables-save");
  programs.start("ip6tables-save");
  if (!trimmed(files.read("/proc/net/ip_tables_names")).empty()) {
    programs.start("iptables-legacy-save");
  }
  if (!trimmed(files.read("/proc/net/ip6_tables_names")).empty()) {
    programs.start("ip6tables-legacy-save");
  }
}

void start_programs(const machine_files& files, commands& programs) {
  start_firewall_programs(files, programs);
  if (files.exists("/run/systemd/system")) {
    programs.start(systemctl_line());
    programs.start(journal);
  }
  start_container_list(files, programs);
  if (files.exists("/usr/sbin/mosquitto") || files.exists("/usr/local/sbin/mosquitto")) {
    programs.start(mosquitto_help);
  }
}

void look_at_services(const machine_files& files, const commands& programs, host_facts& into) {
  const auto& units = programs.of(systemctl_line());
  if (has_printed(units)) {
    into.services = read_units(units.out);
  } else {
    into.services = read_unit_files(files);
    if (into.has_systemd) {
      into.not_seen.push_back("services: systemctl: " + (units.outcome == command_outcome::late
                                                             ? "did not answer in time"
                                                             : units.error));
    }
  }
}

// The ports about which the firewall is asked.
std::vector<int> ports_of_interest(const host_request& request, const host_facts& host) {
  static const std::set<int> usual{1883, 8883, 8083, 8084, 9001, 15675, 15676, 61614};
  std::set<int> out(request.ports.begin(), request.ports.end());
  for (const auto& listener : host.listeners) {
    if (listener.program() == listening_program::mosquitto || usual.count(listener.port) != 0)
      out.insert(listener.port);
  }
  const bool any_runs =
      std::any_of(host.configurations.begin(), host.configurations.end(),
                  [](const auto& configuration) { return configuration.is_used; });
  for (const auto& configuration : host.configurations) {
    if (any_runs && !configuration.is_used) continue;
    for (const auto& listener : configuration.listeners) out.insert(listener.port);
  }
  out.erase(0);
  return {out.begin(), out.end()};
}

// The tool that manages the firewall, when its rules cannot be read.
firewall_tool firewall_by_hearsay(const machine_files& files, const host_facts& host) {
  for (const auto& line : lines_of(files.read("/etc/ufw/ufw.conf"))) {
    if (lower(trimmed(line)) == "enabled=yes") return firewall_tool::ufw;
  }
  for (const auto& service : host.services) {
    if (service.state != service_state::active) continue;
    if (service.name == "firewalld.service") return firewall_tool::firewalld;
    if (service.name == "nftables.service") return firewall_tool::nft;
  }
  return firewall_tool::none;
}

std::string default_zone(const machine_files& files) {
  for (const auto& line : lines_of(files.read("/etc/firewalld/firewalld.conf"))) {
    if (line.rfind("DefaultZone=", 0) == 0) return trimmed(line.substr(12));
  }
  return "public";
}

ruleset rules_of(const commands& programs) {
  firewall_texts texts;
  texts.nft_json = programs.of(nft_json).out;
  texts.nft_listing = programs.of(nft_listing).out;
  texts.iptables = programs.of("iptables-save").out;
  texts.ip6tables = programs.of("ip6tables-save").out;
  texts.legacy = programs.of("iptables-legacy-save").out;
  texts.legacy6 = programs.of("ip6tables-legacy-save").out;
  if (has(texts.iptables, "(legacy)")) texts.legacy.clear();  // the same rules again
  if (has(texts.ip6tables, "(legacy)")) texts.legacy6.clear();
  return read_rules(texts);
}

// Whether no machine has the address: /proc/net/arp lists it without the flag for "complete".
bool is_nobody(const machine_files& files, const std::string& address) {
  for (const auto& line : lines_of(files.read("/proc/net/arp"))) {
    const auto fields = words_of(line);
    if (fields.size() > 2 && fields[0] == address) return fields[2] == "0x0";
  }
  return false;
}

// Connects to the addresses that a port is forwarded to.
void try_forwards(const machine_files& files, const host_request& request, host_facts& into) {
  if (files.is_elsewhere()) return;
  constexpr auto forward_limit = std::chrono::milliseconds(1000);
  for (auto& each : into.firewall) {
    const forward_target target = read_forward_target(each.forwarded_to);
    const bool is_asked =
        std::find(request.ports.begin(), request.ports.end(), each.port) != request.ports.end();
    if (!target.is_elsewhere() || target.port == 0 || !is_asked || each.is_own || each.is_reply)
      continue;
    probe::connect_request to;
    to.address = target.address;
    to.port = static_cast<std::uint16_t>(target.port);
    to.limit = forward_limit;
    probe::connect_report report;
    const probe::link made(to, report);
    each.forward_answer = report.is_connected()          ? forward_outcome::open
                          : report.error == ECONNREFUSED ? forward_outcome::refused
                          : is_nobody(files, to.address) ? forward_outcome::unreachable
                          : report.error == ETIMEDOUT    ? forward_outcome::silent
                                                         : forward_outcome::unreachable;
    if (each.forward_answer != forward_outcome::refused) continue;
    if (auto found = listeners_at(files, to.address)) {
      each.behind = std::move(*found);
      each.was_looked_behind = true;
    }
  }
}

/// Whether the kernel throws away what comes from outside for its loopback addresses: always in
/// IPv6, and in IPv4 unless some interface says otherwise.
bool guards_loopback(const machine_files& files, bool is_v6) {
  if (is_v6) return true;
  const std::string folder = "/proc/sys/net/ipv4/conf";
  bool is_read = false;
  for (const auto& link : files.list(folder)) {
    const std::string value = trimmed(files.read(folder + "/" + link + "/route_localnet"));
    if (link == "default" || link == "lo" || value.empty()) continue;
    if (value != "0") return false;
    is_read = true;
  }
  return is_read;
}

/// Notes the forwards of outside connections to a loopback address that get nowhere.
void note_martians(const machine_files& files, host_facts& into) {
  for (auto& each : into.firewall) {
    const forward_target target = read_forward_target(each.forwarded_to);
    const bool is_v6 = each.family == ip_family::v6;
    if (!target.loopback.empty() && !each.is_own && !each.is_reply && guards_loopback(files, is_v6))
      each.forward_answer = forward_outcome::martian;
  }
}

void look_at_firewall(const machine_files& files, const commands& programs,
                      const host_request& request, host_facts& into) {
  const auto ports = ports_of_interest(request, into);
  const auto& nft = programs.of(nft_json);
  const auto& saved = programs.of("iptables-save");
  if (!has_printed(nft) && !has_printed(saved)) {
    const bool is_missing =
        nft.outcome == command_outcome::missing && saved.outcome == command_outcome::missing;
    const bool is_refused = !is_missing && !into.is_root;
    into.not_seen.push_back(is_missing   ? "firewall rules: no nft and no iptables-save here"
                            : is_refused ? "firewall rules: needs root"
                                         : "firewall rules: " + nft.error);
    const firewall_tool tool = firewall_by_hearsay(files, into);
    for (const int port : ports) {
      if (tool == firewall_tool::none) break;
      firewall_fact firewall;
      firewall.port = port;
      firewall.family = ip_family::v4;
      firewall.tool = tool;
      firewall.verdict = firewall_verdict::unknown;
      into.firewall.push_back(std::move(firewall));
    }
    return;
  }
  const auto rules = rules_of(programs);
  const auto route = [&](const std::string& to) { return interface_to(files, to); };
  packet like;
  like.in = default_interface(files);
  like.own_addresses = into.addresses;
  like.now = std::time(nullptr);
  const bool has_v6 = std::any_of(into.addresses.begin(), into.addresses.end(),
                                  [](const std::string& address) { return is_v6_text(address); });
  into.firewall = judge_ports(rules, ports, like, has_v6, default_zone(files), route);
  // The rules for answers, and for this machine's connections to itself, are only kept when one of
  // them decides.
  like.is_reply = true;
  for (auto& each : judge_ports(rules, ports, like, has_v6, default_zone(files), route)) {
    if (each.verdict != firewall_verdict::accept || !each.for_sources.empty())
      into.firewall.push_back(std::move(each));
  }
  like.is_reply = false;
  like.is_own = true;
  for (auto& each : judge_ports(rules, request.ports, like, has_v6, default_zone(files), route)) {
    if (each.verdict != firewall_verdict::accept) into.firewall.push_back(std::move(each));
  }
  note_martians(files, into);
  like.is_own = false;
  if (auto refusal = refusal_of_neighbours(rules, like, route); has_v6 && refusal)
    into.firewall.push_back(std::move(*refusal));
}

void note_version(const commands& programs, host_facts& into) {
  // "mosquitto version 2.0.11"
  const auto& help = programs.of(mosquitto_help).out;
  const std::size_t at = help.find("mosquitto version ");
  if (at == std::string::npos) return;
  const auto first = words_of(help.substr(at + 18, 20));
  for (auto& configuration : into.configurations) {
    if (configuration.broker != broker_kind::mosquitto || first.empty()) continue;
    configuration.version = trimmed(lines_of(first[0])[0]);
    const std::string& version = configuration.version;
    const bool is_1 = version.starts_with("1.");
    const bool is_up_to_2_0_11 =
        is_1 || (version.starts_with("2.0.") && number(version.substr(4)).value_or(99) <= 11);
    for (auto& wrong : configuration.problems) {
      if (wrong.kind != problem_kind::newer_variable) continue;
      wrong.stops_broker = wrong.detail == "2.1"      ? is_1 || version.starts_with("2.0")
                           : wrong.detail == "2.0.12" ? is_up_to_2_0_11
                                                      : !is_1;
    }
  }
}

}  // namespace

host_facts look_at_host(const host_request& request) {
  const auto until = std::chrono::steady_clock::now() + request.limit;
  const machine_files files(request.root);
  commands programs(files.is_elsewhere() ? &request.printed : nullptr);
  start_programs(files, programs);

  host_facts out;
  out.is_root = files.is_elsewhere() || ::geteuid() == 0;
  out.addresses = files.is_elsewhere() ? request.addresses : addresses_here();
  start_route_programs(files, out.addresses, programs);
  out.has_systemd = files.exists("/run/systemd/system");
  out.system = system_name(files);
  out.cloud = cloud_of(files);
  const std::string selinux = trimmed(files.read("/sys/fs/selinux/enforce"));
  if (!selinux.empty())
    out.selinux = selinux == "1" ? selinux_mode::enforcing : selinux_mode::permissive;
  look_at_sockets(files, out);

  programs.finish(until);
  look_at_services(files, programs, out);
  look_at_containers(files, programs, request.limit, out);
  configuration_request wanted;
  wanted.own_addresses = out.addresses;
  wanted.user = request.user;
  wanted.names_of_certificate = request.names_of_certificate;
  wanted.password = request.password;
  wanted.topic = request.topic;
  wanted.client_id = request.client_id;
  look_at_configurations(files, wanted, out);
  look_at_contained(files, wanted, out);
  note_version(programs, out);
  look_at_bridges(files, out);
  look_at_logs(files, out);
  const auto& messages = programs.of(journal);
  if (has_printed(messages)) {
    for (auto& each : read_log(journal_source, messages.out)) out.log.push_back(std::move(each));
  } else if (messages.outcome == command_outcome::ran ||
             messages.outcome == command_outcome::late) {
    out.not_seen.push_back("the journal: " + (messages.outcome == command_outcome::late
                                                  ? "did not answer in time"
                                              : out.is_root ? messages.error
                                                            : "needs root"));
  }
  look_at_firewall(files, programs, request, out);
  try_forwards(files, request, out);
  look_at_routes(files, programs, out);
  look_at_kernel(files, out);
  out.proxies = read_proxies(files, out);
  read_traefik_processes(files, out);
  look_at_access_lists(files, out);
  try_targets(files, request.ports, out);
  out.disks = look_at_disks(files, out);
  return out;
}

namespace {

/// The firewall of this machine, whose rules the programs have printed.
struct own_firewall {
  machine_files files{""};
  commands programs{nullptr};

  explicit own_firewall(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    start_firewall_programs(files, programs);
    programs.finish(until);
  }

  std::string interface_to(const std::string& address) const {
    const std::string by = doctor::interface_to(files, address);
    return by.empty() ? default_interface(files) : by;
  }
};

}  // namespace

outgoing_look look_at_outgoing(const std::string& address, int port,
                               std::chrono::milliseconds limit) {
  if (::geteuid() != 0) return {};
  const own_firewall firewall(limit);
  packet like;
  like.is_outgoing = true;
  like.to = address;
  like.own_addresses = addresses_here();
  const auto route = [&](const std::string& to) { return firewall.interface_to(to); };
  const bool is_v6 = is_v6_text(address);
  const auto rules = rules_of(firewall.programs);
  outgoing_look out;
  for (const bool is_answer : {false, true}) {
    like.is_reply = is_answer;
    for (const auto& each : judge_ports(rules, {port}, like, is_v6, "", route)) {
      const bool is_refusal = each.verdict == firewall_verdict::drop ||
                              each.verdict == firewall_verdict::reject_reset ||
                              each.verdict == firewall_verdict::reject_icmp;
      if (each.family != family_of(is_v6)) continue;
      if (is_refusal) return {true, each, std::nullopt};
      if (!is_answer && !each.forwarded_to.empty()) out.diverted = each;
    }
  }
  out.is_read = has_printed(firewall.programs.of(nft_json)) ||
                has_printed(firewall.programs.of("iptables-save"));
  return out;
}

std::string look_for_refusing_route(const std::string& address, std::chrono::milliseconds limit) {
  const std::string family = is_v6_text(address) ? "ip -6 -o " : "ip -4 -o ";
  const std::string rules = family + "rule show", routes = family + "route show table main";
  commands programs{nullptr};
  programs.start(rules);
  programs.start(routes);
  programs.finish(std::chrono::steady_clock::now() + limit);
  return refusing_route_in(programs.of(rules).out, programs.of(routes).out, address);
}

std::vector<firewall_fact> look_at_incoming(int port, std::chrono::milliseconds limit) {
  if (::geteuid() != 0) return {};
  const own_firewall firewall(limit);
  host_facts out;
  out.is_root = true;
  out.addresses = addresses_here();
  host_request about;
  about.ports = {port};
  look_at_firewall(firewall.files, firewall.programs, about, out);
  return std::move(out.firewall);
}

std::vector<firewall_fact> look_at_passing(const std::string& client, const std::string& broker,
                                           int port, std::chrono::milliseconds limit) {
  if (::geteuid() != 0) return {};
  const own_firewall firewall(limit);
  const auto route = [&](const std::string& to) { return firewall.interface_to(to); };
  packet like;
  like.is_passing = true;
  like.to = broker;
  like.in = route(client);
  like.out = route(broker);
  like.own_addresses = addresses_here();
  const auto rules = rules_of(firewall.programs);
  const bool is_v6 = is_v6_text(broker);
  auto made = judge_ports(rules, {port}, like, is_v6, "", route);
  like.is_reply = true;
  std::swap(like.in, like.out);
  for (auto& each : judge_ports(rules, {port}, like, is_v6, "", route))
    made.push_back(std::move(each));
  return made;
}

bool passes_packets_on(bool is_v6) {
  const machine_files files("");
  return trimmed(files.read(is_v6 ? "/proc/sys/net/ipv6/conf/all/forwarding"
                                  : "/proc/sys/net/ipv4/ip_forward")) != "0";
}

std::vector<std::string> own_addresses() { return addresses_here(); }

void look_again(const host_request& request, host_facts& into) {
  const machine_files files(request.root);
  const auto not_seen = into.not_seen;
  std::vector<log_fact> journal_lines;
  std::copy_if(into.log.begin(), into.log.end(), std::back_inserter(journal_lines),
               [](const log_fact& log) { return log.source == journal_source; });
  into.listeners.clear();
  into.brokers.clear();
  into.log.clear();
  look_at_sockets(files, into);
  look_at_logs(files, into);
  into.log.insert(into.log.end(), journal_lines.begin(), journal_lines.end());
  into.not_seen = not_seen;  // the first look listed what is not visible
  look_at_proxy_logs(files, into);
}

}  // namespace mqttkit::doctor
