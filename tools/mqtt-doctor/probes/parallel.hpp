#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace mqttkit::doctor {

/// Runs all tasks, each in a thread of its own, and waits for the last.
inline void side_by_side(const std::vector<std::function<void()>>& tasks) {
  std::vector<std::thread> running;
  running.reserve(tasks.size());
  for (const auto& task : tasks) running.emplace_back(task);
  for (auto& each : running) each.join();
}

}  // namespace mqttkit::doctor
