#include "cli/values.hpp"

#include <algorithm>

#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {

std::string value_problem(const argument& given, std::string_view why) {
  if (given.value().empty()) return std::string(given.spelled) + ": " + std::string(why);
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
  // A microsecond is the least that the clock tells from nothing.
  if (!read_number<double>(without_lead(given.value()), 1e-6, 2147483647.0, seconds))
    return value_problem(given, "the timeout is a number of seconds, more than 0");
  out = std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
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
