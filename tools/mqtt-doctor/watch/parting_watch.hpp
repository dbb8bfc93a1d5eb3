// Packets of the broker's side that end connections of this machine: FIN or RST, and by their TTL
// whether the broker's machine or a third party sent them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/facts/watch_facts.hpp"

namespace mqttkit::doctor {

/// Notes about such packets. Pure.
class parting_notes {
 public:
  /// Two ends within this time cannot be assigned to their connections.
  static constexpr std::chrono::seconds near{2};

  void take(const tcp_segment& from_broker, std::chrono::steady_clock::time_point now);
  /// The packet that ended a connection just now; nothing for none, or for several different ones.
  std::optional<watch_parting> last(std::chrono::steady_clock::time_point now) const;

 private:
  struct ending {
    watch_parting how;
    std::chrono::steady_clock::time_point when;
  };
  int usual_ttl_ = -1;
  std::optional<ending> last_, before_;
};

/// Captures packets while it lives, where that is allowed; otherwise it knows nothing.
class parting_watch {
 public:
  parting_watch(const std::string& address, int port);
  ~parting_watch();
  parting_watch(const parting_watch&) = delete;
  parting_watch& operator=(const parting_watch&) = delete;

  /// Asked right after a connection ended; waits for packets that the system still holds.
  std::optional<watch_parting> parting();

 private:
  struct state;
  void run();

  std::unique_ptr<state> state_;
  std::mutex lock_;
  parting_notes notes_;
  std::atomic<bool> is_over_{false};
  std::thread reader_;
};

}  // namespace mqttkit::doctor
