// How much memory a program took.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

#include "support/process.hpp"

namespace mqttkit::testing {

// Of a sanitizer most is its own.
inline const bool counts_memory = !is_sanitized();

/// The most that a process had in memory, in KiB; 0 when it is gone. What wait4(2) tells counts the
/// test as well, from which the process was forked.
inline long peak_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    long kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

}  // namespace mqttkit::testing
