// What the values of options have in common. Each apply_ function says what is wrong with the
// value, in words for the user, or nothing.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/arguments.hpp"
#include "mqttkit/codec/packet.hpp"

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

/// 'text' for an error message, made harmless and cut.
std::string quoted(std::string_view text);

/// Why `topic` cannot be used, pointing at the place; empty when it can.
std::string topic_problem(std::string_view topic, bool is_filter);

/// "-q 3: WHY".
std::string value_problem(const argument& given, std::string_view why);

/// send, new, never and their other names.
bool read_retain_handling(std::string_view text, retain_handling& out);
std::string apply_retain_handling(const argument& given, retain_handling& out);
std::string apply_timeout(const argument& given, std::chrono::microseconds& out);
/// A duration of more than 0; beyond a year nobody waits.
std::string apply_wait(const argument& given, std::chrono::milliseconds& out);
std::string apply_qos(const argument& given, qos_t& out);
std::string apply_text(const argument& given, std::string& out);  ///< not empty
std::string apply_mqtt_string(const argument& given, std::string& out);
std::string apply_filter(const argument& given, std::vector<std::string>& out);
std::string apply_topic_name(const argument& given, std::string& out);

}  // namespace mqttkit::tools
