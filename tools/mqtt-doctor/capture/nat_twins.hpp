// One connection captured twice: before and behind an address translation on this machine, as where
// Docker publishes a port or a router translates its clients.
//
// Translation changes addresses and ports and keeps TCP's sequence numbers. So a SYN with the
// initial sequence number of one that has just passed between other ends is its twin. Packets of
// the twin are left out, or one app would look like two with one identifier.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

class nat_twins {
 public:
  static constexpr std::size_t most = 4096;  // SYNs remembered, and twins

  using ends = std::pair<wire_endpoint, wire_endpoint>;  ///< the lower endpoint first

  /// Whether the segment belongs to a connection that is already followed between other ends.
  ///
  /// @param first  receives those other ends for a SYN; may be nullptr
  bool is_twin(const tcp_segment& segment, capture_time now, ends* first = nullptr);

 private:
  struct known {
    ends between;
    std::uint32_t timestamp;
    std::uint32_t ip_id;
    capture_time when;
  };

  std::map<std::uint32_t, known> begun_;  // by initial sequence number
  std::deque<std::uint32_t> begun_order_;
  std::set<ends> twins_;
  std::deque<ends> twin_order_;
};

}  // namespace mqttkit::doctor
