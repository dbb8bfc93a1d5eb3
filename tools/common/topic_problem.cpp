#include "common/topic_problem.hpp"

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

}  // namespace mqttkit::tools
