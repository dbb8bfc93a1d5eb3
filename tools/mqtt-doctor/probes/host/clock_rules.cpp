#include "mqtt-doctor/probes/host/clock_rules.hpp"

#include <array>

#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int minute_s = 60, hour_s = 3600;

/// Seconds since midnight of a time such as "06:00:30".
std::optional<int> seconds_of(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) return {};
  int out = 0, unit = hour_s;
  for (const auto& part : parts) {
    const auto value = number(part);
    if (!value || *value < 0 || *value >= minute_s) return {};
    out += static_cast<int>(*value) * unit;
    unit /= minute_s;
  }
  return out;
}

/// A day's number as nft and struct tm count: 0 is Sunday, which iptables counts as 7.
std::optional<int> day_of(std::string_view text) {
  constexpr int days = 7;
  if (const auto value = number(text)) {
    if (*value < 0 || *value > days) return {};
    return static_cast<int>(*value % days);
  }
  constexpr std::array<std::string_view, days> names{"sun", "mon", "tue", "wed",
                                                     "thu", "fri", "sat"};
  const std::string front = lower(text.substr(0, 3));
  for (std::size_t i = 0; i < names.size(); ++i) {
    // iptables accepts the first two letters.
    if (!front.empty() && front.size() >= 2 && names[i].starts_with(front))
      return static_cast<int>(i);
  }
  return {};
}

}  // namespace

std::optional<bool> is_within_hours(std::string_view from, std::string_view to,
                                    const std::tm& now) {
  const auto begin = seconds_of(from), end = seconds_of(to);
  if (!begin || !end) return {};
  const int at = now.tm_hour * hour_s + now.tm_min * minute_s + now.tm_sec;
  if (*begin <= *end) return *begin <= at && at <= *end;
  return at >= *begin || at <= *end;
}

std::optional<bool> is_on_day(const std::vector<std::string>& days, const std::tm& now) {
  bool is_one = false;
  for (const auto& day : days) {
    const auto value = day_of(day);
    if (!value) return {};
    is_one = is_one || *value == now.tm_wday;
  }
  return is_one;
}

std::tm wall_clock(std::time_t now, bool is_utc) {
  std::tm out{};
  if (is_utc) {
    ::gmtime_r(&now, &out);
  } else {
    ::localtime_r(&now, &out);
  }
  return out;
}

}  // namespace mqttkit::doctor
