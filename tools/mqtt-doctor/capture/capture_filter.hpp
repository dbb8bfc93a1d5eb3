// What a live capture asks the kernel for, in the language of pcap-filter(7).
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace mqttkit::doctor {

/// TCP of these ports, ICMP that tells why a packet did not arrive, fragments, and each SYN of any
/// port: when nothing comes to these, where it goes instead.
/// @param address   of this machine; empty: all of them
/// @param has_tags  also behind VLAN tags; not every kind of link has them
std::string capture_filter(const std::set<std::uint16_t>& ports, const std::string& address,
                           bool has_tags);

}  // namespace mqttkit::doctor
