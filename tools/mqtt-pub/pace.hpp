// When the next message may go: --rate, --every, --replay.
#pragma once

#include <chrono>

namespace mqttkit::tools {

/// Gives each message its time. Without a clock of its own, so that it can be tested.
class pace {
 public:
  using clock = std::chrono::steady_clock;
  using recorded_time = std::chrono::system_clock::time_point;

  pace() = default;

  /// Evenly, at most `per_second`. What is late is caught up with, but never more than
  /// `most_behind` of it: a broker that held everything up gets no flood afterwards.
  static pace at_rate(double per_second);
  /// One every `interval`, from start to start. What is late is left out.
  static pace at_interval(std::chrono::microseconds interval);
  /// With the spacing of the recording, divided by `speed`. What is late is caught up with.
  static pace as_recorded(double speed);

  static constexpr std::chrono::milliseconds most_behind{50};

  bool is_set() const noexcept { return mode_ != mode::none; }

  /// When the next message is due; in the past when it may go at once.
  clock::time_point due(clock::time_point now, recorded_time recorded);

 private:
  enum class mode : unsigned char { none, rate, interval, recorded };

  mode mode_ = mode::none;
  std::chrono::duration<double> step_{0};
  double speed_ = 1;
  bool has_begun_ = false;
  clock::time_point next_{};
  recorded_time first_recorded_{};
};

}  // namespace mqttkit::tools
