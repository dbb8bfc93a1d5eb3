#include "cli/values.hpp"

#include <algorithm>

#include "common/exit_code.hpp"
#include "mqttkit/base/utf8.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::tools {
namespace {

// Where UTF-8 has a control character, U+0000 to U+001F or U+007F to U+009F; npos when nowhere.
// MQTT lets brokers close the connection over them, and mosquitto does.
std::size_t control_at(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool is_latin = byte == 0xC2;  // what follows is U+0080 to U+00BF
    if (byte < 0x20 || byte == 0x7F ||
        (is_latin && static_cast<unsigned char>(text[at + 1]) < 0xA0))
      return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::string quoted(std::string_view text) { return "'" + printable(text, 80) + "'"; }

std::string_view without_lead(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  // Only in front of a digit: what a number reader makes of "+-1" is nobody's business.
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

std::string topic_problem(std::string_view topic, bool is_filter) {
  const auto at = [](std::size_t index) { return " (byte " + std::to_string(index + 1) + ")"; };
  if (topic.empty()) return "empty";
  if (topic.size() > 65'535) return "longer than 65535 bytes";
  if (const std::size_t bad = utf8_error_at(topic); bad != std::string_view::npos)
    return "not UTF-8" + at(bad);
  if (const std::size_t bad = control_at(topic); bad != std::string_view::npos)
    return "brokers close the connection over control characters" + at(bad);
  if (!is_filter) {
    const std::size_t wildcard = topic.find_first_of("+#");
    if (wildcard == std::string_view::npos) return {};
    return std::string(1, topic[wildcard]) +
           " is a wildcard for subscribers and cannot be published to" + at(wildcard);
  }
  if (is_topic_filter(topic)) return {};
  std::size_t start = 0;
  if (topic.starts_with("$share/")) {
    const std::size_t name = topic.find('/', 7);
    if (name == std::string_view::npos) return "a shared subscription is $share/NAME/FILTER";
    if (name == 7) return "the share name is empty" + at(7);
    const std::size_t wildcard = topic.find_first_of("+#", 7);
    if (wildcard < name)
      return "the share name may not contain " + std::string(1, topic[wildcard]) + at(wildcard);
    start = name + 1;
    if (start == topic.size()) return "nothing follows the share name" + at(start);
  }
  for (std::size_t i = start; i < topic.size(); ++i) {
    if (topic[i] != '+' && topic[i] != '#') continue;
    const bool begins = i == start || topic[i - 1] == '/';
    const bool ends = i + 1 == topic.size() || topic[i + 1] == '/';
    if (topic[i] == '+' && !(begins && ends)) return "+ must stand alone between slashes" + at(i);
    if (topic[i] == '#' && !begins) return "# must stand alone after a slash" + at(i);
    if (topic[i] == '#' && i + 1 != topic.size()) return "# must come last" + at(i);
  }
  return "not a topic filter";
}

std::string value_problem(const argument& given, std::string_view why) {
  return std::string(given.spelled) + " " + printable(given.value(), 80) + ": " + std::string(why);
}

std::string apply_wait(const argument& given, std::chrono::milliseconds& out) {
  constexpr std::chrono::hours longest{24 * 365};
  std::chrono::microseconds wait{};
  if (!read_duration(given.value(), wait) || wait < std::chrono::milliseconds(1))
    return value_problem(given, "a duration is a number and ms, s, m or h, and at least 1 ms");
  out = std::chrono::ceil<std::chrono::milliseconds>(
      std::min<std::chrono::microseconds>(wait, longest));
  return {};
}

std::string apply_qos(const argument& given, qos_t& out) {
  unsigned level = 0;
  if (!read_count<unsigned>(given.value(), 0, 2, level))
    return value_problem(given, "QoS must be 0, 1 or 2");
  out = static_cast<qos_t>(level);
  return {};
}

bool read_retain_handling(std::string_view text, retain_handling& out) {
  if (text == "send" || text == "always" || text == "0") {
    out = retain_handling::send;
  } else if (text == "new" || text == "1") {
    out = retain_handling::send_if_new;
  } else if (text == "never" || text == "2") {
    out = retain_handling::do_not_send;
  } else {
    return false;
  }
  return true;
}

std::string apply_retain_handling(const argument& given, retain_handling& out) {
  if (!read_retain_handling(given.value(), out))
    return value_problem(given, "it is send, new or never");
  return {};
}

std::string apply_timeout(const argument& given, std::chrono::microseconds& out) {
  double seconds = 0;
  // Above the least that a clock of microseconds can tell from nothing.
  if (!read_number<double>(without_lead(given.value()), 1e-6, 2147483647.0, seconds))
    return value_problem(given, "the timeout is a number of seconds, more than 0");
  out = std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6 + 0.5));
  return {};
}

std::string apply_text(const argument& given, std::string& out) {
  if (given.value().empty())
    return std::string(given.spelled) + " needs " + std::string(given.row->value) +
           ", not an empty word";
  out = given.value();
  return {};
}

std::string apply_mqtt_string(const argument& given, std::string& out) {
  if (!is_mqtt_string(given.value()))
    return value_problem(given, "must be UTF-8 of at most 65535 bytes");
  out = given.value();
  return {};
}

std::string apply_filter(const argument& given, std::vector<std::string>& out) {
  if (const std::string bad = topic_problem(given.value(), true); !bad.empty())
    return std::string(given.spelled) + " " + quoted(given.value()) + ": " + bad;
  out.emplace_back(given.value());
  return {};
}

std::string apply_topic_name(const argument& given, std::string& out) {
  if (const std::string bad = topic_problem(given.value(), false); !bad.empty())
    return std::string(given.spelled) + " " + quoted(given.value()) + ": " + bad;
  out = given.value();
  return {};
}

}  // namespace mqttkit::tools
