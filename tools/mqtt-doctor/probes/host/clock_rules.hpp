// Rules of a firewall that hold at some hours or on some days only.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// Whether `now` lies within these times of the day ("22:00", "06:00:30"), over midnight where the
/// first is the later one. Nothing where one is no time.
std::optional<bool> is_within_hours(std::string_view from, std::string_view to, const std::tm& now);

/// Whether `now` is one of these days: "Monday", "mon", or nft's and iptables' numbers as asked
/// for. Nothing where one is no day.
std::optional<bool> is_on_day(const std::vector<std::string>& days, const std::tm& now);

/// The moment as a clock on the wall shows it, here or in UTC.
std::tm wall_clock(std::time_t now, bool is_utc);

}  // namespace mqttkit::doctor
