#include "mqtt-doctor/mend/configuration_text.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// The number of lines that are exactly `wanted`.
std::ptrdiff_t count_lines(std::string_view text, std::string_view wanted) {
  const auto lines = lines_in(text);
  return std::count_if(lines.begin(), lines.end(), [&](std::string_view line) {
    while (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r'))
      line.remove_suffix(1);
    return line == wanted;
  });
}

/// The number of mosquitto's listeners that only this machine can reach.
std::ptrdiff_t count_private_listeners(std::string_view text) {
  const auto lines = lines_in(text);
  return std::count_if(lines.begin(), lines.end(), [](std::string_view line) {
    const std::string_view option = first_word(line);
    return (option == "listener" || option == "bind_address") &&
           (contains(line, " 127.") || contains(line, " ::1") || contains(line, " localhost"));
  });
}

}  // namespace

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string_view first_word(std::string_view line) {
  const std::size_t from = std::min(line.find_first_not_of(" \t"), line.size());
  return line.substr(from, std::min(line.find_first_of(" \t", from), line.size()) - from);
}

std::ptrdiff_t count_options(std::string_view text, std::string_view option) {
  const auto lines = lines_in(text);
  return std::count_if(lines.begin(), lines.end(),
                       [&](std::string_view line) { return first_word(line) == option; });
}

std::string with_listener(std::string_view text, std::string_view line) {
  const std::string start = "listener " + std::string(line.substr(line.rfind(' ') + 1));
  for (const std::string_view name : lines_in(text)) {
    if (name != start && !name.starts_with(start + " ")) continue;
    const auto at = static_cast<std::size_t>(name.data() - text.data());
    return std::string(text.substr(0, at)) + std::string(line) +
           std::string(text.substr(at + name.size()));
  }
  return {};
}

bool is_of_whole_broker(std::string_view option) {
  constexpr std::string_view all[] = {
      "autosave_interval", "max_inflight_bytes",   "max_inflight_messages", "max_keepalive",
      "max_packet_size",   "max_queued_bytes",     "max_queued_messages",   "message_size_limit",
      "persistence",       "persistence_location", "retain_available",      "sys_interval"};
  return std::find(std::begin(all), std::end(all), option) != std::end(all);
}

std::string with_option(std::string_view text, std::string_view line) {
  std::string_view last;
  for (const std::string_view old : lines_in(text))
    if (first_word(old) == first_word(line)) last = old;
  const auto at = static_cast<std::size_t>(last.data() - text.data());
  return std::string(text.substr(0, at)) + std::string(line) +
         std::string(text.substr(at + last.size()));
}

bool opens(std::string_view before, std::string_view after) {
  constexpr std::string_view open = "allow_anonymous true";
  if (count_lines(after, open) > count_lines(before, open)) return true;
  const bool was_open = count_lines(after, open) > 0;
  if (was_open && count_private_listeners(after) < count_private_listeners(before)) return true;
  for (const std::string_view guard : {"password_file", "acl_file", "psk_file"})
    if (count_options(after, guard) < count_options(before, guard)) return true;
  return count_lines(after, "require_certificate true") <
         count_lines(before, "require_certificate true");
}

}  // namespace mqttkit::doctor
