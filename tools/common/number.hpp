// Numbers, durations and sizes as people write them.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace mqttkit::tools {

/// A whole decimal number in [least, most].
template <class Number>
bool read_number(std::string_view text, Number least, Number most, Number& out) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (!(value >= least && value <= most)) return false;
  out = value;
  return true;
}

/// What a number may begin with for atoi(3), by which mosquitto's clients read theirs: blanks, a +.
std::string_view without_lead(std::string_view text) noexcept;

/// `text` without ".0" or ".75" at its end, which atoi(3) cuts off as well: programs that know one
/// kind of number only write 1 as 1.0.
std::string_view without_fraction(std::string_view text) noexcept;

/// A count as mosquitto's clients take it, but that nothing else may follow: "5abc" is none.
template <class Number>
bool read_count(std::string_view text, Number least, Number most, Number& out) {
  return read_number<Number>(without_fraction(without_lead(text)), least, most, out);
}

/// A number and ms, s, m or h; seconds without a unit. At most a thousand years.
bool read_duration(std::string_view text, std::chrono::microseconds& out);

/// A number of bytes: 2048, 10k, 5M, 1G, in powers of 1024.
bool read_size(std::string_view text, std::uint64_t& out);

}  // namespace mqttkit::tools
