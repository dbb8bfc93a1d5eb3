#include "common/number.hpp"

namespace mqttkit::tools {

std::string_view without_lead(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  // A sign counts only in front of a digit, so that "+-1" is no number.
  if (text.size() > 1 && text[0] == '+' && text[1] >= '0' && text[1] <= '9') text.remove_prefix(1);
  return text;
}

std::string_view without_fraction(std::string_view text) noexcept {
  const std::size_t point = text.find('.');
  if (point == 0 || point == std::string_view::npos) return text;
  const bool is_fraction =
      text.find_first_not_of("0123456789", point + 1) == std::string_view::npos;
  return is_fraction ? text.substr(0, point) : text;
}

bool read_duration(std::string_view text, std::chrono::microseconds& out) {
  constexpr struct {
    std::string_view name;
    double seconds;
  } units[] = {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"", 1}};
  for (const auto& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    double number = 0;
    constexpr double longest = 1000.0 * 366 * 24 * 3600;
    const std::string_view digits = text.substr(0, text.size() - unit.name.size());
    if (!read_number<double>(digits, 0.0, longest / unit.seconds, number)) return false;
    const double micros = number * unit.seconds * 1e6 + 0.5;
    out = std::chrono::microseconds(static_cast<std::int64_t>(micros));
    return true;
  }
  return false;
}

bool read_size(std::string_view text, std::uint64_t& out) {
  unsigned shift = 0;
  if (!text.empty()) {
    const char unit = text.back();
    shift = unit == 'k' || unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
    if (shift != 0) text.remove_suffix(1);
  }
  std::uint64_t number = 0;
  if (!read_number<std::uint64_t>(text, 0, UINT64_MAX >> (shift + 1), number)) return false;
  out = number << shift;
  return true;
}

}  // namespace mqttkit::tools
