// The filter that a live capture gives to the kernel, in the language of pcap-filter(7).
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace mqttkit::doctor {

/// Matches TCP of these ports, ICMP errors, fragments, and a SYN for any port: when none comes to
/// these ports, it shows where the client connects instead.
/// @param address   an address of this machine; empty: all of them
/// @param has_tags  whether packets with VLAN tags are matched too; not every link type has them
std::string capture_filter(const std::set<std::uint16_t>& ports, const std::string& address,
                           bool has_tags);

}  // namespace mqttkit::doctor
