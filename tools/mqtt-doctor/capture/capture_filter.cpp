#include "mqtt-doctor/capture/capture_filter.hpp"

#include <algorithm>
#include <iterator>

namespace mqttkit::doctor {

std::string capture_filter(const std::set<std::uint16_t>& ports, const std::string& address,
                           bool has_tags) {
  std::string of_ports;
  for (const std::uint16_t port : ports)
    of_ports += (of_ports.empty() ? "port " : " or port ") + std::to_string(port);
  std::string both = "tcp and (" + of_ports + ")";
  // UDP is read for MQTT-SN only; on these ports it is HTTP/3, of which there is much.
  constexpr std::uint16_t web_ports[] = {80, 443};
  std::string of_udp;
  for (const std::uint16_t port : ports) {
    if (std::find(std::begin(web_ports), std::end(web_ports), port) != std::end(web_ports))
      continue;
    of_udp += (of_udp.empty() ? "port " : " or port ") + std::to_string(port);
  }
  if (!of_udp.empty()) both = "(" + both + ") or (udp and (" + of_udp + "))";
  if (!address.empty()) both = "(" + both + ") and host " + address;
  // Added are ICMP and ICMPv6 errors; fragments after the first, which have no ports; and IPv6 with
  // extension headers, behind which libpcap finds no TCP.
  const std::string all = "(" + both + ")" +
                          " or (icmp and (icmp[0] = 3 or icmp[0] = 11))"
                          " or (icmp6 and (ip6[40] = 1 or ip6[40] = 2 or ip6[40] = 3))"
                          " or (ip proto 6 and ip[6:2] & 0x1fff != 0)"
                          " or (ip6 and (ip6[6] = 44 or ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 60))"
                          " or (tcp[13] & 0x12 = 2)"
                          " or (ip6 and ip6[6] = 6 and ip6[53] & 0x12 = 2)";
  if (!has_tags) return all;
  // A packet has one VLAN tag, or two where a provider adds its own (802.1ad).
  return all + " or (vlan and (" + all + " or (vlan and (" + all + "))))";
}

}  // namespace mqttkit::doctor
