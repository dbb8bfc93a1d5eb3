// Firewall rules that hold at some hours or on some days only.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// Whether `now` is within these times of day ("22:00", "06:00:30"), which pass midnight when the
/// first is later. Nothing when one is no time.
std::optional<bool> is_within_hours(std::string_view from, std::string_view to, const std::tm& now);

/// Whether `now` is one of these days: "Monday", "mon", or a number in nft's or iptables' counting.
/// Nothing when one is no day.
std::optional<bool> is_on_day(const std::vector<std::string>& days, const std::tm& now);

/// The time as a wall clock shows it, locally or in UTC.
std::tm wall_clock(std::time_t now, bool is_utc);

}  // namespace mqttkit::doctor
