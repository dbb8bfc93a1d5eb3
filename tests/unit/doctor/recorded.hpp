// Output of nft, iptables-save and ip6tables-save on real machines; see recorded/.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "mqtt-doctor/probes/host/firewall.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::doctor {

inline std::string recorded(const std::string& file) {
  return testing::read_file(std::string(PROJECT_ROOT) + "/tests/unit/doctor/recorded/" + file);
}

inline firewall_texts recorded_firewall(const std::string& name) {
  firewall_texts out;
  out.nft_json = recorded(name + ".json");
  out.nft_listing = recorded(name + ".nft");
  out.iptables = recorded(name + ".ip4");
  out.ip6tables = recorded(name + ".ip6");
  return out;
}

/// The verdict on a packet from any source that comes by eth0 to 10.77.2.2.
inline firewall_fact judged(const firewall_texts& texts, int port, bool is_v6 = false) {
  packet like;
  like.in = "eth0";
  like.own_addresses = {"10.77.2.2", "fd77:2::2"};
  const auto route = [](const std::string& to) {
    return to.rfind("172.17.", 0) == 0 ? std::string("docker0") : std::string("eth0");
  };
  const auto all = judge_ports(read_rules(texts), {port}, like, true, "public", route);
  return all.at(is_v6 ? 1 : 0);
}

inline firewall_fact judged(const std::string& name, int port, bool is_v6 = false) {
  return judged(recorded_firewall(name), port, is_v6);
}

}  // namespace mqttkit::doctor
