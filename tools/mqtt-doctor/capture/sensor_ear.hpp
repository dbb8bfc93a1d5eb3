// Clients of MQTT-SN in packets: datagrams of UDP to and from a gateway, and ICMP about them.
//
// A gateway is where a whole CONNECT of MQTT-SN is sent to, on any port, and whoever has one of its
// ports. A datagram that is seen twice on its way through this machine is taken once.
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
  static constexpr std::size_t most_pairs = 4096;  ///< whose numbers are remembered

  /// @param ports   those of gateways; empty: the usual one
  /// @param number  gives each client one that nobody else has
  sensor_ear(sensor_tracker& to, std::set<std::uint16_t> ports,
             std::function<std::uint64_t()> number);

  /// False for what is no datagram of MQTT-SN, and no ICMP about one.
  bool take(const captured_packet& packet, const instant& now);

 private:
  struct ends {
    wire_endpoint client;
    wire_endpoint gateway;
    std::string node;  // behind a forwarder

    auto operator<=>(const ends&) const = default;
  };
  struct copy {  // of a datagram that was seen
    udp_datagram head;
    std::uint32_t id = 0;
    std::size_t hash = 0;
    capture_time when{};
    std::uint64_t way = 0;
  };

  bool take_datagram(const udp_datagram& what, const sn::message& said, const std::string& node,
                     const instant& now);
  bool take_icmp(const icmp_error& what, const instant& now);
  bool is_gateway(const wire_endpoint& end) const;
  bool is_copy(const captured_packet& packet, const ip_packet& ip, const udp_datagram& what);
  std::uint64_t number_of(const ends& of, const instant& now);

  sensor_tracker& to_;
  std::set<std::uint16_t> ports_;
  std::function<std::uint64_t()> number_;
  std::map<ends, std::uint64_t> numbers_;
  std::set<wire_endpoint> gateways_;
  std::deque<copy> copies_;
};

}  // namespace mqttkit::doctor
