// Many looks side by side, so many at a time.
//
// The probes wait in blocking calls, each with a deadline, and a look has a few threads of its own
// (name servers, ports): they are run in a bounded number of threads, not on one loop. A second
// implementation of every probe for a loop would be a second opinion; what it would save is the
// stacks, of which the kernel keeps the pages in use alone: 1,000 targets, 50 at a time, take less
// than 64 MiB.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "mqtt-doctor/check/outcome.hpp"

namespace mqttkit::doctor {

/// One round over `count` targets. What runs goes on when this is destroyed, and is forgotten: the
/// functions given must outlive the process's last look, or own what they use.
class check_round {
 public:
  using look = std::function<outcome(std::size_t)>;

  check_round(std::size_t count, std::size_t jobs, look how);
  ~check_round();
  check_round(const check_round&) = delete;
  check_round& operator=(const check_round&) = delete;

  /// Readable while something ended that was not taken yet.
  int descriptor() const noexcept;
  /// Takes all that ended since the last call: calls `with` for each.
  void take(const std::function<void(std::size_t, outcome&&)>& with);

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

}  // namespace mqttkit::doctor
