// Live packets of an interface, through libpcap. The library is loaded on first use, so that no
// other command pays for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

class live_source {
 public:
  /// The kernel's buffer: it holds a second of 100,000 MQTT packets.
  static constexpr int kernel_bytes = 32 << 20;
  static constexpr int most_at_once = 4096;  // packets of one take()

  enum class refusal : std::uint8_t {
    none,
    no_library,    ///< libpcap is not installed, or the build had none
    no_right,      ///< CAP_NET_RAW is missing
    no_interface,  ///< no interface has the name
    other,
  };
  struct request {
    std::string interface;  ///< "any", "eth0"
    std::set<std::uint16_t> ports;
    std::string address;  ///< as for capture_filter()
  };
  struct counts {
    std::uint64_t received = 0;
    std::uint64_t dropped = 0;  ///< because this program, or the card, was too slow
  };
  using taker = std::function<void(const captured_packet&)>;

  live_source();
  ~live_source();
  live_source(const live_source&) = delete;
  live_source& operator=(const live_source&) = delete;

  /// @param why  the system's words when the result is not `none`
  refusal open(const request& wanted, std::string& why);
  /// Becomes readable when packets have come.
  int descriptor() const noexcept;
  /// Hands out waiting packets without blocking; their number, or -1 when the interface is gone.
  int take(const taker& to);
  const std::string& problem() const noexcept { return problem_; }
  counts counted() const;

  link_type link() const noexcept { return link_; }
  std::uint32_t snap_length() const noexcept;
  /// Names of the interfaces, as "eth0 wlan0 lo"; empty when the system does not tell.
  static std::string interfaces();

 private:
  struct state;
  std::unique_ptr<state> state_;
  link_type link_ = link_type::raw;
  std::string problem_;
};

/// Whether this process has the capability to capture, as far as the system tells.
bool may_capture();

}  // namespace mqttkit::doctor
