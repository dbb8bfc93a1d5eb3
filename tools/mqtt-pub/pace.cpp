#include "mqtt-pub/pace.hpp"

#include <algorithm>

namespace mqttkit::tools {
namespace {

// Most time between two messages of a recording, whatever its times say.
constexpr double longest_wait_seconds = 100.0 * 365 * 24 * 3600;

}  // namespace

pace pace::at_rate(double per_second) {
  pace made;
  made.mode_ = mode::rate;
  made.step_ = std::chrono::duration<double>(1 / per_second);
  return made;
}

pace pace::at_interval(std::chrono::microseconds interval) {
  pace made;
  made.mode_ = mode::interval;
  made.step_ = interval;
  return made;
}

pace pace::as_recorded(double speed) {
  pace made;
  made.mode_ = mode::recorded;
  made.speed_ = speed;
  return made;
}

pace::clock::time_point pace::due(clock::time_point now, recorded_time recorded) {
  const auto in_ticks = [](std::chrono::duration<double> seconds) {
    return std::chrono::duration_cast<clock::duration>(seconds);
  };
  if (!has_begun_) {
    has_begun_ = true;
    first_recorded_ = recorded;
    next_ = now;
    if (mode_ != mode::recorded) next_ += in_ticks(step_);
    return now;
  }
  if (mode_ == mode::recorded) {
    const std::chrono::duration<double> since = recorded - first_recorded_;
    const double wait = std::clamp(since.count() / speed_, 0.0, longest_wait_seconds);
    return next_ + in_ticks(std::chrono::duration<double>(wait));
  }
  if (mode_ == mode::interval) {
    // The next multiple of the interval that is not over yet.
    if (next_ + in_ticks(step_) <= now) {
      const auto missed = (now - next_) / in_ticks(step_);
      next_ += missed * in_ticks(step_);
    }
  } else {
    next_ = std::max(next_, now - most_behind);
  }
  const clock::time_point result = next_;
  next_ += in_ticks(step_);
  return result;
}

}  // namespace mqttkit::tools
