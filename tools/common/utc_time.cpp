#include "common/utc_time.hpp"

#include <ctime>

namespace mqttkit::tools {
namespace {

void put_digits(char* to, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string_view utc_time::text_of(std::chrono::system_clock::time_point time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_) {
    second_ = second;
    const std::time_t count = second.time_since_epoch().count();
    std::tm utc{};
    gmtime_r(&count, &utc);
    put_digits(text_, static_cast<unsigned>(utc.tm_year + 1900), 4);
    put_digits(text_ + 5, static_cast<unsigned>(utc.tm_mon + 1), 2);
    put_digits(text_ + 8, static_cast<unsigned>(utc.tm_mday), 2);
    put_digits(text_ + 11, static_cast<unsigned>(utc.tm_hour), 2);
    put_digits(text_ + 14, static_cast<unsigned>(utc.tm_min), 2);
    put_digits(text_ + 17, static_cast<unsigned>(utc.tm_sec), 2);
  }
  const auto fraction = std::chrono::duration_cast<std::chrono::microseconds>(time - second);
  put_digits(text_ + 20, static_cast<unsigned>(fraction.count()), 6);
  return {text_, sizeof text_ - 1};
}

}  // namespace mqttkit::tools
