// Hears clients of MQTT-SN: UDP datagrams to and from a gateway, and ICMP errors about them.
//
// A gateway is any endpoint that a complete CONNECT of MQTT-SN is sent to, or that uses one of the
// given ports. A datagram captured twice on its way through this machine counts once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/listen/sensor_tracker.hpp"

namespace mqttkit::doctor {

class sensor_ear {
 public:
  static constexpr std::size_t most_gateways = 200;
  static constexpr std::size_t most_pairs = 4096;  ///< endpoint pairs whose numbers are remembered

  /// @param ports   the gateways' ports; empty: the usual one
  /// @param number  gives each client a number of its own
  sensor_ear(sensor_tracker& to, std::set<std::uint16_t> ports,
             std::function<std::uint64_t()> number);

  /// False for packets that are neither MQTT-SN nor ICMP errors about it.
  bool take(const captured_packet& packet, const instant& now);

 private:
  struct ends {
    wire_endpoint client;
    wire_endpoint gateway;
    std::string node;  // address of a node behind a forwarder

    auto operator<=>(const ends&) const = default;
  };
  struct copy {  // of a captured datagram
    udp_datagram head;
    std::uint32_t id = 0;
    std::size_t hash = 0;
    capture_time when{};
    std::uint64_t way = 0;
  };

  bool take_datagram(const udp_datagram& datagram, const sn::message& said, const std::string& node,
                     const instant& now);
  bool take_icmp(const icmp_error& error, const instant& now);
  bool is_gateway(const wire_endpoint& end) const;
  bool is_copy(const captured_packet& packet, const ip_packet& ip, const udp_datagram& datagram);
  std::uint64_t number_of(const ends& of, const instant& now);

  sensor_tracker& to_;
  std::set<std::uint16_t> ports_;
  std::function<std::uint64_t()> number_;
  std::map<ends, std::uint64_t> numbers_;
  std::set<wire_endpoint> gateways_;
  std::deque<copy> copies_;
};

}  // namespace mqttkit::doctor
