// A bad line to a broker: it carries so many bytes, and then the connection is gone in the middle.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "support/descriptor.hpp"

namespace mqttkit::testing {

/// Relays one connection after the other to a broker on 127.0.0.1, on a thread of its own.
///
/// A connection ends when about `bytes_between` bytes went from the client to the broker: what the
/// relay holds of either direction is lost, and both sides see the end at once. After `cuts` of
/// them it leaves the line alone. Connections that come meanwhile wait.
class cutting_relay {
 public:
  /// Throws std::system_error when it cannot listen.
  cutting_relay(std::uint16_t broker, unsigned cuts, std::size_t bytes_between);
  ~cutting_relay();
  cutting_relay(const cutting_relay&) = delete;
  cutting_relay& operator=(const cutting_relay&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// How many connections were cut so far.
  unsigned cuts() const noexcept { return cuts_done_; }

 private:
  void relay();
  void carry(int client);

  std::uint16_t broker_;
  unsigned cuts_;
  std::size_t bytes_between_;
  std::uint16_t port_ = 0;
  descriptor listener_;
  descriptor stop_read_;
  descriptor stop_write_;
  std::atomic<unsigned> cuts_done_{0};
  std::thread thread_;
};

}  // namespace mqttkit::testing
