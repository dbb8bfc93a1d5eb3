// Tells a flood of forged SYNs from many clients that get no answer.
//
// Both ask from many addresses and come to nothing. But who really asks and hears nothing asks
// again, after one second and after three (RFC 6298 §2.1); a forged SYN comes once. The first
// thousands are watched for that, the rest is counted: nothing here grows with the flood.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

struct flood_story {
  std::uint64_t syns = 0;     ///< for that port
  std::size_t watched = 0;    ///< ends they came from, of the first ones
  std::size_t addresses = 0;  ///< of those
  std::size_t repeated = 0;   ///< asked again
  std::size_t answered = 0;   ///< got SYN-ACK
  std::size_t stood = 0;      ///< went on
  double seconds = 0;         ///< from the first SYN to the last
};

class syn_flood {
 public:
  static constexpr std::size_t most_watched = 4096;  // of a port
  static constexpr std::size_t most_ports = 16;

  void asked(const tcp_segment& syn, capture_time now);
  void answered(const tcp_segment& syn_ack);
  void stood(const wire_endpoint& client, std::uint16_t port);

  /// What came to that port, where it is a flood; `now`: so far.
  std::optional<flood_story> of(std::uint16_t port, capture_time now) const;
  /// Ports that are flooded.
  std::set<std::uint16_t> ports(capture_time now) const;
  /// It is watched, and asked again or went on.
  bool is_real(const wire_endpoint& client, std::uint16_t port) const;

 private:
  struct asker {
    capture_time first{};
    bool has_repeated = false;
    bool is_answered = false;
    bool has_stood = false;
  };
  struct door {
    std::map<wire_endpoint, asker> watched;
    std::uint64_t syns = 0;
    capture_time first{}, last{}, filled{};
  };

  std::map<std::uint16_t, door> doors_;
};

}  // namespace mqttkit::doctor
