// Gateways found and lost (MQTT-SN 1.2 §6.1), without I/O and without a clock.
//
// SEARCHGW goes to everybody, GWINFO and ADVERTISE come back. A gateway that advertises and then
// misses some of its own times is gone; one that only answered stays until the next search.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::sn {

struct search_options {
  std::uint8_t radius = 0;  ///< hops SEARCHGW travels; 0 means everywhere (§5.3.9)
  /// Tgwinfo (§7.2: 5 s): how long answers are waited for; each search after the first waits twice
  /// as long as the one before (§6.1).
  std::chrono::milliseconds wait{5'000};
  unsigned searches = 3;
  /// Nadv (§7.2: 2 to 3): advertisements missed before a gateway counts as lost.
  unsigned missed = 3;
  std::size_t most_gateways = 64;  ///< more are not kept: anybody may send GWINFO

  search_options() = default;
};

struct gateway {
  std::uint8_t id = 0;
  std::string from;           ///< who said so, as handed to feed()
  std::string address;        ///< GwAdd of a GWINFO that another client sent, raw bytes; else empty
  bool has_answered = false;  ///< GWINFO
  std::optional<std::chrono::seconds> interval{};  ///< of ADVERTISE
  std::chrono::steady_clock::time_point heard{};
};

/// Distinct objects are independent; one object, one thread.
class gateway_search {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit gateway_search(search_options options);

  /// Searches after `delay`: a random time up to Tsearchgw (§6.1: 5 s), so that many clients that
  /// are switched on together do not ask together. 0 is for a person who waits.
  void start(time_point now, std::chrono::milliseconds delay = {});

  /// SEARCHGW, to be sent to everybody; empty when nothing is due. written() follows.
  bytes_view output() const noexcept;
  void written() noexcept;

  /// Takes a datagram from `from`. True when it told of a gateway that was not known.
  bool feed(bytes_view datagram, std::string_view from, time_point now);

  /// Drops gateways that fell silent; searches again where none is known. True when one was lost.
  bool expire(time_point now);
  time_point deadline() const noexcept;

  const std::vector<gateway>& gateways() const noexcept { return gateways_; }
  /// Searched as often as allowed, and the last wait is over.
  bool is_over() const noexcept { return left_ == 0 && due_ == time_point::max(); }

 private:
  time_point silent_after(const gateway& known) const noexcept;

  search_options options_;
  std::vector<gateway> gateways_;
  byte_buffer out_;
  unsigned left_ = 0;
  std::chrono::milliseconds wait_{};
  time_point due_ = time_point::max();
};

}  // namespace mqttkit::sn
