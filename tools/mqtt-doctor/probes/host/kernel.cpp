#include "mqtt-doctor/probes/host/kernel.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {
namespace {

// Of hundreds those that count what was dropped, and why.
constexpr std::string_view kept[] = {
    "TcpExt.ListenDrops",
    "TcpExt.ListenOverflows",
    "TcpExt.IPReversePathFilter",
    "TcpExt.TCPReqQFullDrop",
    "TcpExt.TCPReqQFullDoCookies",
    "TcpExt.TCPTimeWaitOverflow",
    "TcpExt.PAWSPassive",
    "TcpExt.PAWSActive",
    "TcpExt.PAWSEstab",
    "TcpExt.TCPMD5NotFound",
    "TcpExt.TCPMD5Unexpected",
    "TcpExt.TCPBacklogDrop",
    "TcpExt.PFMemallocDrop",
    "TcpExt.TCPAbortOnMemory",
    "IpExt.InNoRoutes",
    "Ip.InAddrErrors",
    "Ip.OutNoRoutes",
    "Ip.InHdrErrors",
    "Ip.InDiscards",
    "Ip.OutDiscards",
    "Tcp.InCsumErrors",
};

/// A line of names, and below it one of numbers, each behind "TcpExt:".
void read_pairs(const std::string& text, std::map<std::string, std::int64_t>& into) {
  const auto lines = lines_of(text);
  for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
    const auto names = words_of(lines[i]), numbers = words_of(lines[i + 1]);
    if (names.empty() || numbers.empty() || names[0] != numbers[0]) continue;
    const std::string front = names[0].substr(0, names[0].size() - 1) + ".";
    for (std::size_t k = 1; k < std::min(names.size(), numbers.size()); ++k) {
      const std::string name = front + names[k];
      const auto value = number(numbers[k]).value_or(0);
      if (value > 0 && std::find(std::begin(kept), std::end(kept), name) != std::end(kept))
        into[name] = value;
    }
  }
}

/// A line of names, and for each processor one of hexadecimal numbers.
void read_columns(const std::string& text, const std::string& front,
                  const std::vector<std::string_view>& wanted,
                  std::map<std::string, std::int64_t>& into) {
  const auto lines = lines_of(text);
  if (lines.empty()) return;
  const auto names = words_of(lines[0]);
  constexpr std::size_t most_processors = 1024;
  for (std::size_t i = 1; i < std::min(lines.size(), most_processors); ++i) {
    const auto numbers = words_of(lines[i]);
    for (std::size_t k = 0; k < std::min(names.size(), numbers.size()); ++k) {
      if (std::find(wanted.begin(), wanted.end(), names[k]) == wanted.end()) continue;
      const auto value = std::strtoll(numbers[k].c_str(), nullptr, 16);
      if (value > 0) into[front + names[k]] += value;
    }
  }
}

constexpr std::string_view of_all[] = {
    "net.ipv4.ip_forward",           "net.ipv6.conf.all.forwarding",
    "net.ipv4.conf.all.rp_filter",   "net.ipv4.conf.all.arp_ignore",
    "net.ipv4.conf.all.arp_filter",  "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_max_syn_backlog",  "net.core.somaxconn",
    "net.ipv4.tcp_tw_recycle",       "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max"};
constexpr std::string_view of_each[] = {"rp_filter", "arp_ignore", "arp_filter", "route_localnet",
                                        "forwarding"};

void read_setting(const machine_files& files, const std::string& name, const std::string& path,
                  bool keeps_zero, host_facts& into) {
  const auto value = number(trimmed(files.read("/proc/sys/" + path)));
  if (value && (keeps_zero || *value != 0)) into.settings[name] = *value;
}

}  // namespace

std::map<std::string, std::int64_t> read_counters(const machine_files& files) {
  std::map<std::string, std::int64_t> out;
  read_pairs(files.read("/proc/net/netstat"), out);
  read_pairs(files.read("/proc/net/snmp"), out);
  read_columns(files.read("/proc/net/stat/nf_conntrack"), "conntrack.",
               {"insert_failed", "drop", "early_drop"}, out);
  return out;
}

std::map<std::string, std::int64_t> counted_since(
    const std::map<std::string, std::int64_t>& before) {
  std::map<std::string, std::int64_t> out;
  for (const auto& [name, value] : read_counters(machine_files(""))) {
    const auto then = before.find(name);
    const std::int64_t grown = value - (then == before.end() ? 0 : then->second);
    if (grown > 0) out[name] = grown;
  }
  return out;
}

void look_at_kernel(const machine_files& files, host_facts& into) {
  into.counters = read_counters(files);
  for (const auto& name : of_all) {
    std::string path(name);
    std::replace(path.begin(), path.end(), '.', '/');
    read_setting(files, std::string(name), path, true, into);
  }
  constexpr std::size_t most = 32;
  std::size_t count = 0;
  for (const auto& link : files.list("/proc/sys/net/ipv4/conf")) {
    if (link == "all" || link == "default" || link == "lo" || ++count > most) continue;
    for (const auto& each : of_each) {
      const std::string last(each);
      read_setting(files, "net.ipv4.conf." + link + "." + last,
                   "net/ipv4/conf/" + link + "/" + last, false, into);
    }
  }
}

}  // namespace mqttkit::doctor
