#include "mqtt-doctor/probes/host/access_rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "mqtt-doctor/probes/host/mosquitto_files.hpp"
#include "mqtt-doctor/probes/host/sockets.hpp"

namespace mqttkit::doctor {
namespace {

bool is_address(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  return ::inet_pton(AF_INET, text.c_str(), &v4) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &v6) == 1;
}

/// The bits of "255.255.255.0"; -1 where it is no netmask.
int bits_of_mask(const std::string& mask) {
  in_addr v4{};
  if (::inet_pton(AF_INET, mask.c_str(), &v4) != 1) return -1;
  const std::uint32_t bits = ntohl(v4.s_addr);
  const int count = std::popcount(bits);
  return count == std::countl_one(bits) ? count : -1;
}

}  // namespace

std::string network_of(std::string_view word) {
  std::string text = trimmed(word);
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  // "10.77.1." is all that begins so.
  if (text.size() > 1 && text.back() == '.' && text.find('/') == std::string::npos) {
    const auto points = std::count(text.begin(), text.end(), '.');
    if (points > 3) return {};
    for (auto i = points; i < 3; ++i) text += "0.";
    text += "0/" + std::to_string(points * 8);
  }
  const std::size_t slash = text.find('/');
  if (!is_address(text.substr(0, slash))) return {};
  if (slash == std::string::npos) return text;
  const std::string tail = text.substr(slash + 1);
  const int mask = bits_of_mask(tail);
  if (mask >= 0) return text.substr(0, slash + 1) + std::to_string(mask);
  const auto bits = number(tail);
  const int most_bits = text.find(':') == std::string::npos ? 32 : 128;
  return bits && *bits >= 0 && *bits <= most_bits ? text : std::string();
}

access_condition_fact among(const std::vector<std::string>& words) {
  access_condition_fact out;
  out.trait = client_trait::address;
  for (const std::string& word : words) {
    const std::string network = network_of(word);
    if (network.empty() || out.values.size() >= most_addresses)
      out.has_all = false;
    else
      out.values.push_back(network);
  }
  return out;
}

const std::vector<std::string>& private_networks() {
  static const std::vector<std::string> all{"192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8",
                                            "127.0.0.0/8",    "fd00::/8",      "::1"};
  return all;
}

void keep_rule(std::vector<access_rule_fact>& into, access_rule_fact rule) {
  if (into.size() < most_access_rules) into.push_back(std::move(rule));
}

access_rule_fact nobody_else(const access_rule_fact& like) {
  access_rule_fact out = like;
  out.conditions.clear();
  out.lets_in = false;
  return out;
}

// ---- TCP wrappers (hosts_access(5), hosts_options(5)) ------------------------------------------

