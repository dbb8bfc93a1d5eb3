// One connection seen twice: before and behind an address translation on this machine, as where
// Docker publishes a port or a router gives a client its own address.
//
// Translation changes addresses and ports and leaves TCP's own numbers. So a SYN with the initial
// sequence number of another one that has just passed, between other ends, is that one again; what
// comes between those ends is left out, or one app would seem to be two with one identifier.
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
  static constexpr std::size_t most = 4096;  // SYNs that are remembered, and twins

  using ends = std::pair<wire_endpoint, wire_endpoint>;  ///< the lower one first

  /// Whether the segment belongs to a connection that is followed between other ends.
  ///
  /// @param first  is given those, with a SYN; may be nullptr
  bool is_twin(const tcp_segment& what, capture_time now, ends* first = nullptr);

 private:
  struct known {
    ends between;
    std::uint32_t timestamp;
    std::uint32_t ip_id;
    capture_time when;
  };

  std::map<std::uint32_t, known> begun_;  // by the SYN's sequence number
  std::deque<std::uint32_t> begun_order_;
  std::set<ends> twins_;
  std::deque<ends> twin_order_;
};

}  // namespace mqttkit::doctor
