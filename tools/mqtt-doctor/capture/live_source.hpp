// Packets of an interface as they pass, through libpcap, which is loaded when it is asked for: no
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
  /// The kernel keeps so much until it is read: a second of 100,000 packets of MQTT.
  static constexpr int kernel_bytes = 32 << 20;
  static constexpr int most_at_once = 4096;  // packets of one take()

  enum class refusal : std::uint8_t {
    none,
    no_library,    ///< libpcap is not installed, or this was built without it
    no_right,      ///< CAP_NET_RAW is missing
    no_interface,  ///< none of that name
    other,
  };
  struct request {
    std::string interface;  ///< "any", "eth0"
    std::set<std::uint16_t> ports;
    std::string address;  ///< see capture_filter()
  };
  struct counts {
    std::uint64_t received = 0;
    std::uint64_t dropped = 0;  ///< this program was too slow, or the card
  };
  using taker = std::function<void(const captured_packet&)>;

  live_source();
  ~live_source();
  live_source(const live_source&) = delete;
  live_source& operator=(const live_source&) = delete;

  /// @param why  the system's words, where it is not none
  refusal open(const request& what, std::string& why);
  /// To be waited for until it can be read.
  int descriptor() const noexcept;
  /// Gives what came, without waiting; how many there were, or -1 when the interface is gone.
  int take(const taker& to);
  const std::string& problem() const noexcept { return problem_; }
  counts seen() const;

  link_type link() const noexcept { return link_; }
  std::uint32_t snap_length() const noexcept;
  /// The interfaces there are: "eth0 wlan0 lo"; empty when that cannot be told.
  static std::string interfaces();

 private:
  struct state;
  std::unique_ptr<state> state_;
  link_type link_ = link_type::raw;
  std::string problem_;
};

/// Whether this process may capture, as far as capabilities tell.
bool may_capture();

}  // namespace mqttkit::doctor
