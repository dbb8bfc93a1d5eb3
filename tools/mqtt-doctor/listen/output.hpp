// Lines for stdout, written by a thread of its own: a pipe without reader, or a terminal
// stopped by Ctrl-S, must not stop the bytes between client and broker. What a pipe or file
// takes without waiting is written at once, since waking the thread costs more than the
// write.
//
// Bounded: lines without room are left out, and a line tells how many they were.
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
  static constexpr std::size_t most_bytes = 8 << 20;  // waiting and being written

  /// @param descriptor   remains the caller's
  /// @param left_out     makes the line about lines left out; either thread calls it
  /// @param on_failure   called once, by the thread, when there is no reader any more
  line_output(int descriptor, std::function<std::string(std::uint64_t)> left_out,
              std::function<void()> on_failure);
  /// Does not wait for a reader: unwritten lines are lost.
  ~line_output();
  line_output(const line_output&) = delete;
  line_output& operator=(const line_output&) = delete;

  /// Takes complete lines; never blocks.
  void put(std::string lines);
  /// Whether all lines are written, or can never be.
  bool is_drained() const;
  bool has_failed() const;

 private:
  struct shared;
  static void write_all(const std::shared_ptr<shared>& with);

  std::shared_ptr<shared> shared_;  // shared with the thread, which may outlive this object
  bool is_file_ = false;
  bool is_terminal_ = false;  // its writes may block half way
  std::thread thread_;
};

}  // namespace mqttkit::doctor