namespace {

/// The lists on both sides of the first EXCEPT.
struct wrapped_names {
  std::vector<std::string> all, exceptions;
  bool is_nested = false;  ///< exceptions have some of their own: whom they mean is not known here
};

wrapped_names with_exceptions(std::string list) {
  std::replace(list.begin(), list.end(), ',', ' ');
  wrapped_names out;
  bool is_behind = false;
  for (const auto& word : words_of(list)) {
    if (lower(word) == "except")
      out.is_nested = std::exchange(is_behind, true);
    else
      (is_behind ? out.exceptions : out.all).push_back(word);
  }
  return out;
}

bool is_named(const std::vector<std::string>& daemons, const std::string& name) {
  return std::any_of(daemons.begin(), daemons.end(), [&](const std::string& each) {
    return lower(each) == "all" || each.substr(0, each.find('@')) == name;
  });
}

/// The parts between colons; those in brackets belong to an address.
std::vector<std::string> parts_of(const std::string& line) {
  std::vector<std::string> out(1);
  int depth = 0;
  for (const char c : line) {
    if (c == '[') ++depth;
    if (c == ']') --depth;
    if (c == ':' && depth <= 0)
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

void read_wrappers(const machine_files& files, const std::string& file, const std::string& name,
                   bool lets_in, std::vector<access_rule_fact>& out) {
  int line = 0;
  std::string whole;
  for (const auto& text : lines_of(files.read(file))) {
    ++line;
    whole += text;
    if (!whole.empty() && whole.back() == '\\') {
      whole.pop_back();
      continue;
    }
    const std::string entry = trimmed(std::exchange(whole, {}));
    if (entry.empty() || entry.front() == '#') continue;
    const auto parts = parts_of(entry);
    if (parts.size() < 2) continue;
    const wrapped_names daemons = with_exceptions(parts[0]);
    const bool is_excepted = is_named(daemons.exceptions, name);
    if (!is_named(daemons.all, name) || (is_excepted && !daemons.is_nested)) continue;
    access_rule_fact made;
    if (is_excepted) made.conditions.emplace_back();
    made.lets_in = lets_in;
    for (std::size_t i = 2; i < parts.size(); ++i) {
      const std::string option = lower(trimmed(parts[i]));
      const std::string first = option.substr(0, option.find_first_of(" \t"));
      // "twist" answers in the program's place.
      if (option == "deny" || first == "twist") made.lets_in = false;
      if (option == "allow") made.lets_in = true;
    }
    made.text = kept_line(trimmed(parts[0]) + ": " + trimmed(parts[1]));
    made.file = file;
    made.line = line;
    const wrapped_names clients = with_exceptions(parts[1]);
    const bool is_all = std::any_of(clients.all.begin(), clients.all.end(),
                                    [](const auto& word) { return lower(word) == "all"; });
    if (!is_all) made.conditions.push_back(among(clients.all));
    if (!clients.exceptions.empty()) {
      made.conditions.push_back(
          among(clients.is_nested ? std::vector<std::string>() : clients.exceptions));
      made.conditions.back().has_all = made.conditions.back().has_all && !clients.is_nested;
      made.conditions.back().is_negated = true;
    }
    keep_rule(out, std::move(made));
  }
}

}  // namespace

std::optional<bool> asks_wrappers(const machine_files& files, int pid) {
  constexpr std::size_t most = std::size_t{1} << 18;
  const std::string maps = files.read("/proc/" + std::to_string(pid) + "/maps", nullptr, most);
  if (maps.empty()) return {};
  return has(maps, "/libwrap.so");
}

std::vector<access_rule_fact> wrappers_of(const machine_files& files, const std::string& name) {
  std::vector<access_rule_fact> out;
  read_wrappers(files, "/etc/hosts.allow", name, true, out);
  read_wrappers(files, "/etc/hosts.deny", name, false, out);
  const bool turns_away =
      std::any_of(out.begin(), out.end(), [](const auto& rule) { return !rule.lets_in; });
  return turns_away ? out : std::vector<access_rule_fact>();
}

// ---- systemd (systemd.resource-control(5)) -----------------------------------------------------

namespace {

struct unit_lists {
  std::vector<access_rule_fact> allow, deny;
};

void read_unit(const machine_files& files, const std::string& file, unit_lists& into) {
  int line = 0;
  for (const auto& whole : lines_of(files.read(file))) {
    ++line;
    const std::string entry = trimmed(whole);
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = trimmed(entry.substr(0, equals));
    const bool is_allow = name == "IPAddressAllow";
    if (!is_allow && name != "IPAddressDeny") continue;
    auto& list = is_allow ? into.allow : into.deny;
    const auto words = words_of(entry.substr(equals + 1));
    if (words.empty()) {  // an empty one forgets those before it
      list.clear();
      continue;
    }
    access_rule_fact made;
    made.lets_in = is_allow;
    made.text = kept_line(entry);
    made.file = file;
    made.line = line;
    std::vector<std::string> networks;
    bool is_any = false;
    for (const auto& word : words) {
      is_any = is_any || word == "any";
      if (word == "localhost")
        networks.insert(networks.end(), {"127.0.0.0/8", "::1"});
      else if (word == "link-local")
        networks.insert(networks.end(), {"169.254.0.0/16", "fe80::/64"});
      else if (word == "multicast")
        networks.insert(networks.end(), {"224.0.0.0/4", "ff00::/8"});
      else if (word != "any")
        networks.push_back(word);
    }
    if (!is_any) made.conditions.push_back(among(networks));
    keep_rule(list, std::move(made));
  }
}

/// "mosquitto.service" of a process's control group; "" for none.
std::string unit_of(const machine_files& files, int pid) {
  for (const auto& line : lines_of(files.read("/proc/" + std::to_string(pid) + "/cgroup"))) {
    std::string last;
    for (const auto& part : split(line, '/')) {
      if (part.ends_with(".service")) last = part;
    }
    if (!last.empty()) return last;
  }
  return {};
}

}  // namespace

std::vector<access_rule_fact> unit_rules(const machine_files& files, const std::string& unit) {
  // The first of these that has the unit is read alone; drop-ins of one name likewise.
  constexpr const char* folders[] = {
      "/etc/systemd/system.control", "/run/systemd/system.control",   "/etc/systemd/system",
      "/run/systemd/system",         "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
      "/lib/systemd/system"};
  unit_lists lists;
  for (const char* folder : folders) {
    const std::string file = std::string(folder) + "/" + unit;
    if (!files.exists(file)) continue;
    read_unit(files, file, lists);
    break;
  }
  std::map<std::string, std::string> drop_ins;  // in the order of their names
  for (const char* folder : folders) {
    const std::string place = std::string(folder) + "/" + unit + ".d";
    for (const auto& name : files.list(place)) {
      if (name.ends_with(".conf") && drop_ins.size() < most_access_rules)
        drop_ins.emplace(name, place + "/" + name);
    }
  }
  for (const auto& [name, file] : drop_ins) read_unit(files, file, lists);
  if (lists.deny.empty()) return {};
  std::vector<access_rule_fact> out = std::move(lists.allow);
  for (auto& rule : lists.deny) keep_rule(out, std::move(rule));
  return out;
}

void look_at_access_lists(const machine_files& files, host_facts& into) {
  constexpr std::size_t most_lists = 32;
  std::set<int> done;
  for (const auto& listener : into.listeners) {
    if (listener.pid == 0 || !done.insert(listener.pid).second) continue;
    if (into.access_lists.size() >= most_lists) break;
    const bool is_broker =
        std::any_of(into.brokers.begin(), into.brokers.end(),
                    [&](const process_fact& each) { return each.pid == listener.pid; });
    const bool is_proxy =
        std::any_of(into.proxies.begin(), into.proxies.end(),
                    [&](const proxy_fact& each) { return each.pid == listener.pid; });
    if (!is_broker && !is_proxy) continue;
    // In a container it has files of its own for TCP wrappers, and a unit that is Docker's.
    const bool is_contained = std::any_of(
        into.brokers.begin(), into.brokers.end(),
        [&](const process_fact& each) { return each.pid == listener.pid && each.is_contained; });
    if (is_contained) continue;
    if (const std::string unit = unit_of(files, listener.pid); !unit.empty()) {
      access_list_fact made{access_guard::systemd, kept_line(unit), listener.pid, 0,
                            unit_rules(files, unit)};
      if (!made.rules.empty()) into.access_lists.push_back(std::move(made));
    }
    if (!is_broker || !asks_wrappers(files, listener.pid).value_or(false)) continue;
    access_list_fact made{access_guard::tcp_wrappers, listener.process, listener.pid, 0,
                          wrappers_of(files, listener.process)};
    if (!made.rules.empty()) into.access_lists.push_back(std::move(made));
  }
}

void note_changes(const machine_files& files, int pid, const std::string& main_file,
                  std::vector<proxy_fact>& proxies) {
  const std::int64_t own_start_ms = started_ms(files, pid);
  if (own_start_ms == 0) return;
  std::optional<std::int64_t> read_ms;
  for (proxy_fact& proxy : proxies) {
    process_fact reader;
    reader.started_ms = own_start_ms;
    for (const std::string& file : {main_file, proxy.file}) {
      const auto status = files.status(file);
      if (!is_newer_than_start(status, &reader)) continue;
      // Told to read again, a proxy starts workers anew beside its first process.
      if (!read_ms) read_ms = last_start_ms(files, pid);
      process_fact newest;
      newest.started_ms = *read_ms;
      if (!is_newer_than_start(status, &newest)) continue;
      proxy.changed_file = file;
      proxy.changed = rfc3339(status->modified);
      proxy.started = rfc3339(static_cast<std::time_t>(*read_ms / 1000));
      break;
    }
  }
}

}  // namespace mqttkit::doctor
