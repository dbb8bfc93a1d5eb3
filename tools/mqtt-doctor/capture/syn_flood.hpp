// Tells a flood of forged SYNs from many real clients that get no answer.
//
// Both send SYNs from many addresses that come to nothing. But a real client repeats its SYN after
// one second and after three (RFC 6298 §2.1), and a forged SYN comes once. The first thousands of
// SYNs are watched for that, the rest is counted: no memory grows with the flood.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

struct flood_story {
  std::uint64_t syns = 0;     ///< to that port
  std::size_t watched = 0;    ///< endpoints whose SYN is watched
  std::size_t addresses = 0;  ///< addresses of those
  std::size_t repeated = 0;   ///< of the watched: sent SYN again
  std::size_t answered = 0;   ///< of the watched: got a SYN-ACK
  std::size_t stood = 0;      ///< of the watched: established
  double seconds = 0;         ///< from the first SYN to the last
};

class syn_flood {
 public:
  static constexpr std::size_t most_watched = 4096;  // endpoints for one port
  static constexpr std::size_t most_ports = 16;

  void asked(const tcp_segment& syn, capture_time now);
  void answered(const tcp_segment& syn_ack);
  void stood(const wire_endpoint& client, std::uint16_t port);

  /// The flood of that port as it is at `now`; nothing where there is none.
  std::optional<flood_story> of(std::uint16_t port, capture_time now) const;
  /// Ports under flood.
  std::set<std::uint16_t> ports(capture_time now) const;
  /// Whether the endpoint is watched, and sent its SYN again or went on.
  bool is_real(const wire_endpoint& client, std::uint16_t port) const;

 private:
  struct asker {
    capture_time first{};
    bool has_repeated = false;
    bool is_answered = false;
    bool has_stood = false;
  };
  struct port_record {
    std::map<wire_endpoint, asker> watched;
    std::uint64_t syns = 0;
    capture_time first{}, last{}, filled{};
  };

  std::map<std::uint16_t, port_record> ports_;
};

}  // namespace mqttkit::doctor
