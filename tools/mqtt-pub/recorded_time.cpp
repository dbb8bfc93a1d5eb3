#include "mqtt-pub/recorded_time.hpp"

#include <cstddef>

namespace mqttkit::tools {
namespace {

using namespace std::chrono;

bool take_digits(std::string_view& text, std::size_t count, unsigned least, unsigned most,
                 unsigned& out) {
  if (text.size() < count) return false;
  unsigned value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  if (value < least || value > most) return false;
  text.remove_prefix(count);
  out = value;
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool read_recorded_time(std::string_view text, system_clock::time_point& out) {
  unsigned year_number = 0, month_number = 0, day_number = 0, hour = 0, minute = 0, second = 0;
  // The years are those whose nanoseconds fit into the clock of this library.
  const bool has_date = take_digits(text, 4, 1700, 2200, year_number) && take(text, "-") &&
                        take_digits(text, 2, 1, 12, month_number) && take(text, "-") &&
                        take_digits(text, 2, 1, 31, day_number) && take(text, "Tt ");
  if (!has_date) return false;
  const bool has_time = take_digits(text, 2, 0, 23, hour) && take(text, ":") &&
                        take_digits(text, 2, 0, 59, minute) && take(text, ":") &&
                        take_digits(text, 2, 0, 60, second);
  if (!has_time) return false;
  unsigned micros = 0;
  if (take(text, ".")) {
    std::size_t digits = 0;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits)
      if (digits < 6) micros = micros * 10 + static_cast<unsigned>(text[0] - '0');
    if (digits == 0) return false;
    for (; digits < 6; ++digits) micros *= 10;
  }
  minutes offset{0};
  if (!take(text, "Zz")) {
    unsigned hours_off = 0, minutes_off = 0;
    const bool is_west = text.starts_with('-');
    const bool has_offset = take(text, "+-") && take_digits(text, 2, 0, 23, hours_off) &&
                            (take(text, ":"), take_digits(text, 2, 0, 59, minutes_off));
    if (!has_offset) return false;
    offset = hours(hours_off) + minutes(minutes_off);
    if (is_west) offset = -offset;
  }
  const year_month_day date{year(static_cast<int>(year_number)), month(month_number),
                            day(day_number)};
  if (!text.empty() || !date.ok()) return false;
  out = sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + microseconds(micros) -
        offset;
  return true;
}

}  // namespace mqttkit::tools
