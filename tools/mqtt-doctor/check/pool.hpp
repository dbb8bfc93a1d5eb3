// Examines many targets side by side, up to a given number at a time.
//
// The probes block, each with a deadline, and an examination starts a few threads of its own
// (name servers, ports). So the targets run in a bounded number of threads and not on one event
// loop: asynchronous twins of all probes might judge differently, and would save only stacks,
// of which the kernel keeps used pages alone. 1,000 targets, 50 at a time, take less than 64
// MiB.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "mqtt-doctor/check/outcome.hpp"

namespace mqttkit::doctor {

/// A round over `count` targets. Targets in work go on when this object is destroyed, and their
/// outcomes are dropped: the functions must outlive them, or own what they use.
class check_round {
 public:
  using look = std::function<outcome(std::size_t)>;

  check_round(std::size_t count, std::size_t jobs, look how);
  ~check_round();
  check_round(const check_round&) = delete;
  check_round& operator=(const check_round&) = delete;

  /// Becomes readable when an outcome waits to be taken.
  int descriptor() const noexcept;
  /// Takes the outcomes since the last call: calls `with` for each.
  void take(const std::function<void(std::size_t, outcome&&)>& with);

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

}  // namespace mqttkit::doctor
