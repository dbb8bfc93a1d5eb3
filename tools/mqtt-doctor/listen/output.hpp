// Lines for stdout, written by a thread of their own: a pipe that nobody reads, or a terminal that
// is held with Ctrl-S, must not stop what is passed on between client and broker.
// What a pipe or a file takes without waiting is written at once: to wake a thread for it costs
// more than to write it.
//
// Bounded: what finds no room is left out, and a line says how many were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace mqttkit::doctor {

class line_output {
 public:
  static constexpr std::size_t most_bytes = 8 << 20;  // and what is being written

  /// @param descriptor   stays the caller's
  /// @param left_out     the line that tells how many lines were left out; called by either thread
  /// @param on_failure   called once, by the thread, when nobody reads any more
  line_output(int descriptor, std::function<std::string(std::uint64_t)> left_out,
              std::function<void()> on_failure);
  /// Waits for no reader: what is not written by now is lost.
  ~line_output();
  line_output(const line_output&) = delete;
  line_output& operator=(const line_output&) = delete;

  /// Takes whole lines. Never waits.
  void put(std::string lines);
  /// Whether all that was put is written, or never will be.
  bool is_drained() const;
  bool has_failed() const;

 private:
  struct shared;
  static void write_all(const std::shared_ptr<shared>& with);

  std::shared_ptr<shared> shared_;  // the thread's as well, which may outlive this
  bool is_file_ = false;
  bool is_terminal_ = false;  // may take a part and wait then
  std::thread thread_;
};

}  // namespace mqttkit::doctor
