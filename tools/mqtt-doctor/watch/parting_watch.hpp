// How the broker's side ends connections of this machine, as its packets show: with FIN or with
// RST, and by their TTL whether the broker's machine sent it or something on the way.
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

/// What is kept of the packets. Pure.
class parting_notes {
 public:
  /// Two that end within this time are not told apart.
  static constexpr std::chrono::seconds near{2};

  void take(const tcp_segment& from_broker, std::chrono::steady_clock::time_point now);
  /// The end of a connection just now; nothing when none came, or several that differ.
  std::optional<watch_parting> last(std::chrono::steady_clock::time_point now) const;

 private:
  struct ending {
    watch_parting how;
    std::chrono::steady_clock::time_point when;
  };
  int usual_ttl_ = -1;
  std::optional<ending> last_, before_;
};

/// Captures while it lives, where that is allowed; otherwise it knows nothing.
class parting_watch {
 public:
  parting_watch(const std::string& address, int port);
  ~parting_watch();
  parting_watch(const parting_watch&) = delete;
  parting_watch& operator=(const parting_watch&) = delete;

  /// To be asked as soon as a connection has ended; waits for what the system still holds.
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
